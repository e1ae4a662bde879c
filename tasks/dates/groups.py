"""Pieces that stand side by side and speak of one date, and whether the words around them let them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from . import calendar_dates, clock, days, figures, holidays, offsets, spans, words
from .pieces import Day, Piece, merge_days
from .tokens import Source


@dataclass(slots=True)
class Group:
    """Pieces side by side that do not contradict each other."""

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
        if (piece.clock and self.clock) or (piece.part and self.part and not _agree(piece.part, self.part)):
            return False
        self.day = day or piece.day
        self.clock = self.clock or (piece if piece.clock else None)
        self.part = piece.part if self.part in {"", "early", "end"} and piece.part else self.part
        self.moment = self.moment or piece.moment
        self.pieces.append(piece)
        return True

    def close(self, piece: Piece) -> None:
        """Take `piece` as the far end of a range that begins here: it may say the year."""
        day, last = self.day, piece.day
        if day and last and day.month and last.month and last.year and day.year is None:
            self.day = replace(day, year=last.year - (day.month > last.month))
        self.pieces.append(Piece(piece.start, piece.end))


def _agree(one: str, other: str) -> bool:
    return one == other or {one, other} <= {"evening", "night"} or bool({one, other} & {"early", "end"})


_READERS: tuple[Callable[[Source, int], Piece | None], ...] = (
    figures.iso_at,
    figures.numeric_at,
    figures.spaced_numeric_at,
    spans.nth_at,
    days.weekday_beside_at,
    days.week_containing_at,
    days.eve_at,
    spans.possessive_at,
    spans.edge_at,
    spans.span_at,
    days.named_at,
    days.day_word_at,
    days.this_part_at,
    calendar_dates.month_day_at,
    calendar_dates.day_month_at,
    days.weekday_at,
    calendar_dates.day_of_month_at,
    offsets.week_of,
)
_CLOCK_READERS = (
    clock.clock_at,
    clock.part_at,
    clock.early_at,
    clock.same_time_at,
    offsets.clock_beside_at,
)
_STARTERS = frozenset().union(
    words.WEEKDAYS,
    {f"{day}s" for day in words.WEEKDAYS if day.endswith("day")},
    words.MONTHS,
    {f"{month}s" for month in words.MONTHS},
    words.UNITS,
    words.TENS,
    words.ORDINALS,
    words.TODAY,
    words.TOMORROW,
    words.TONIGHT,
    words.YESTERDAY,
    words.PARTS,
    holidays.STARTERS,
    words.vocabulary(
        "the this next nxt last past previous coming upcoming current following comming in at within "
        "after during by early late mid middle first later sometime some end ending close start beginning "
        "begining final same just a an half quarter few three couple several noon midday noontime noonish "
        "midnight midnite right now high day week month year months years weeks weekend over overmorrow "
        "spring summer fall autumn winter eve q + eod eow eom eoy eoq bom boy cob eob tomorrows "
        "fortnight for lunch"
    ),
)
_CONNECTORS = words.vocabulary(
    ", at on @ - – — by around about of in the from ( ) before after during until till right "
    "exactly precisely ~ for and or so between starting sharp due sometime anytime"
)
_RANGES = words.vocabulary("- – — to through thru until till")


def firm_groups(source: Source) -> list[Group]:
    """The groups in reading order, without the pieces that nothing supports."""
    groups: list[Group] = []
    for piece in _pieces(source):
        if groups and joined(source, groups[-1].end, piece.start) and groups[-1].take(piece):
            continue
        year = _year_alone(source, piece.start) if groups and piece.weak else None
        if year and joined(source, groups[-1].end, year.start) and groups[-1].take(year):
            continue
        if groups and _closes_range(source, groups[-1], piece):
            groups[-1].close(piece)
            continue
        group = Group()
        group.take(piece)
        groups.append(group)
    trimmed = (_trim(source, group) for group in groups)
    return [group for group in trimmed if group is not None]


def _pieces(source: Source) -> list[Piece]:
    found, i = [], 0
    while i < len(source.tokens):
        piece = _piece(source, i)
        if piece is None or source.word(i - 1) in {"every", "each"}:
            i = piece.end if piece else i + 1
            continue
        if _is_count(source, piece):
            i += 1
            continue
        found.append(piece)
        i = piece.end
    return found


def _is_count(source: Source, piece: Piece) -> bool:
    before = source.word(piece.start - 1)
    if before in words.COUNTERS and source.digits(piece.start) and piece.clock is None:
        return not source.glued(piece.start + 1)
    return piece.clock is not None and piece.weak and before in words.COUNTED


def _piece(source: Source, i: int) -> Piece | None:
    if source.word(i) not in _STARTERS and not source.word(i)[:1].isdigit():
        return None
    best = _longest(source, i, _READERS)
    for late in (offsets.offset_at(source, i, day_at), *(reader(source, i) for reader in _CLOCK_READERS)):
        if late and (
            best is None or late.end > best.end or (best.weak and late.end == best.end and not late.weak)
        ):
            best = late
    return best or _year_alone(source, i)


def _longest(
    source: Source, i: int, readers: tuple[Callable[[Source, int], Piece | None], ...]
) -> Piece | None:
    best: Piece | None = None
    for reader in readers:
        piece = reader(source, i)
        if piece and (best is None or piece.end > best.end):
            best = piece
    return best


def day_at(source: Source, i: int) -> Piece | None:
    """The longest firm day that begins at token `i`."""
    best = _longest(source, i, _READERS)
    return best if best and best.day and not best.weak else None


def _year_alone(source: Source, i: int) -> Piece | None:
    year = calendar_dates.year_at(source, i)
    return Piece(i, year[1], day=Day(year=year[0]), weak=True) if year and year[1] == i + 1 else None


def joined(source: Source, end: int, start: int) -> bool:
    """Whether only words that tie dates together stand between `end` and `start`."""
    between = [source.word(j) for j in range(end, min(start, end + 5))]
    return start - end <= 4 and _CONNECTORS.issuperset(between) and not (source.moves and "for" in between)


def _closes_range(source: Source, group: Group, piece: Piece) -> bool:
    """`Tuesday to Thursday`: the second day ends the range whose start is due."""
    gap = piece.start - group.end - (source.word(piece.start - 1) in {"the", "on"})
    if gap != 1 or group.day is None or piece.day is None or source.moves:
        return False
    if source.word(group.end) in _RANGES:
        return not piece.weak or bool(group.day.month and piece.day.month)
    both_weekdays = group.day.weekday is not None and piece.day.weekday is not None
    both_months = group.day.month is not None and piece.day.month is not None
    both_fixed = group.day.fixed is not None and piece.day.fixed is not None
    both = both_weekdays or both_months or both_fixed
    return both and source.word(group.end) in {"or", "and", "&", "/"}


def _trim(source: Source, group: Group) -> Group | None:
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
    company = [other for other in pieces if other is not piece]
    if piece.clock and piece.weak:
        return _supported_clock(source, pieces, k)
    if piece.part == "early":
        return bool(company) and (k > 0 or source.after(piece.start, "first", "thing") is not None)
    if piece.part and not piece.day:
        return not piece.weak or any(other.day or other.clock for other in company)
    if piece.day is None:
        return bool(piece.clock or piece.moment or company)
    if all(other.weak and other.clock for other in company) and _modifies_noun(source, piece):
        return False
    if any(other.part for other in company) and piece.day.weekday is not None and not piece.day.which:
        titled = source.word(pieces[-1].end) in _MEETINGS
        return not titled or source.word(piece.start - 1) in {"on", "by"}
    return not piece.weak or any(other.day or _holds_up(source, other) for other in company)


def _holds_up(source: Source, piece: Piece) -> bool:
    """Whether a time of day or a part of the day makes a date of the number beside it."""
    if piece.clock:
        return not piece.weak or source.word(piece.start - 1) in {"at", "@"}
    return bool(piece.part) and not piece.weak


def _supported_clock(source: Source, pieces: list[Piece], k: int) -> bool:
    piece = pieces[k]
    lead, follower = source.word(piece.start - 1), source.word(piece.end)
    follows = k + 1 < len(pieces) and joined(source, piece.end, pieces[k + 1].start)
    clear = follows or (not source.is_word(piece.end) and source.number(piece.end) is None)
    clear = clear or follower in words.FUNCTION_WORDS
    year = lead == "from" and source.digits(piece.start) == 4 and len(pieces) == 1
    if follower in {"hundred", "thousand", "million"} or year:
        return False
    if source.after(piece.start, "1", "to", "10") or source.after(piece.start, "one", "to", "ten"):
        return False
    if lead == "by" and source.word(piece.start - 2) in {"divided", "multiplied", "times"}:
        return False
    if source.glued(piece.end) and follower in {"%", "/", "+", "x", "-", "_", ":"}:
        return False
    if lead in {"at", "@"}:
        plural = follower.endswith("s") and not follower.endswith("ss") and not clear
        plural = plural and not any(other.day and not other.weak for other in pieces)
        return not plural and not _address(source, piece.end)
    beside = [other for other in pieces if (other.day or other.part) and not other.weak]
    full = source.digits(piece.start) == 4 or piece.end - piece.start > 2
    if lead in _CLOCK_LEADS:
        return clear or (bool(beside) and full)
    if lead == "to" and source.moves:
        return clear
    if lead == "for" and not beside:
        return follower == "to" and source.word(piece.start - 2) not in {"table", "reservation", "party"}
    tied = source.glued(piece.start) and lead in {"-", "/"}
    if tied or lead in words.COUNTED or lead in {"#", "$", "€", "£"}:
        return False
    if _spelled_out(source, piece):
        return clear or bool(beside) or source.word(piece.start + 1) == "past"
    clear = clear or (source.digits(piece.start) == 4 and source.word(piece.start).startswith("0"))
    return bool(beside) and clear and source.digits(piece.start) != 3


_CLOCK_LEADS = words.vocabulary("by around about before after until till from between exactly approximately")


def _spelled_out(source: Source, piece: Piece) -> bool:
    """`ten to six`, `20 past 4`."""
    assert piece.clock is not None
    between = {source.word(j) for j in range(piece.start + 1, piece.end)}
    return piece.clock.minute > 0 and bool(between & {"to", "past", "after"})


def _address(source: Source, i: int) -> bool:
    streets = {
        "street",
        "st",
        "avenue",
        "ave",
        "road",
        "rd",
        "lane",
        "blvd",
        "boulevard",
        "drive",
        "miles",
        "percent",
    }
    return any(source.word(j) in streets for j in range(i, i + 3))


_MEETINGS = words.vocabulary(
    "meeting meetings standup class classes notes newsletter agenda tacos school special lights live roast "
    "brunch football league movie movies dvd album novel"
)


_HOSTS = words.vocabulary(
    "for of about the a my our organize organise plan celebrate host like love discuss happy merry"
)


_HOLIDAY_LEADS = words.vocabulary("on by until till before around come at")
_CHOSEN = words.vocabulary("next this coming upcoming following")


def _modifies_noun(source: Source, piece: Piece) -> bool:
    """A lone day name before a noun: "Sunday school", "Christmas party", "sun screen"."""
    assert piece.day is not None
    name = source.word(piece.end - 1)
    if source.word(piece.end) == "." and source.glued(piece.end) and source.glued(piece.end + 1):
        return source.is_word(piece.end + 1)
    bare = source.is_word(piece.end) and source.word(piece.end) not in words.FUNCTION_WORDS
    lead = source.word(piece.start - 1)
    if piece.day.exact and any(holidays.holiday_at(source, j) for j in range(piece.start, piece.end)):
        led = lead in _HOLIDAY_LEADS or bool(
            {source.word(piece.start), source.word(piece.start + 1)} & _CHOSEN
        )
        plain = source.word(piece.start) in {"the", *holidays.STARTERS}
        plain = plain and source.word(piece.end - 1) != "now" and source.word(piece.end - 2) not in _CHOSEN
        return (bare and not led and plain and not source.digits(piece.end - 1)) or lead in _HOSTS
    if name in words.WEAK_WEEKDAYS and (lead == "the" or source.word(piece.start) == "the"):
        return source.word(piece.start - 1 - (lead == "the")) not in {"on", "by"}
    if name in words.WEAK_WEEKDAYS:
        led = lead in {"on", "by", "until", "before", "due", "from"} or piece.end - piece.start > 1
        polite = source.word(piece.end) in {"please", "pls", "plz", "thanks"}
        return (
            not led
            and not polite
            and source.is_word(piece.end)
            and not (piece.start == 0 and name in {"mon", "fri"})
        )
    if name in words.WEEKDAYS and bare:
        owned = lead in {"the", "my", "our", "your", "his", "her", "their", "a"}
        return owned or (source.word(piece.end) in _MEETINGS and lead not in {"on", "this", "next", "by"})
    return False
