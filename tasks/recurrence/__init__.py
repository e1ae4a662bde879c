"""Tasks that repeat: the rule in words (`phrases`), as RRULE text (`rule`), and its days (`schedule`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tasks.dates import read_due

from .phrases import blanked, find_repeat
from .rule import describe_rule, parse_rule
from .schedule import at_wall_time, days_of, spent, step, step_hours

__all__ = [
    "Schedule",
    "advance",
    "check_rrule",
    "describe",
    "first_due",
    "next_due",
    "parse_repeat",
    "read_repeat",
    "read_schedule",
]

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a text wants its task: the rule it repeats by, its first due date, and the spans that say so."""

    rrule: str | None = None
    due: date | datetime | None = None
    spans: Spans = ()


def read_schedule(text: str, *, now: datetime, day_first: bool = False) -> Schedule:
    """The repeat and the due date said in `text` together: "every Tuesday at 9".

    `now` and `day_first` are those of `tasks.dates.read_due`. A repeat without a date is due on its first
    day. No text raises.
    """
    repeat = find_repeat(text, now, day_first=day_first)
    if repeat is None:
        reading = read_due(text, now=now, day_first=day_first)
        return Schedule(None, reading.due, reading.spans)
    rule, spans = repeat
    reading = read_due(blanked(text, spans), now=now, day_first=day_first)
    due = reading.due
    if not reading.day_said:
        due = first_due(rule.text(), now=now, time=reading.time)
    elif due is not None and rule.freq != "HOURLY":
        day = due.date() if isinstance(due, datetime) else due
        first = next(days_of(replace(rule, interval=1), day), day)
        due = due.replace(year=first.year, month=first.month, day=first.day)
    return Schedule(rule.text(), due, tuple(sorted({*spans, *reading.spans})))


def read_repeat(text: str, *, now: datetime, day_first: bool = False) -> tuple[str | None, Spans]:
    """The RRULE said in `text` and every span that says it; (None, ()) when nothing repeats.

    A time of day stays in the text, for `tasks.dates`. No text raises.
    """
    found = find_repeat(text, now, day_first=day_first)
    return (found[0].text(), found[1]) if found else (None, ())


def parse_repeat(
    text: str, *, now: datetime, day_first: bool = False
) -> tuple[str | None, tuple[int, int] | None]:
    """As `read_repeat`, with the first span alone, or (None, None)."""
    rule, spans = read_repeat(text, now=now, day_first=day_first)
    return (rule, spans[0]) if spans else (None, None)


def check_rrule(text: str) -> str:
    """`text` in its canonical spelling.

    Raises ValueError, saying what to change, for a rule that no task can follow.
    """
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
    if isinstance(due, datetime):
        return _advance_time(rule.text(), due.astimezone(tz), after, tz)
    last_day = after.astimezone(tz).date() if isinstance(after, datetime) else after
    found = step(rule, due, after=last_day)
    return (found[0], spent(rule, found[1]).text()) if found else None


def _advance_time(
    rrule: str, due: datetime, after: date | datetime, tz: ZoneInfo
) -> tuple[datetime, str] | None:
    rule, wall = parse_rule(rrule), due.time()
    last_day = after
    if isinstance(after, datetime):
        last_day = after.astimezone(tz).date()
        if at_wall_time(last_day, wall, tz).astimezone(UTC) > after and last_day > date.min:
            last_day -= timedelta(days=1)
    found = step(rule, due.date(), after=last_day)
    return (at_wall_time(found[0], wall, tz), spent(rule, found[1]).text()) if found else None


def next_due(
    rrule: str, due: date | datetime, *, after: date | datetime, tz: ZoneInfo
) -> date | datetime | None:
    """The due date of `advance` alone.

    COUNT is counted from `due`: a task that rolls on keeps the rule that `advance` gives, so that it ends.
    """
    found = advance(rrule, due, after=after, tz=tz)
    return found[0] if found else None


def first_due(rrule: str, *, now: datetime, time: time | None = None) -> date | datetime | None:
    """The first due date of a rule that was said without one; None when it has ended already.

    It is today or later, and with `time` a moment still ahead, in the zone of `now`.
    """
    rule = parse_rule(rrule)
    if rule.freq == "HOURLY":
        return now.replace(second=0, microsecond=0) + timedelta(hours=rule.interval)
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
