"""From the pieces in a sentence to one due date, and what to cut from the title."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from . import clock, days, holidays, offsets, words
from .pieces import Day, Piece, add_days, merge_days, resolve_day
from .tokens import Source

Due = date | datetime
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of its due date. Cutting every one of `spans` leaves the title."""

    due: Due | None = None
    spans: tuple[Span, ...] = ()


@dataclass(slots=True)
class Group:
    """Pieces side by side that speak of one date."""

    pieces: list[Piece] = field(default_factory=list)
    day: Day | None = None
    clock: Piece | None = None
    part: str = ""
    moment: datetime | None = None

    @property
    def start(self) -> int:
        return self.pieces[0].start

    @property
    def end(self) -> int:
        return self.pieces[-1].end

    def take(self, piece: Piece) -> bool:
        """Add `piece` unless it contradicts what is here."""
        day = self.day
        if self.pieces and (self.moment or piece.moment):
            return False
        if piece.day and day:
            day = merge_days(day, piece.day)
            if day is None:
                return False
        if piece.clock and self.clock or piece.part and self.part and piece.part != self.part:
            return False
        self.day = day or piece.day
        self.clock = self.clock or (piece if piece.clock else None)
        self.part = self.part or piece.part
        self.moment = self.moment or piece.moment
        self.pieces.append(piece)
        return True


_READERS: tuple[Callable[[Source, int], Piece | None], ...] = (
    days.iso_at,
    days.numeric_at,
    days.nth_at,
    days.weekday_beside_at,
    days.edge_at,
    days.span_at,
    days.named_at,
    days.day_word_at,
    days.this_part_at,
    days.month_day_at,
    days.day_month_at,
    days.weekday_at,
    days.day_of_month_at,
    offsets.week_of,
)
_STARTERS = frozenset().union(
    words.WEEKDAYS,
    words.MONTHS,
    words.UNITS,
    words.TENS,
    words.ORDINALS,
    words.TODAY,
    words.TOMORROW,
    words.TONIGHT,
    words.YESTERDAY,
    words.PARTS,
    holidays.STARTERS,
    "the this next nxt last past previous coming upcoming current following comming in at within after during by".split(),
    "early late mid first later sometime some end ending close start beginning begining a an half quarter few".split(),
    "couple several noon midday noontime noonish midnight midnite day week month weekend over overmorrow".split(),
    "eod eow eom eoy eoq cob eob + final".split(),
)
_CONNECTORS = frozenset(
    ", at on @ - – — by around about of in the from ( ) before after during until till right exactly ~ for and or so "
    "between starting sharp due".split()
)
_LEADS = frozenset(
    "on at by due for in until till before from starting around about approximately @ after during sometime ~ come "
    "since between beginning @ latest".split()
) - {"since", "beginning", "latest"}
_TRAILING = frozenset({",", "-", "–", "—", ":", ";"})
_MOVES = frozenset("move reschedule postpone push change shift bump delay snooze bring".split())


def read(source: Source) -> Reading:
    groups = _firm_groups(source)
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
    return Reading(due, tuple(_span(source, group) for group in chosen))


def _pieces(source: Source) -> list[Piece]:
    found, i = [], 0
    while i < len(source.tokens):
        piece = _piece(source, i)
        if piece is None or source.word(i - 1) in {"every", "each"} and i:
            i = piece.end if piece else i + 1
            continue
        found.append(piece)
        i = piece.end
    return found


def _piece(source: Source, i: int) -> Piece | None:
    if source.word(i) not in _STARTERS and source.number(i) is None:
        return None
    best: Piece | None = None
    for reader in _READERS:
        piece = reader(source, i)
        if piece and (best is None or piece.end > best.end):
            best = piece
    for late in (offsets.offset_at(source, i, _anchor), clock.clock_at(source, i), clock.part_at(source, i)):
        if late and (best is None or late.end > best.end or best.weak and late.end == best.end and not late.weak):
            best = late
    return best


def _anchor(source: Source, i: int) -> Piece | None:
    best: Piece | None = None
    for reader in _READERS:
        piece = reader(source, i)
        if piece and piece.day and not piece.weak and (best is None or piece.end > best.end):
            best = piece
    return best


def _firm_groups(source: Source) -> list[Group]:
    groups: list[Group] = []
    for piece in _pieces(source):
        joined = bool(groups) and _joined(source, groups[-1].end, piece.start) and groups[-1].take(piece)
        if not joined:
            group = Group()
            group.take(piece)
            groups.append(group)
    trimmed = (_trim(source, group) for group in groups)
    return [group for group in trimmed if group is not None]


def _joined(source: Source, end: int, start: int) -> bool:
    return start - end <= 4 and all(source.word(j) in _CONNECTORS for j in range(end, start))


def _trim(source: Source, group: Group) -> Group | None:
    """The group without the weak pieces that nothing supports."""
    pieces = list(group.pieces)
    changed = True
    while changed and pieces:
        changed = False
        for edge in (0, -1):
            if pieces and not _supported(source, pieces, edge % len(pieces)):
                pieces.pop(edge)
                changed = True
    if len(pieces) == len(group.pieces):
        return group
    rest = Group()
    for piece in pieces:
        rest.take(piece)
    return rest if pieces else None


def _supported(source: Source, pieces: list[Piece], k: int) -> bool:
    piece = pieces[k]
    company = len(pieces) > 1
    if piece.clock and piece.weak:
        return _supported_clock(source, pieces, k)
    if piece.part and not piece.day:
        return not piece.weak or any(other.day or other.clock for other in pieces)
    if piece.day is None:
        return True
    if not company and _modifies_noun(source, piece):
        return False
    if not piece.weak:
        return True
    return company and any(other.day or other.clock and not other.weak for other in pieces if other is not piece)


def _supported_clock(source: Source, pieces: list[Piece], k: int) -> bool:
    piece = pieces[k]
    lead, follower = source.word(piece.start - 1), source.word(piece.end)
    follows = k + 1 < len(pieces) and _joined(source, piece.end, pieces[k + 1].start)
    clear = follows or not source.is_word(piece.end) and source.number(piece.end) is None
    clear = clear or follower in words.FUNCTION_WORDS
    if source.glued(piece.end) and follower in {"%", "/", "+", "x", "-", "_", ":"}:
        return False
    if lead in {"at", "@"}:
        plural = follower.endswith("s") and not follower.endswith("ss") and not clear
        return not plural and not _address(source, piece.end)
    if lead in {"by", "around", "before", "after", "until", "till", "from", "between"}:
        return clear
    if lead == "for":
        return follower == "to" and source.word(piece.start - 2) not in {"table", "reservation", "dinner", "party"}
    if lead in words.COUNTED or source.word(piece.start - 1) in {"#", "$", "€", "£", "-", "/"}:
        return False
    firm = [other for other in pieces if other.day and not other.weak]
    return bool(firm) and clear and source.digits(piece.start) != 3


def _address(source: Source, i: int) -> bool:
    streets = {"street", "st", "avenue", "ave", "road", "rd", "lane", "blvd", "boulevard", "drive", "miles", "percent"}
    return any(source.word(j) in streets for j in range(i, i + 3))


def _modifies_noun(source: Source, piece: Piece) -> bool:
    """A lone day name before a noun: "Sunday school", "Christmas party", "sun screen"."""
    assert piece.day is not None
    name = source.word(piece.end - 1)
    bare = source.is_word(piece.end) and source.word(piece.end) not in words.FUNCTION_WORDS
    lead = source.word(piece.start - 1)
    if piece.day.exact and any(source.word(j) in holidays.STARTERS for j in range(piece.start, piece.end)):
        return bare or lead in {"for", "of", "about", "the", "a", "my", "our"}
    if name in words.WEAK_WEEKDAYS:
        led = lead in {"on", "by", "until", "before", "due", "from"} or piece.end - piece.start > 1
        return not led and bool(source.word(piece.end)) and not (piece.start == 0 and name in {"mon", "fri"})
    if name in words.WEEKDAYS and bare:
        return lead in {"the", "my", "our", "your", "his", "her", "their", "a"} or source.word(piece.end) in {"school"}
    return False


def _covers(source: Source, group: Group) -> bool:
    head = all(source.word(j) in _LEADS for j in range(group.start))
    return head and not any(source.is_word(j) or source.digits(j) for j in range(group.end, len(source.tokens)))


def _is_past(source: Source, group: Group) -> bool:
    if group.moment:
        return group.moment < source.now.replace(second=0, microsecond=0)
    day = resolve_day(group.day, source.today) if group.day else None
    said = group.day is not None and (group.day.fixed is None or not group.day.exact)
    return day is not None and day < source.today and said and not (group.day and group.day.year)


def _primary(source: Source, groups: list[Group]) -> Group:
    if any(source.word(j) in _MOVES for j in range(3)):
        for group in groups[1:]:
            if source.word(group.start - 1) in {"to", "until", "till"}:
                return group
    dated = [group for group in groups if group.day or group.moment]
    return dated[0] if dated else groups[0]


def _partner(groups: list[Group], first: Group) -> Group | None:
    if first.moment or first.clock or first.day is None:
        return None
    return next((group for group in groups if group.clock and not group.day), None)


def _due(source: Source, first: Group, second: Group | None) -> Due | None:
    if first.moment:
        return first.moment
    piece = first.clock or (second.clock if second else None)
    part = first.part or (second.part if second else "")
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
    elif said.midnight or part == "night" and said.hour < 5 and not ahead:
        day = add_days(day, 1)
    return _at(source, day, said.hour, said.minute) if day else None


def _part_day(source: Source, part: str) -> date | None:
    last_hour = {"morning": 12, "afternoon": 18, "evening": 23, "night": 24, "noon": 14}.get(part, 24)
    return source.today if source.now.hour < last_hour else add_days(source.today, 1)


def _at(source: Source, day: date, hour: int, minute: int) -> datetime | None:
    """That wall time in the zone of `now`; one that a clock change skips moves forward."""
    wall = datetime.combine(day, time(hour, minute), tzinfo=source.now.tzinfo)
    if wall.tzinfo is None or not 2 < day.toordinal() < date.max.toordinal() - 2:
        return wall
    return wall.astimezone(UTC).astimezone(source.now.tzinfo)


def _span(source: Source, group: Group) -> Span:
    first, last = group.start, group.end
    while first > 0 and source.word(first - 1) in _LEADS:
        first -= 1
    start, end = source.tokens[first].start, source.tokens[last - 1].end
    before, behind = source.word(first - 1), source.word(last)
    if before == "(" and behind == ")":
        start, end = source.tokens[first - 1].start, source.tokens[last].end
    elif before in {",", "-", "–", "—"} and not source.glued(first):
        start = source.tokens[first - 1].start
    elif behind in _TRAILING:
        end = source.tokens[last].end
    if last == len(source.tokens) - 1 and behind in {".", "!", "?", ",", ";"}:
        end = source.tokens[last].end
    return start, end


def cut_spans(text: str, spans: tuple[Span, ...]) -> str:
    kept, position = "", 0
    for start, end in sorted(spans):
        kept = _join(kept, text[position:start])
        position = max(position, end)
    return " ".join(_join(kept, text[position:]).strip(" \t\r\n,;:-–—").split())


def _join(head: str, tail: str) -> str:
    head, tail = head.rstrip(), tail.lstrip()
    if not head or not tail:
        return head or tail
    return head + tail if tail[0] in ",.;:!?)" else f"{head} {tail}"


__all__ = ["Due", "Reading", "Span", "cut_spans", "read", "timedelta"]
