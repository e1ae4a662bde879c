"""A due date is the same day wherever it is read: the conversation's tools, API, pages, admin and calendar.

Hypothesis draws zones and moments around the changes of their clocks; then every zone is tried at its changes
by what those doors are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from accounts.models import User
from chat.tests.calling import caller_for
from tasks.calendar_feeds import make_feed
from tasks.calendar_file import _local
from tasks.due import read_iso_due
from tasks.models import Project, Task
from tasks.reading import due_json
from tasks.receipts import due_words
from tasks.tests.asking import asked

ZONES = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
EDGES = (-3600, -1, 0, 1, 1800, 3600, 3 * 3600)


@cache
def changes_of(zone: str) -> tuple[datetime, ...]:
    """When a zone's clocks change in two years, to the second."""
    there = ZoneInfo(zone)
    found, day = [], FIRST
    while day < LAST:
        after = day + timedelta(days=1)
        if day.astimezone(there).utcoffset() != after.astimezone(there).utcoffset():
            low, high = day, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                same = middle.astimezone(there).utcoffset() == day.astimezone(there).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(microsecond=0))
        day = after
    return tuple(found)


@st.composite
def dues(draw: st.DrawFn) -> tuple[str, date | datetime]:
    """A zone, and a day or an instant, more often than not where its clocks change or its day begins."""
    zone = draw(st.sampled_from(ZONES))
    there = ZoneInfo(zone)
    changes = changes_of(zone)
    some_days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
    at_changes = bool(changes) and draw(st.booleans())
    if draw(st.booleans()):
        of_changes = st.sampled_from([each.astimezone(there).date() for each in changes or (FIRST,)])
        return zone, draw(of_changes if at_changes else some_days)
    day = draw(some_days)
    midnight = datetime(day.year, day.month, day.day, tzinfo=there).astimezone(UTC)
    near = draw(st.sampled_from(changes)) if at_changes else midnight
    return zone, near.replace(microsecond=0) + timedelta(seconds=draw(st.sampled_from(EDGES)))


def read_everywhere(alice: User, client: Client, web: Project, task: Task, feed: str) -> dict[str, date]:
    """The day that each door shows."""
    told = caller_for(alice, web)("get_task", task=task.ref)
    admin = client.get(f"/admin/tasks/task/{task.pk}/change/").content.decode()
    in_admin = re.search(r'name="due_(?:date|at_0)" value="(\d{4}-\d\d-\d\d)"', admin)
    page = client.get(f"/projects/{web.pk}/").content.decode()
    on_page = re.search(r'<time class="due[^"]*" datetime="(\d{4}-\d\d-\d\d)', page)
    assert in_admin and on_page
    (event,) = Calendar.from_ical(Client().get(feed).content).walk("VEVENT")
    start: Any = getattr(event["dtstart"], "dt", None)
    there = start.astimezone(alice.zone).date() if isinstance(start, datetime) else start
    return {
        "tool": date.fromisoformat(told["due"][:10]),
        "api": date.fromisoformat(asked(client, "get", f"tasks/{task.pk}/")["due_date"][:10]),
        "page": date.fromisoformat(on_page[1]),
        "admin": date.fromisoformat(in_admin[1]),
        "calendar": there,
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=dues())
def test_every_door_shows_the_same_day(
    alice: User, as_alice: Client, web: Project, drawn: tuple[str, date | datetime]
) -> None:
    zone, due = drawn
    User.objects.filter(pk=alice.pk).update(timezone=zone, is_staff=True, is_superuser=True)
    alice.refresh_from_db()
    Task.objects.filter(project=web).delete()
    body = {"title": "due", "project": "WEB", "due_date": due.isoformat()}
    made = asked(as_alice, "post", "tasks/", body, expect=201)
    feed = f"/calendar/{make_feed(actor=alice, project=web)}.ics"
    meant = due.astimezone(alice.zone).date() if isinstance(due, datetime) else due
    days = read_everywhere(alice, as_alice, web, Task.objects.get(pk=made["id"]), feed)
    assert set(days.values()) == {meant}, (zone, due, days)


def moments(zone: str) -> Iterator[datetime]:
    for change in changes_of(zone):
        for seconds in EDGES:
            yield change + timedelta(seconds=seconds)
    yield datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC)


def test_every_zone_at_every_change_of_its_clocks() -> None:
    count = 0
    for name in ZONES:
        zone = ZoneInfo(name)
        for instant in moments(name):
            day = instant.astimezone(zone).date()
            task = Task(due_at=instant)
            sent: Any = due_json(None, instant, zone)
            assert sent[:10] == task.due_text(zone)[:10] == day.isoformat(), (name, instant)
            assert f" {day.day} {day:%b %Y} " in due_words(None, instant.isoformat(), zone), (name, instant)
            # There and back: what is read is the instant that was written, in this zone and in the next.
            back: Any = read_iso_due(sent, now=instant.astimezone(zone), field="due_date")
            assert back.astimezone(UTC) == instant, (name, instant)
            shown = _local(instant, zone)
            if "TZID" in shown:
                wall = datetime.strptime(shown.rpartition(":")[2], "%Y%m%dT%H%M%S").replace(tzinfo=zone)
            else:
                wall = datetime.strptime(shown, ":%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            assert wall.astimezone(UTC) == instant and wall.astimezone(zone).date() == day, (
                name,
                instant,
                shown,
            )
            count += 1
    assert count > 1_500
