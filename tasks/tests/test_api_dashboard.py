"""`/api/dashboard/`: a person's own figures, by the days of the person's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tasks import operations
from tasks.models import Project
from tasks.tests.making import API, add

# Half past midnight of the 26th in Zurich, and still the 25th in UTC.
NOW = datetime(2026, 11, 26, 0, 30, tzinfo=ZoneInfo("Europe/Zurich"))


@pytest.fixture
def tasks(alice: User, web: Project, inbox: Project) -> None:
    with time_machine.travel(NOW - timedelta(days=40)):
        add(alice, web, "Old", due=date(2026, 11, 25), priority="high", assignee=alice)
    with time_machine.travel(NOW - timedelta(hours=1)):
        add(alice, web, "Yesterday's", due=NOW + timedelta(days=6), status="in_progress")
        operations.complete_task(actor=alice, origin=API, task=add(alice, inbox, "Done"))
    with time_machine.travel(NOW):
        add(alice, inbox, "Today's", due=date(2026, 11, 26))
        operations.delete_task(actor=alice, origin=API, task=add(alice, inbox, "Gone"))


@pytest.mark.usefixtures("tasks")
def test_all_figures(as_alice: Client, web: Project, inbox: Project) -> None:
    with time_machine.travel(NOW):
        found = as_alice.get("/api/dashboard/").json()
    per_day = found.pop("per_day")
    assert found == {
        "timezone": "Europe/Zurich",
        "open": 3,
        "overdue": 1,
        "due_today": 1,
        "due_this_week": 2,
        "done_last_7_days": 1,
        "by_status": {"todo": 2, "in_progress": 1, "done": 1, "cancelled": 0},
        "by_priority": {"low": 0, "medium": 2, "high": 1},
        "by_project": [
            {"id": str(inbox.pk), "project": "INBOX", "name": "Inbox", "open": 1, "overdue": 0, "done": 1},
            {"id": str(web.pk), "project": "WEB", "name": "Website", "open": 2, "overdue": 1, "done": 0},
        ],
        "by_assignee": [{"assignee": None, "open": 2}, {"assignee": "alice", "open": 1}],
        "by_age": {"day": 1, "week": 1, "month": 0, "quarter": 1, "older": 0},
    }
    assert len(per_day) == 14
    assert per_day[-3:] == [
        {"date": "2026-11-24", "created": 0, "done": 0},
        {"date": "2026-11-25", "created": 2, "done": 1},
        {"date": "2026-11-26", "created": 1, "done": 0},
    ]


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize("project", ["WEB", "web"])
def test_one_project_over_ninety_days(as_alice: Client, project: str) -> None:
    with time_machine.travel(NOW):
        found = as_alice.get("/api/dashboard", {"project": project, "days": "90"}).json()
    assert [row["project"] for row in found["by_project"]] == ["WEB"]
    assert (found["open"], found["overdue"], len(found["per_day"])) == (2, 1, 90)
    assert [day["date"] for day in found["per_day"] if day["created"]] == ["2026-10-17", "2026-11-25"]


@pytest.mark.usefixtures("tasks")
def test_strangers_see_their_own(as_charlie: Client, charlie: User, web: Project) -> None:
    found = as_charlie.get("/api/dashboard/")
    mine = Project.objects.visible_to(charlie).get()
    assert found.json()["by_project"] == [
        {"id": str(mine.pk), "project": "INBOX", "name": "Inbox", "open": 0, "overdue": 0, "done": 0}
    ]
    assert sum(found.json()["by_status"].values()) == 0
    for reference in ("WEB", str(web.pk)):
        refused = as_charlie.get("/api/dashboard/", {"project": reference})
        assert refused.status_code in (400, 404)
        assert "Website" not in refused.content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("days=15", "days"), ("days=", "days"), ("day=14", "day"), ("days=14&days=90", "days"),
        ("project=NONE", "project"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_named(as_alice: Client, inbox: Project, query: str, field: str) -> None:
    refused = as_alice.get(f"/api/dashboard/?{query}")
    assert refused.status_code in (400, 404)
    assert field in refused.json().get("errors", {"project": ""})


def test_who_may_ask_how(as_alice: Client) -> None:
    assert Client().get("/api/dashboard/").status_code == 401
    assert as_alice.post("/api/dashboard/", {}).status_code == 405


def test_a_change_in_the_same_second_is_seen(as_alice: Client, alice: User, web: Project) -> None:
    with time_machine.travel(NOW, tick=False):
        shown = []
        for _ in range(2):
            task = add(alice, web)
            shown.append(as_alice.get("/api/dashboard/").json()["open"])
            operations.complete_task(actor=alice, origin=API, task=task)
            shown.append(as_alice.get("/api/dashboard/").json()["done_last_7_days"])
        operations.update_project(actor=alice, origin=API, project=web, changes={"name": "Renamed"})
        named = as_alice.get("/api/dashboard/").json()["by_project"]
    assert (shown, named[-1]["name"]) == ([1, 1, 1, 2], "Renamed")
