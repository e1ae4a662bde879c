"""Lengths of time, and days and moments said by their distance: "in two weeks", "3 days before Christmas"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .pieces import Day, Piece, add_days, add_months, monday, resolve_day
from .tokens import Source, number_at
from .words import (
    BUSINESS_DAY,
    DAY,
    DURATIONS,
    GLUED_DURATIONS,
    HOUR,
    MINUTE,
    MONTH,
    SECOND,
    TODAY,
    TOMORROW,
    WEEK,
    WEEKDAYS,
    YEAR,
    vocabulary,
)

DayReader = Callable[[Source, int], Piece | None]

_SECONDS = {SECOND: 1, MINUTE: 60, HOUR: 3600}
_VAGUE = vocabulary(
    "about around approximately approx roughly less than under exactly just another maybe like at "
    "most the next another up to no more over not coming following upcoming"
)
_IN = frozenset({"in", "within", "after"})
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_LIMIT = 40_000


@dataclass(frozen=True, slots=True)
class Shift:
    """A distance in the calendar (months, days, working days) and on the clock (seconds)."""

    months: int = 0
    days: int = 0
    business: int = 0
    seconds: int = 0

    def __add__(self, other: Shift) -> Shift:
        return Shift(
            self.months + other.months,
            self.days + other.days,
            self.business + other.business,
            self.seconds + other.seconds,
        )

    def __neg__(self) -> Shift:
        return Shift(-self.months, -self.days, -self.business, -self.seconds)

    def from_day(self, day: date) -> date | None:
        moved = add_months(day, self.months)
        moved = moved and add_days(moved, self.days)
        return moved and _add_business_days(moved, self.business)

    def from_moment(self, now: datetime) -> datetime | None:
        """Calendar parts move the wall clock; the rest is elapsed time, also across a DST change."""
        day = self.from_day(now.date())
        if day is None or not 2 < day.toordinal() < date.max.toordinal() - 2:
            return None
        moved = now.replace(year=day.year, month=day.month, day=day.day, second=0, microsecond=0)
        if moved.tzinfo is None:
            return moved + timedelta(seconds=self.seconds)
        return (moved.astimezone(UTC) + timedelta(seconds=self.seconds)).astimezone(now.tzinfo)


def _add_business_days(day: date, count: int) -> date | None:
    step = 1 if count > 0 else -1
    weeks, left = divmod(abs(count), 5)
    free = (
        max(0, day.weekday() - 4)
        if count > 0
        else -(max(0, 7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
    )
    moved = add_days(day, 7 * weeks * step - (free if count else 0))
    while left and moved:
        moved = add_days(moved, step)
        left -= moved is not None and moved.weekday() < 5
    return moved


def quantity_at(source: Source, i: int) -> tuple[float, int] | None:
    """How many: a number, "a", "a couple of", "half an", "two and a half": (value, next position)."""
    word = source.word(i)
    if word in {"a", "an"} and source.word(i + 1) in {"couple", "few", "half", "quarter"}:
        i, word = i + 1, source.word(i + 1)
    if word in {"couple", "few", "several"}:
        end = i + 2 if source.word(i + 1) == "of" else i + 1
        return (2 if word == "couple" else 3), end
    if word in {"three", "3"} and _quarters_of_hour(source, i + 1 + (source.word(i + 1) == "-")):
        i = i + 2 + (source.word(i + 1) == "-")
        i += source.word(i) == "of"
        return 0.75, i + (source.word(i) in {"a", "an"})
    if word in {"half", "quarter"}:
        end = i + 2 if source.word(i + 1) in {"a", "an", "of"} else i + 1
        end += source.word(end) in {"a", "an"}
        return (0.5 if word == "half" else 0.25), end
    if word in {"a", "an"}:
        return (100, i + 2) if source.word(i + 1) == "hundred" else (1, i + 1)
    found = number_at(source, i)
    if found and found[0] < 10 and source.word(found[1]) == "hundred":
        return 100 * found[0], found[1] + 1
    return _fraction(source, *found) if found else None


def _quarters_of_hour(source: Source, i: int) -> bool:
    behind = source.word(i + 1)
    return source.word(i) == "quarters" and (
        behind in {"of", "a", "an"} or DURATIONS.get(behind, ("",))[0] == HOUR
    )


def _fraction(source: Source, value: int, i: int) -> tuple[float, int]:
    if source.word(i) == "." and source.glued(i) and source.digits(i + 1) in (1, 2) and source.glued(i + 1):
        return float(f"{value}.{source.number(i + 1)}"), i + 2
    below = source.number(i + 1) or 0
    if source.word(i) == ":" and source.digits(i + 1) == 2 and source.word(i + 2) in {"hours", "hrs"}:
        return value + below / 60, i + 2
    if source.word(i) == "/" and source.glued(i) and value < below <= 4:
        return value / below, i + 2 + (source.word(i + 2) in {"a", "an"})
    if source.word(i) in _FRACTIONS:
        return value + _FRACTIONS[source.word(i)], i + 1
    if value < 10 and source.after(i, "1", "/", "2"):
        return value + 0.5, i + 3
    if source.after(i, "and", "a", "half") or source.after(i, "and", "an", "half"):
        return value + 0.5, i + 3
    return value, i


def _unit_at(source: Source, i: int) -> tuple[str, int, int] | None:
    word = source.word(i)
    if word in {"business", "working", "work"} and source.word(i + 1) in {"day", "days"}:
        return BUSINESS_DAY, 1, i + 2
    if word in DURATIONS:
        return (*DURATIONS[word], i + 1)
    if word in {"'", "’", '"'} and source.glued(i) and source.number(i - 1) is not None:
        return (SECOND if word == '"' else MINUTE), 1, i + 1
    spaced = word in {"h", "d", "w"}
    if word in GLUED_DURATIONS and (source.glued(i) or spaced) and source.number(i - 1) is not None:
        return (*GLUED_DURATIONS[word], i + 1)
    return None


def _shift(unit: str, count: float) -> Shift | None:
    whole = int(count)
    if unit in _SECONDS:
        return Shift(seconds=round(count * _SECONDS[unit]))
    if unit == DAY:
        return Shift(days=whole, seconds=round((count - whole) * 86400))
    if unit == BUSINESS_DAY:
        return Shift(business=whole)
    if unit == WEEK:
        return Shift(days=round(count * 7))
    if unit == MONTH:
        return Shift(months=whole, days=round((count - whole) * 30))
    return Shift(months=round(count * 12)) if unit == YEAR else None


def duration_at(source: Source, i: int) -> tuple[Shift, int] | None:
    """`2 years, 1 month and 3 days`: (shift, next position)."""
    total: Shift | None = None
    for _ in range(7):
        found = _one_duration(source, i)
        if found is None:
            break
        shift, end = found
        total = shift if total is None else total + shift
        i = end
        joint = end + (source.word(end) == ",")
        joint += source.word(joint) == "and"
        if _one_duration(source, joint) is None:
            break
        i = joint
    if total is None:
        return None
    bare_minutes = (
        source.number(i) if total.seconds and source.word(i - 1) == "h" and source.glued(i) else None
    )
    if bare_minutes is not None and bare_minutes < 60:
        return total + Shift(seconds=60 * bare_minutes), i + 1
    return total, i


def _one_duration(source: Source, i: int) -> tuple[Shift, int] | None:
    amount = quantity_at(source, i)
    if amount is None or amount[0] > _LIMIT:
        return None
    count, j = amount
    unit = _unit_at(source, j)
    if unit is None and source.word(j) in {"-", "more", "full", "whole"}:
        unit = _unit_at(source, j + 1)
    if unit is None and source.word(j) in {"-", "–", "to", "or"}:
        most = number_at(source, j + 1)
        unit = _unit_at(source, most[1]) if most and most[0] > count else None
    if unit is None:
        return None
    name, times, end = unit
    if source.after(end, "and", "a", "half"):
        count, end = count + 0.5, end + 3
    shift = _shift(name, count * times)
    return (shift, end) if shift else None


def _placed(source: Source, start: int, end: int, shift: Shift) -> Piece | None:
    if shift.seconds:
        moment = shift.from_moment(source.now)
        return Piece(start, end, moment=moment) if moment else None
    day = shift.from_day(source.today)
    return Piece(start, end, day=Day(fixed=day)) if day else None


def offset_at(source: Source, i: int, read_day: DayReader) -> Piece | None:
    """A day or a moment at a distance from now or from a day that `read_day` reads."""
    word, j = source.word(i), i
    if word in _IN:
        j += 1
        while j < i + 5 and source.word(j) in _VAGUE:
            j += 1
        return _after_in(source, i, j)
    if word in {"next", "following", "coming", "upcoming"} and source.word(i + 1) not in {"a", "an"}:
        return _after_in(source, i, i + 1)
    if word == "+" and source.number(i + 1) is not None:
        found = duration_at(source, i + 1)
        return _placed(source, i, found[1], found[0]) if found else None
    if word in {"-", "."}:
        return None
    if word == "for" and source.word(i - 1) in {"reminder", "timer", "alarm", "alert"}:
        found = duration_at(source, i + 1)
        return _placed(source, i, found[1], found[0]) if found and found[0].seconds else None
    ahead = source.word(i + 1) == "the" and source.word(i + 2) in {"next", "coming", "following"}
    if word in {"over", "for", "during"} and ahead:
        return _after_in(source, i, i + 3)
    return _from_day(source, i, read_day)


def _after_in(source: Source, start: int, i: int) -> Piece | None:
    weekdays = _weekdays_on(source, i)
    if weekdays:
        day, end = weekdays
        return Piece(start, _tail(source, end), day=Day(fixed=day))
    found = duration_at(source, i) or _bare_unit(source, i)
    if found is None:
        return None
    shift, end = found
    if source.word(start) == "after" and _is_clock(source, i, end):
        return None
    return _placed(source, start, _tail(source, end), shift)


def _is_clock(source: Source, i: int, end: int) -> bool:
    """`after 17h`, `after 20 minutes past 5`: a time of day and no distance."""
    figure = source.number(i) or 0
    hours = source.word(end - 1) in {"h", "hrs"} and figure > 7
    hours = hours or (source.word(i + 1) == "h" and source.digits(i + 2) == 2 and figure > 7)
    return hours or source.word(end) in {"of", "at", "past", "to"} or source.glued(end)


def _bare_unit(source: Source, i: int) -> tuple[Shift, int] | None:
    """`in the next hour`, `within the hour`."""
    if source.word(i - 1) not in {"next", "the"} or source.word(i) not in {"hour", "minute", "hr"}:
        return None
    shift = _shift(DURATIONS[source.word(i)][0], 1)
    return (shift, i + 1) if shift else None


def _weekdays_on(source: Source, i: int) -> tuple[date, int] | None:
    amount = quantity_at(source, i)
    if amount is None or not 1 <= amount[0] <= 60:
        return None
    word = source.word(amount[1])
    weekday = WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")))
    if weekday is None or len(word) < 5:
        return None
    ahead = (weekday - source.today.weekday()) % 7 or 7
    day = add_days(source.today, ahead + 7 * (int(amount[0]) - 1))
    return (day, amount[1] + 1) if day else None


def _tail(source: Source, i: int) -> int:
    i += source.word(i) in {"'", "’"} and source.word(i + 1) == "time"
    i += source.word(i) in {"time", "times"}
    for tail in (("or", "so"), ("or", "two"), *_FROM_NOW, ("at", "most"), ("max",)):
        i = source.after(i, *tail) or i
    return i


_FROM_NOW = (
    ("from", "now"),
    ("from", "today"),
    ("after", "now"),
    ("from", "right", "now"),
    ("from", "this", "moment"),
)


_LATER = frozenset(["later", "hence", "away", "ahead"])


def _from_day(source: Source, i: int, read_day: DayReader) -> Piece | None:
    weekdays = _weekdays_on(source, i)
    if weekdays:
        tail = _now_tail(source, weekdays[1])
        if tail:
            return Piece(i, tail, day=Day(fixed=weekdays[0]))
        return _weekdays_beside(source, i, weekdays[1], read_day)
    found = duration_at(source, i) or _the_unit(source, i)
    if found is None:
        return None
    shift, end = found
    word = source.word(end)
    tail = _now_tail(source, end)
    if tail:
        return _placed(source, i, tail, shift)
    if word in TODAY or word in TOMORROW:
        late = shift + Shift(days=int(word in TOMORROW))
        return None if shift.seconds else _placed(source, i, end + 1, late)
    if word == "ago" or source.after(end, "before", "now"):
        return _placed(source, i, end + 1 + (word != "ago"), -shift)
    weeks = shift.days >= 7 and shift.days % 7 == 0 and not shift.months
    on = word if weeks and (source.word(end + 1) in WEEKDAYS or source.word(end + 2) in WEEKDAYS) else ""
    beside = on in {"on", "this"} or word in {"from", "after", "before", "past", "following", "prior"}
    if not beside or shift.seconds:
        return None
    return _beside(source, i, end, shift, read_day)


def _weekdays_beside(source: Source, start: int, i: int, read_day: DayReader) -> Piece | None:
    """`two Fridays before Christmas`."""
    amount, word = quantity_at(source, start), source.word(i - 1)
    anchor = read_day(source, i + 1) if source.word(i) in {"after", "before"} else None
    base = resolve_day(anchor.day, source.today) if anchor and anchor.day else None
    weekday = WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")))
    if amount is None or anchor is None or base is None or weekday is None:
        return None
    weeks = 7 * (int(amount[0]) - 1)
    if source.word(i) == "before":
        day = add_days(base, -((base.weekday() - weekday) % 7 or 7) - weeks)
    else:
        day = add_days(base, ((weekday - base.weekday()) % 7 or 7) + weeks)
    return Piece(start, anchor.end, day=Day(fixed=day, exact=True)) if day else None


def _beside(source: Source, start: int, i: int, shift: Shift, read_day: DayReader) -> Piece | None:
    word, j = source.word(i), i + 1
    j += source.word(j) in {"to", "this", "the", "on"}
    anchor = read_day(source, j) or (read_day(source, i + 1) if j != i + 1 else None)
    if anchor is None or anchor.day is None:
        return None
    base = resolve_day(anchor.day, source.today)
    backwards = word in {"before", "prior"}
    if base and anchor.day.exact and shift.months >= 12 and not backwards and anchor.day.year is None:
        base = add_months(base, -12)
    day = base and (-shift if backwards else shift).from_day(base)
    if day and base and backwards and day < source.today and anchor.day.exact:
        base = add_months(base, 12)
        day = base and (-shift).from_day(base)
    return Piece(start, anchor.end, day=Day(fixed=day)) if day else None


def _now_tail(source: Source, i: int) -> int | None:
    if source.word(i) in _LATER:
        return i + 1
    tails = (source.after(i, *tail) for tail in _FROM_NOW)
    return next((end for end in tails if end), None)


def _the_unit(source: Source, i: int) -> tuple[Shift, int] | None:
    j = i + (source.word(i) == "the")
    units = {"day", "week", "month", "fortnight", "night", "evening", "morning", "afternoon"}
    if source.word(j) in units and source.word(j + 1) in {"before", "after", "following", "from", "prior"}:
        shift = _shift(DURATIONS[source.word(j)][0], 1)
        return (shift, j + 1) if shift else None
    return None


def week_of(source: Source, i: int) -> Piece | None:
    """`week after next`, `a week on Friday`, `a week from tomorrow`."""
    j = i + (source.word(i) in {"the", "a"})
    if source.word(j) not in {"week", "month"}:
        return None
    end = source.after(j + 1, "after", "next")
    if end is None:
        return _week_on(source, i, j)
    if source.word(j) == "week":
        start = add_days(monday(source.today), 14)
        return Piece(i, end, day=Day(week=start)) if start else None
    first = add_months(source.today.replace(day=1), 2)
    return Piece(i, end, day=Day(fixed=first)) if first else None


def _week_on(source: Source, start: int, i: int) -> Piece | None:
    if source.word(i) != "week" or source.word(i + 1) not in {"on", "from"}:
        return None
    j = i + 2 + (source.word(i + 2) == "this")
    word = source.word(j)
    if word in TODAY or word in TOMORROW:
        day = add_days(source.today, 7 + (word in TOMORROW))
    elif word in WEEKDAYS:
        day = add_days(source.today, 7 + ((WEEKDAYS[word] - source.today.weekday()) % 7 or 7))
    else:
        return None
    return Piece(start, j + 1, day=Day(fixed=day)) if day else None
