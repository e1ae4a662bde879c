"""The days a rule falls on, and the next one in somebody's time zone."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .rule import Rule

# A rule that gives nothing in so many periods (30 February) never will: Gregorian weekdays repeat
# every 28 years inside one century, and the longest gap of 29 February is 8 years.
_EMPTY_PERIODS = {"DAILY": 12_000, "WEEKLY": 2_000, "MONTHLY": 600, "YEARLY": 60}


def days_of(rule: Rule, start: date, *, skip_to: date | None = None) -> Iterator[date]:
    """The days of `rule` from `start` on, rising. Periods wholly before `skip_to` may be left out."""
    index = 0 if skip_to is None or skip_to <= start else _periods_between(rule, start, skip_to)
    empty = 0
    while empty <= _EMPTY_PERIODS[rule.freq]:
        first = _period_start(rule, start, index)
        if first is None:
            return
        found = [day for day in _period_days(rule, start, first) if day >= start]
        empty = 0 if found else empty + 1
        yield from found
        index += 1


def _periods_between(rule: Rule, start: date, target: date) -> int:
    if rule.freq == "DAILY":
        periods = (target - start).days
    elif rule.freq == "WEEKLY":
        periods = (target - start).days // 7
    elif rule.freq == "MONTHLY":
        periods = (target.year - start.year) * 12 + target.month - start.month
    else:
        periods = target.year - start.year
    return max(0, periods // rule.interval - 1)


def _period_start(rule: Rule, start: date, index: int) -> date | None:
    steps = index * rule.interval
    try:
        if rule.freq == "DAILY":
            return start + timedelta(days=steps)
        if rule.freq == "WEEKLY":
            return start - timedelta(days=(start.weekday() - rule.week_start) % 7) + timedelta(weeks=steps)
        if rule.freq == "MONTHLY":
            year, month = divmod(start.year * 12 + start.month - 1 + steps, 12)
            return date(year, month + 1, 1)
        return date(start.year + steps, 1, 1)
    except (OverflowError, ValueError):
        return None


def _period_days(rule: Rule, start: date, first: date) -> list[date]:
    if rule.freq == "DAILY":
        days = [first] if _fits(rule, first) else []
    elif rule.freq == "WEEKLY":
        days = _week_days(rule, start, first)
    elif rule.freq == "MONTHLY":
        days = _month_days(rule, start, first) if not rule.months or first.month in rule.months else []
    else:
        days = _year_days(rule, start, first.year)
    if not rule.positions:
        return days
    size = len(days)
    chosen = {p - 1 if p > 0 else size + p for p in rule.positions}
    return [day for k, day in enumerate(days) if k in chosen]


def _fits(rule: Rule, day: date) -> bool:
    length = calendar.monthrange(day.year, day.month)[1]
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.month_days or day.day in rule.month_days or day.day - length - 1 in rule.month_days)
        and (not rule.days or any(day.weekday() == weekday for _, weekday in rule.days))
    )


def _week_days(rule: Rule, start: date, first: date) -> list[date]:
    wanted = {weekday for _, weekday in rule.days} or {start.weekday()}
    span = min(7, date.max.toordinal() - first.toordinal() + 1)
    days = [first + timedelta(days=k) for k in range(span)]
    return [day for day in days if day.weekday() in wanted and (not rule.months or day.month in rule.months)]


def _month_days(rule: Rule, start: date, first: date) -> list[date]:
    length = calendar.monthrange(first.year, first.month)[1]
    numbers: set[int] | None = None
    if rule.month_days:
        numbers = {day if day > 0 else length + 1 + day for day in rule.month_days}
    if rule.days:
        weekdays = set().union(*(_nths(nth, weekday, first.weekday(), length) for nth, weekday in rule.days))
        numbers = weekdays if numbers is None else numbers & weekdays
    if numbers is None:
        numbers = {start.day}
    return [first.replace(day=number) for number in sorted(numbers) if 1 <= number <= length]


def _nths(nth: int, weekday: int, first_weekday: int, length: int) -> set[int]:
    """Day numbers, counted from 1, of that weekday (its nth, or all) in a span of `length` days."""
    numbers = list(range(1 + (weekday - first_weekday) % 7, length + 1, 7))
    if nth == 0:
        return set(numbers)
    k = nth - 1 if nth > 0 else len(numbers) + nth
    return {numbers[k]} if 0 <= k < len(numbers) else set()


def _year_days(rule: Rule, start: date, year: int) -> list[date]:
    if rule.days and not rule.months and not rule.month_days:
        first, length = date(year, 1, 1), 366 if calendar.isleap(year) else 365
        numbers = set().union(*(_nths(nth, weekday, first.weekday(), length) for nth, weekday in rule.days))
        return [first + timedelta(days=number - 1) for number in sorted(numbers)]
    plain = not (rule.days or rule.month_days)
    months = rule.months or ((start.month,) if plain else tuple(range(1, 13)))
    return [day for month in months for day in _month_days(rule, start, date(year, month, 1))]


def step(rule: Rule, due: date, *, after: date) -> tuple[date, int] | None:
    """The first day later than both, and how many occurrences it lies behind `due`; None at the end.

    Without a COUNT the occurrences between are skipped, not counted.
    """
    limit = max(due, after)
    passed = 0
    for day in days_of(rule, due, skip_to=None if rule.count is not None else limit):
        if day == due:
            continue
        passed += 1
        if (rule.count is not None and passed >= rule.count) or (rule.until and day > rule.until):
            return None
        if day > limit:
            return day, passed
    return None


def at_wall_time(day: date, wall: time, tz: ZoneInfo) -> datetime:
    """That wall time on that day; one that a clock change skips moves forward by the gap."""
    return datetime.combine(day, wall, tzinfo=tz).astimezone(UTC).astimezone(tz)


def step_hours(rule: Rule, due: datetime, *, after: datetime) -> tuple[datetime, int] | None:
    """As `step` for hours, which are elapsed time and not wall time."""
    size = timedelta(hours=rule.interval)
    passed = max(1, (after - due) // size + 1)
    found = due.astimezone(UTC) + size * passed
    if rule.count is not None and passed >= rule.count:
        return None
    local = found.astimezone(due.tzinfo)
    return None if rule.until and local.date() > rule.until else (local, passed)


def spent(rule: Rule, passed: int) -> Rule:
    return replace(rule, count=rule.count - passed) if rule.count is not None else rule
