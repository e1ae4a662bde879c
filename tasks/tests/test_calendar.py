"""A project in somebody's calendar: the address, who reads it, and what the file says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from accounts.models import User
from config.logging import mask_secrets
from tasks.calendar_feeds import make_feed
from tasks.changes import Origin
from tasks.models import CalendarFeed, Project, Task
from tasks.operations import add_task, complete_task, create_project, delete_task, update_task
from tasks.operations.teams import add_member, create_team


@pytest.fixture
def address(alice: User, web: Project) -> str:
    return reverse("calendar_feed", args=[make_feed(actor=alice, project=web)])


def events(address: str) -> dict[str, Any]:
    answer = Client().get(address)
    assert answer.status_code == 200, answer.content[:300]
    lines = answer.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    return {str(each["summary"]): each for each in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_days_are_days_and_instants_have_their_zone(
    alice: User, web: Project, origin: Origin, address: str
) -> None:
    by: Any = {"actor": alice, "origin": origin, "project": web}
    noon = datetime(2026, 11, 30, 11, tzinfo=UTC)
    add_task(**by, title="Pay rent", due=date(2026, 12, 1), recurrence="FREQ=MONTHLY", labels=["a,b", "c"])
    add_task(**by, title="Call, then; write\\n", due=noon, description="Zürich 🏔\nsecond line " * 20)
    add_task(**by, title="Water", due=noon, recurrence="FREQ=DAILY;UNTIL=20261204", priority="high")
    add_task(**by, title="Some day")
    found = events(address)
    assert set(found) == {"Pay rent", "Call, then; write\\n", "Water"}
    assert found["Pay rent"]["dtstart"].dt == date(2026, 12, 1)
    assert found["Pay rent"]["rrule"].to_ical() == b"FREQ=MONTHLY"
    assert [str(each) for each in found["Pay rent"]["categories"].cats] == ["a,b", "c"]
    call = found["Call, then; write\\n"]
    assert call["dtstart"].params["TZID"] == "Europe/Zurich"
    assert call["dtstart"].dt == noon and call["dtstart"].dt.hour == 12
    assert "Zürich 🏔\nsecond line" in str(call["description"])
    assert found["Water"]["rrule"]["UNTIL"] == [datetime(2026, 12, 4, 22, 59, 59, tzinfo=UTC)]
    assert found["Water"]["priority"] == 1
    task = Task.objects.get(title="Water")
    assert str(found["Water"]["url"]) == f"http://testserver/tasks/{task.pk}/"


def test_the_hour_that_comes_twice(alice: User, web: Project, origin: Origin, address: str) -> None:
    for minute, title in ((30, "before"), (90, "after")):
        due = datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=minute)
        add_task(actor=alice, origin=origin, project=web, title=title, due=due)
    found = events(address)
    assert found["after"]["dtstart"].dt - found["before"]["dtstart"].dt == timedelta(hours=1)


def test_what_is_done_or_in_the_trash_is_not_there(
    alice: User, web: Project, origin: Origin, address: str
) -> None:
    one, two = (
        add_task(actor=alice, origin=origin, project=web, title=title, due=date(2026, 12, 1))
        for title in ("one", "two")
    )
    assert len(events(address)) == 2
    complete_task(actor=alice, origin=origin, task=one)
    delete_task(actor=alice, origin=origin, task=two)
    assert events(address) == {}


def test_nothing_is_sent_again_until_something_changes(
    alice: User, web: Project, origin: Origin, address: str
) -> None:
    task = add_task(actor=alice, origin=origin, project=web, title="one", due=date(2026, 12, 1))
    first = Client().get(address)
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    update_task(actor=alice, origin=origin, task=task, changes={"due": date(2026, 12, 2)})
    changed = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and b"20261202" in changed.content
    User.objects.filter(pk=alice.pk).update(timezone="Asia/Tokyo")
    moved = Client().get(address, headers={"If-None-Match": changed["ETag"]})
    assert moved.status_code == 200


def test_it_takes_the_same_queries_for_many(alice: User, web: Project, origin: Origin, address: str) -> None:
    add_task(actor=alice, origin=origin, project=web, title="one", due=date(2026, 12, 1), labels=["a"])
    Client().get(address)
    row = Task.objects.get(title="one")
    Task.objects.bulk_create(
        Task(project=web, number=row.number + n, title=f"task {n}", due_date=row.due_date)
        for n in range(1, 301)
    )
    # The feed with its person and project; whether it is still seen; count and latest; the tasks.
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(address).status_code == 200
    assert len(queries) == 4, [query["sql"] for query in queries]


def test_an_address_ends(alice: User, as_alice: Client, web: Project, address: str) -> None:
    page = reverse("change_calendar_feed", args=[web.pk])
    made = as_alice.post(page).context["made"]["address"]
    assert Client().get(address).status_code == 404
    assert Client().get(made).status_code == 200
    assert "has an address, last read" in as_alice.get(reverse("calendars")).content.decode()
    assert made not in as_alice.get(reverse("calendars")).content.decode()
    as_alice.post(page, {"verb": "end"})
    assert Client().get(made).status_code == 404
    made = as_alice.post(page).context["made"]["address"]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert Client().get(made).status_code == 404


def test_it_ends_with_the_right_to_see_the_project(alice: User, charlie: User, origin: Origin) -> None:
    team = create_team(actor=alice, origin=origin, name="Painters")
    member = add_member(actor=alice, origin=origin, team=team, user=charlie, role="viewer")
    project = create_project(actor=alice, origin=origin, key="PNT", name="Fences", team=team)
    address = reverse("calendar_feed", args=[make_feed(actor=charlie, project=project)])
    assert Client().get(address).status_code == 200
    member.delete()
    assert Client().get(address).status_code == 404


def test_strangers(as_charlie: Client, web: Project, address: str) -> None:
    page = reverse("change_calendar_feed", args=[web.pk])
    assert as_charlie.post(page).status_code == 404
    assert as_charlie.post(page, {"verb": "end"}).status_code == 404
    assert "Website" not in as_charlie.get(reverse("calendars")).content.decode()
    assert Client().post(page)["Location"].startswith(reverse("login"))
    assert Client().post(address).status_code == 405
    for wrong in ("x", "x" * 43, "é" * 43, "x" * 4000):
        assert Client().get(reverse("calendar_feed", args=[wrong])).status_code == 404
    assert CalendarFeed.objects.count() == 1


def test_the_address_is_in_no_log(address: str) -> None:
    secret = address.removeprefix("/calendar/").removesuffix(".ics")
    told: Any = mask_secrets([])(None, "", {"event": f"GET {address}", "path": address})
    assert "/calendar/" in told["path"] and secret not in str(told)
