"""A project's open tasks that are due, as an iCalendar file (RFC 5545).

The `icalendar` package describes the time zone. Events are written here, line by line: through the package
ten thousand of them take seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tasks.recurrence.rule import parse_rule

if TYPE_CHECKING:
    from tasks.models import Project, Task

FIELDS = (
    "id", "number", "title", "description", "priority", "due_date", "due_at", "labels", "recurrence",
    "created_at", "updated_at",
)  # fmt: skip
PRIORITIES = {"high": 1, "medium": 5, "low": 9}
LONGEST_DESCRIPTION = 2_000
YEARS_AHEAD = timedelta(days=5 * 366)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ESCAPED = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})


def calendar_file(
    project: Project, tasks: Iterable[Task], *, zone: ZoneInfo, address_of: Any, now: datetime
) -> bytes:
    """The file; `address_of(task)` is where a task is shown. Times stand in `zone`, days are days."""
    events: list[str] = []
    instants: list[datetime] = []
    for task in tasks:
        if task.due_at:
            instants.append(task.due_at)
        events += _event(project, task, zone, address_of(task))
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tasklore//Tasklore//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(project.name)}",
        f"X-WR-CALNAME:{_text(project.name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    lines = [*head, *_zone(zone, instants, now), *events, "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _event(project: Project, task: Task, zone: ZoneInfo, address: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{task.pk}@tasklore"
    yield f"DTSTAMP:{_utc(task.updated_at)}"
    yield f"CREATED:{_utc(task.created_at)}"
    yield f"LAST-MODIFIED:{_utc(task.updated_at)}"
    if task.due_at:
        yield f"DTSTART{_local(task.due_at, zone)}"
    elif task.due_date:
        yield f"DTSTART;VALUE=DATE:{task.due_date:%Y%m%d}"
    if task.recurrence:
        yield f"RRULE:{_rule(task, zone)}"
    yield f"SUMMARY:{_text(task.title)}"
    ref = f"{project.key}-{task.number}"
    about = "\n\n".join(part for part in (ref, task.description[:LONGEST_DESCRIPTION], address) if part)
    yield f"DESCRIPTION:{_text(about)}"
    if task.labels:
        yield f"CATEGORIES:{','.join(_text(str(label)) for label in task.labels)}"
    yield f"PRIORITY:{PRIORITIES[task.priority]}"
    yield f"URL:{address}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _rule(task: Task, zone: ZoneInfo) -> str:
    """The rule, with an end of the kind that RFC 5545 asks for beside a start at an instant: one in UTC."""
    rule = parse_rule(task.recurrence)
    if rule.until is None or not task.due_at:
        return task.recurrence
    last = datetime.combine(rule.until, time(23, 59, 59), zone)
    parts = [part for part in task.recurrence.split(";") if not part.startswith("UNTIL=")]
    return ";".join([*parts, f"UNTIL={_utc(last)}"])


def _local(instant: datetime, zone: ZoneInfo) -> str:
    there = instant.astimezone(zone)
    # The second of two equal times at the end of summer can only be said in UTC.
    if zone.key == "UTC" or there.fold:
        return f":{_utc(instant)}"
    return f";TZID={zone.key}:{there:%Y%m%dT%H%M%S}"


def _zone(zone: ZoneInfo, instants: list[datetime], now: datetime) -> list[str]:
    if not instants or zone.key == "UTC":
        return []
    from icalendar import Timezone

    first = min(*instants, now).astimezone(zone).date() - timedelta(days=400)
    last = max(*instants, now).astimezone(zone).date() + YEARS_AHEAD
    first, last = max(first, date(1970, 1, 1)), min(last, date(2100, 1, 1))
    described: str = Timezone.from_tzid(zone.key, first_date=first, last_date=last).to_ical().decode()
    return described.replace("\r\n ", "").splitlines()


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """At most 75 octets a line, and no character cut in two."""
    raw = line.encode()
    if len(raw) <= 75:
        return raw + b"\r\n"
    pieces, start, room = [], 0, 75
    while len(raw) - start > room:
        end = start + room
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end])
        start, room = end, 74
    pieces.append(raw[start:])
    return b"\r\n ".join(pieces) + b"\r\n"
