"""What a matcher finds: a day, a time of day, a part of the day or a moment, and where it stands."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Day:
    """What was said of a day. `fixed` needs no reading; `week` is the Monday of a week that was named."""

    fixed: date | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    which: str = ""
    week: date | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day. Without `sure`, the hour may be meant before noon or after it.

    `zone` is the offset from UTC that was said with it, in minutes.
    """

    hour: int
    minute: int = 0
    sure: bool = False
    midnight: bool = False
    zone: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens `start` to `end` (excluded). A `weak` piece means something only beside another."""

    start: int
    end: int
    day: Day | None = None
    clock: Clock | None = None
    part: str = ""
    moment: datetime | None = None
    weak: bool = False


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday()) if day.toordinal() > 7 else day


def add_months(day: date, months: int) -> date | None:
    """The same day of the month so many months on, or the last one of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_days(day: date, days: int) -> date | None:
    ordinal = day.toordinal() + days
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None


def real_date(year: int, month: int, day: int) -> date | None:
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def merge_days(first: Day, second: Day) -> Day | None:
    """Both together when they speak of one day ("Friday" and "the 13th"), else None."""
    for one, other in ((first, second), (second, first)):
        if one.month and one.year is None and other.year and other == Day(year=other.year):
            return replace(one, year=other.year)
        if one.month and one.day is None and not one.which and other.day and other == Day(day=other.day):
            return replace(one, day=other.day)
    if second.weekday is not None and first.weekday is None:
        first, second = second, first
    if first.weekday is None or second.weekday is not None:
        return None
    if (
        first.fixed
        or first.month
        or first.day
        or first.week
        or ((second.month or second.year) and not second.day)
    ):
        return None
    if first.which and not (second.week or second.day):
        return None
    return replace(second, weekday=first.weekday)


def resolve_day(day: Day, today: date) -> date | None:
    """The calendar day meant, the future preferred; None when there is no such day."""
    if day.fixed:
        if day.weekday is None or day.exact or day.fixed.weekday() == day.weekday:
            return day.fixed
        return add_days(monday(day.fixed), day.weekday)
    if day.week:
        return add_days(day.week, day.weekday or 0)
    if day.day:
        return _day_of_month(day, today)
    if day.month:
        return _month(day, today)
    if day.weekday is not None:
        return _weekday(day.weekday, day.which, today)
    if day.year is None:
        return None
    return real_date(day.year, 12, 31) if day.year == today.year else real_date(day.year, 1, 1)


def _day_of_month(day: Day, today: date) -> date | None:
    assert day.day is not None
    if day.month and day.year:
        return real_date(day.year, day.month, day.day)
    found: date | None = None
    if day.month:
        candidates = [real_date(year, day.month, day.day) for year in range(today.year, today.year + 9)]
        patience = 2
    else:
        index = today.year * 12 + today.month - 1
        months = (divmod(index + k, 12) for k in range(25))
        candidates = [real_date(year, month + 1, day.day) for year, month in months]
        patience = 25
    for candidate in candidates:
        if candidate is None or candidate < today:
            continue
        found = found or candidate
        if day.weekday is None or candidate.weekday() == day.weekday:
            return candidate
        patience -= 1
        if not patience:
            break
    return found


def _month(day: Day, today: date) -> date | None:
    assert day.month is not None
    if day.year:
        first = real_date(day.year, day.month, 1)
        return (
            today
            if first and first <= today and (day.year, day.month) == (today.year, today.month)
            else first
        )
    if day.month == today.month and day.which != "next":
        return today
    year = today.year + (day.month <= today.month)
    return real_date(year, day.month, 1)


def _weekday(weekday: int, which: str, today: date) -> date | None:
    ahead = (weekday - today.weekday()) % 7
    if which == "next":
        return add_days(monday(today), 7 + weekday)
    if which == "last":
        return add_days(today, ahead - 7)
    if which == "this":
        return add_days(today, ahead)
    return add_days(today, ahead or 7)
