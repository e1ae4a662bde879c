"""Lengths of time: "two and a half weeks", "1h30", "2 years, 1 month and 3 days"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .pieces import add_days, add_months
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
    WEEK,
    YEAR,
)

_SECONDS = {SECOND: 1, MINUTE: 60, HOUR: 3600}
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


def shift_of(unit: str, count: float) -> Shift | None:
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
    shift = shift_of(name, count * times)
    return (shift, end) if shift else None
