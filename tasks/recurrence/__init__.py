"""Tasks that repeat: the rule in words (`phrases`), as RRULE text (`rule`), and its days (`schedule`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .phrases import find_repeat
from .rule import Rule, describe_rule, parse_rule
from .schedule import at_wall_time, days_of, spent, step, step_hours

__all__ = ["advance", "check_rrule", "describe", "first_due", "next_due", "parse_repeat", "read_repeat"]


def read_repeat(text: str, *, now: datetime) -> tuple[str | None, tuple[tuple[int, int], ...]]:
    """The RRULE said in `text` and every span that says it; (None, ()) when nothing repeats.

    A time of day stays in the text, for `tasks.dates`. No text raises.
    """
    found = find_repeat(text, now)
    return (found[0].text(), found[1]) if found else (None, ())


def parse_repeat(text: str, *, now: datetime) -> tuple[str | None, tuple[int, int] | None]:
    """As `read_repeat`, with the first span alone, or (None, None)."""
    rule, spans = read_repeat(text, now=now)
    return (rule, spans[0]) if spans else (None, None)


def check_rrule(text: str) -> str:
    """`text` in canonical spelling. Raises ValueError, with what to change, for a rule that no task can follow."""
    rule = parse_rule(text)
    if rule.freq != "HOURLY" and next(days_of(replace(rule, interval=1), date(2024, 1, 1)), None) is None:
        raise ValueError("The rule never falls on any day; check BYMONTH, BYMONTHDAY and BYDAY.")
    return rule.text()


def describe(rrule: str) -> str:
    """The rule in English: "every 2 weeks on Tuesday". Raises ValueError as `check_rrule` does."""
    return describe_rule(parse_rule(rrule))


def advance(
    rrule: str, due: date | datetime, *, after: date | datetime, tz: ZoneInfo
) -> tuple[date | datetime, str] | None:
    """The next due date and the rule to keep with it, whose COUNT is what is left; None when it has ended.

    `due` is an occurrence and counts as the first of COUNT. A date gives a date, an aware datetime the same
    wall time in `tz` on another day. The result is later than both `due` and `after`.
    """
    rule = parse_rule(rrule)
    if rule.freq == "HOURLY":
        start = due if isinstance(due, datetime) else at_wall_time(due, time(), tz)
        limit = after if isinstance(after, datetime) else at_wall_time(after, time(), tz)
        hourly = step_hours(rule, start.astimezone(tz), after=limit)
        return (hourly[0], spent(rule, hourly[1]).text()) if hourly else None
    if not isinstance(due, datetime):
        limit_day = after.astimezone(tz).date() if isinstance(after, datetime) else after
        found = step(rule, due, after=limit_day, last_count=rule.count)
        return (found[0], spent(rule, found[1]).text()) if found else None
    return _advance_time(rule, due.astimezone(tz), after, tz)


def _advance_time(
    rule: Rule, due: datetime, after: date | datetime, tz: ZoneInfo
) -> tuple[date | datetime, str] | None:
    wall, limit = due.timetz().replace(tzinfo=None), due.date()
    if isinstance(after, datetime):
        local = after.astimezone(tz)
        earlier = at_wall_time(local.date(), wall, tz).astimezone(UTC) > local.astimezone(UTC)
        limit = date.fromordinal(max(1, local.date().toordinal() - earlier))
    else:
        limit = after
    found = step(rule, due.date(), after=limit, last_count=rule.count)
    return (at_wall_time(found[0], wall, tz), spent(rule, found[1]).text()) if found else None


def next_due(
    rrule: str, due: date | datetime, *, after: date | datetime, tz: ZoneInfo
) -> date | datetime | None:
    """The due date of `advance` alone. COUNT is counted from `due`: keep the rule of `advance` to run it down."""
    found = advance(rrule, due, after=after, tz=tz)
    return found[0] if found else None


def first_due(rrule: str, *, now: datetime, time: time | None = None) -> date | datetime | None:
    """The first due date of a rule said without one: today or later, at `time` in the zone of `now` when given."""
    rule = parse_rule(rrule)
    if rule.freq == "HOURLY":
        start = now.replace(second=0, microsecond=0)
        return start + timedelta(hours=rule.interval)
    # Its interval counts from the first occurrence, so it must not delay that one.
    for day in days_of(replace(rule, interval=1), now.date()):
        if rule.until and day > rule.until:
            return None
        if time is None:
            return day
        moment = datetime.combine(day, time, tzinfo=now.tzinfo)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).astimezone(now.tzinfo)
        if moment > now:
            return moment
    return None
