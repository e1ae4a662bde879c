"""From the groups in a sentence to one due date, and what to cut from the title."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from . import clock
from .durations import quantity_at
from .groups import Group, firm_groups
from .holidays import STARTERS
from .pieces import Clock, add_days, resolve_day
from .tokens import Source
from .words import vocabulary

Due = date | datetime
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of its due date.

    Cutting every one of `spans` leaves the title. `day_said` is False where only a time of day was said, and
    the day is the next one that has it; `time` is the time of day that was said, whatever the day.
    """

    due: Due | None = None
    spans: tuple[Span, ...] = ()
    day_said: bool = False
    time: time | None = None


_LEADS = vocabulary(
    "on at by due for in until till before from starting @ after during ~ come sometime within beginning "
    "between"
)
_CLOCK_LEADS = frozenset(
    {"exactly", "precisely", "about", "around", "between", "approximately", "~", "roughly"}
)
_CLOSING = frozenset({".", "!", "?", ",", ";"})
_TRAILING = frozenset({",", "-", "–", "—", ":", ";"})


def read(source: Source) -> Reading:
    groups = firm_groups(source)
    whole = len(groups) == 1 and _covers(source, groups[0])
    groups = [group for group in groups if whole or not _is_past(source, group)]
    if not groups:
        return Reading()
    first = _primary(source, groups)
    second = _partner(groups, first)
    due = _due(source, first, second)
    if due is None:
        return Reading()
    chosen = sorted([first] if second is None else [first, second], key=lambda group: group.start)
    spans = tuple(_span(source, group) for group in chosen)
    return Reading(due, spans, bool(first.day or first.moment), _wall_time(first, second))


def _wall_time(first: Group, second: Group | None) -> time | None:
    piece = first.clock or (second.clock if second else None)
    if piece is None or piece.clock is None:
        return None
    said = clock.settle(piece.clock, first.part or (second.part if second else ""))
    return time(said.hour, said.minute)


def _covers(source: Source, group: Group) -> bool:
    head = all(source.word(j) in _LEADS for j in range(group.start))
    return head and not any(
        source.is_word(j) or source.digits(j) for j in range(group.end, len(source.tokens))
    )


def _is_past(source: Source, group: Group) -> bool:
    """Whether a day was said that is over: "the notes of last Friday" is no due date."""
    if group.moment:
        return group.moment < source.now.replace(second=0, microsecond=0)
    if group.day is None or group.day.year or (group.day.fixed and group.day.exact):
        return False
    day = resolve_day(group.day, source.today)
    return day is not None and day < source.today


def _primary(source: Source, groups: list[Group]) -> Group:
    if source.moves:
        for group in groups[1:]:
            if source.word(group.start - 1) in {"to", "until", "till", "for"}:
                return group
    dated = [group for group in groups if group.day or group.moment]
    plain = [group for group in dated if not _names_event(source, group)]
    return (plain or dated or groups)[0]


def _names_event(source: Source, group: Group) -> bool:
    """Whether its day is a holiday without a preposition: "plan Valentine's Day with Ann tomorrow"."""
    exact = group.day is not None and group.day.exact
    return exact and source.word(group.start) in STARTERS and source.word(group.start - 1) not in _LEADS


def _partner(groups: list[Group], first: Group) -> Group | None:
    if first.moment or first.clock or first.day is None:
        return None
    return next((group for group in groups if group.clock and not group.day), None)


def _due(source: Source, first: Group, second: Group | None) -> Due | None:
    if first.moment:
        return first.moment
    piece = first.clock or (second.clock if second else None)
    part = first.part or (second.part if second else "")
    if not part and "night" in {source.word(first.start - 1), source.word(first.start - 2)}:
        part = "night"  # "date night on Friday at 8"
    day = resolve_day(first.day, source.today) if first.day else None
    if first.day and day is None:
        return None
    if piece is None or piece.clock is None:
        return day or _part_day(source, part)
    said, ahead = clock.next_clock(piece.clock, part, source.now)
    if day is None:
        day = source.today if ahead else add_days(source.today, 1)
        said = said if ahead else clock.settle(piece.clock, part)
    elif day != source.today:
        said = clock.settle(piece.clock, part)
        day = add_days(day, 1) if said.midnight else day
    elif said.midnight or (part == "night" and said.hour < 5 and not ahead):
        day = add_days(day, 1)
    return _at(source, day, said) if day else None


_LAST_HOURS = {"morning": 8, "noon": 14, "afternoon": 18, "evening": 23}


def _part_day(source: Source, part: str) -> date | None:
    return source.today if source.now.hour < _LAST_HOURS.get(part, 24) else add_days(source.today, 1)


def _at(source: Source, day: date, said: Clock) -> datetime | None:
    """That wall time in the zone of `now`; one that a clock change skips moves forward."""
    wall = datetime.combine(day, time(said.hour, said.minute), tzinfo=source.now.tzinfo)
    if said.zone is not None and wall.tzinfo is not None:
        wall = wall.replace(tzinfo=timezone(timedelta(minutes=said.zone)))
    if wall.tzinfo is None or not 2 < day.toordinal() < date.max.toordinal() - 2:
        return wall
    return wall.astimezone(UTC).astimezone(source.now.tzinfo)


_LEAD_PHRASES = (
    ("in", "the", "month", "of"),
    ("the", "month"),
    ("on", "day"),
    ("no", "later", "than"),
    ("not", "later", "than"),
    ("no", "more", "than"),
    ("not", "more", "than"),
    ("less", "than"),
    ("at", "the", "latest"),
    ("due", ":"),
    ("due", "-"),
    ("as", "of"),
    ("any", "time"),
    ("some", "time"),
    ("anytime",),
)
_TAIL_PHRASES = (
    ("at", "the", "latest"),
    ("at", "latest"),
    ("or", "earlier"),
    ("or", "sooner"),
    ("onwards",),
    ("onward",),
    ("sometime",),
    ("on", "the", "dot"),
    ("local", "time"),
)


def _span(source: Source, group: Group) -> Span:
    first, last = _lead(source, group), group.end
    for phrase in _TAIL_PHRASES:
        last = source.after(last, *phrase) or last
    start, end = source.tokens[first].start, source.tokens[last - 1].end
    before, behind = source.word(first - 1), source.word(last)
    inside = [source.word(j) for j in range(group.start, last)]
    open_inside = inside.count("(") - inside.count(")")
    if open_inside > 0 and behind == ")":
        end = source.tokens[last].end
    elif open_inside < 0 and before == "(":
        start = source.tokens[first - 1].start
    elif before + behind in {"()", "[]"}:
        start, end = source.tokens[first - 1].start, source.tokens[last].end
    elif before in {",", "-", "–", "—"} and not source.glued(first):
        start = source.tokens[first - 1].start
    elif behind in _TRAILING:
        end = source.tokens[last].end
    if all(source.word(j) in _CLOSING for j in range(last, len(source.tokens))):
        end = source.tokens[-1].end
    return start, end


def _lead(source: Source, group: Group) -> int:
    """The first token that speaks of the date: its preposition, "no later than", "about"."""
    first, day = group.start, group.day
    away = day is not None and day.fixed is not None and quantity_at(source, first) is not None
    measured = away or bool(group.pieces[0].clock or group.moment or (day and day.exact))
    while source.word(first - 1) in _LEADS or (measured and source.word(first - 1) in _CLOCK_LEADS):
        if source.word(first - 1) in {"in", "on"} and source.word(first) in {"on", "at", "by"}:
            break  # "check in on Friday", "turn the heating on at 6": the verb's, not the date's
        first -= 1
    word, before = source.word(first), source.word(first - 1)
    if word in {"before", "after", "until"} and before in {"just", "right", "shortly", "not"}:
        first -= 1
    for phrase in _LEAD_PHRASES:
        if source.after(first - len(phrase), *phrase):
            first -= len(phrase)
    return first - (source.moves and source.word(first - 1) == "to")


def cut_spans(text: str, spans: tuple[Span, ...]) -> str:
    kept, position = "", 0
    for start, end in sorted(spans):
        kept = _join(kept, text[position:start])
        position = max(position, end)
    return " ".join(_join(kept, text[position:]).split()).strip(" ,;:-–—")


def _join(head: str, tail: str) -> str:
    head, tail = head.rstrip(), tail.lstrip()
    if not head or not tail:
        return head or tail
    return head + tail if tail[0] in ",.;:!?)" else f"{head} {tail}"
