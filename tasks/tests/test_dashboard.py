"""The figures of a dashboard are what counting the tasks one by one gives, in every zone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tasks import operations
from tasks.dashboard import dashboard, figures
from tasks.models import Project, Task
from tasks.panel import due_day
from tasks.tests.making import API, add

ZONES = (
    "UTC", "Europe/Zurich", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Chatham", "Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns",
)  # fmt: skip
# Clocks change within the days looked at: in autumn, in spring, and in the southern summer.
NOWS = (
    datetime(2026, 11, 25, 12, 34, 56, 789, UTC), datetime(2027, 4, 2, 23, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 59, 59, 999_999, UTC),
)  # fmt: skip


def fill(alice: User, projects: list[Project], now: datetime) -> None:
    """Tasks that were created, done and are due around the edges of days, of hours and of quarters."""
    random = Random(now.isoformat())
    for number in range(140):
        with time_machine.travel(instant(random, now, -100, 0), tick=False):
            due = random.choice([None, instant(random, now, -9, 9), instant(random, now, -9, 9).date()])
            fields: dict[str, Any] = {
                "due": due, "status": random.choice(Task.Status.values),
                "assignee": random.choice([alice, None]),
                "priority": random.choice(Task.Priority.values),
            }  # fmt: skip
            task = add(alice, random.choice(projects), str(number), **fields)
        if random.random() < 0.4:
            with time_machine.travel(instant(random, now, -15, 0), tick=False):
                operations.complete_task(actor=alice, origin=API, task=task)
        if random.random() < 0.05:
            operations.delete_task(actor=alice, origin=API, task=task)


def instant(random: Random, now: datetime, first: int, last: int) -> datetime:
    quarter = now.replace(minute=15 * random.randrange(4), second=0, microsecond=0)
    edge = quarter + timedelta(days=random.randint(first, last), hours=random.randrange(-23, 1))
    return min(edge + timedelta(microseconds=random.choice([-1, 0, 1])), now + timedelta(days=max(0, last)))


def counted(tasks: list[Task], now: datetime, days: int) -> dict[str, Any]:
    """The same figures, one task after the other."""
    today, zone = now.date(), now.tzinfo
    open_tasks = [task for task in tasks if task.is_open]
    due = [day for task in open_tasks if (day := due_day(task, now))]
    made = Counter(task.created_at.astimezone(zone).date() for task in tasks)
    done = Counter(task.completed_at.astimezone(zone).date() for task in tasks if task.completed_at)
    ages = [(today - task.created_at.astimezone(zone).date()).days for task in open_tasks]
    bounds = {"day": (0, 1), "week": (1, 7), "month": (7, 30), "quarter": (30, 90), "older": (90, 9999)}
    dates = [today - timedelta(days=n) for n in reversed(range(days))]
    ids = {task.project.key: str(task.project_id) for task in tasks}
    people = Counter(task.assignee.username if task.assignee else None for task in open_tasks)
    return {
        "timezone": str(zone),
        "open": len(open_tasks),
        "overdue": sum(task.is_overdue(now) for task in tasks),
        "due_today": due.count(today),
        "due_this_week": sum(0 <= (day - today).days < 7 for day in due),
        "done_last_7_days": sum(done[day] for day in dates[-7:]),
        "by_status": {status: sum(t.status == status for t in tasks) for status in Task.Status.values},
        "by_priority": {
            priority: sum(t.priority == priority for t in open_tasks) for priority in Task.Priority.values
        },
        "by_project": [
            {
                "id": ids[key],
                "project": key,
                "name": {"INBOX": "Inbox", "WEB": "Website"}[key],
                "open": sum(task.project.key == key for task in open_tasks),
                "overdue": sum(task.project.key == key and task.is_overdue(now) for task in tasks),
                "done": sum(task.project.key == key and task.status == "done" for task in tasks),
            }
            for key in ("INBOX", "WEB")
        ],
        "by_assignee": sorted(
            ({"assignee": name, "open": count} for name, count in people.items()),
            key=lambda row: (-row["open"], row["assignee"] or ""),
        ),
        "by_age": {name: sum(low <= age < high for age in ages) for name, (low, high) in bounds.items()},
        "per_day": [
            {"date": day.isoformat(), "created": made[day], "done": done[day]} for day in dates
        ],
    }  # fmt: skip


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_figures_are_what_the_tasks_come_to(
    alice: User, charlie: User, web: Project, inbox: Project, now: datetime
) -> None:
    fill(alice, [web, inbox], now)
    add(charlie, operations.ensure_inbox(charlie), "secret", due=now)
    tasks = list(Task.objects.visible_to(alice).kept().select_related("assignee"))
    for zone in ZONES:
        local = now.astimezone(ZoneInfo(zone))
        for days in (14, 90):
            found = dashboard(actor=alice, project=None, now=local, days=days)
            assert found == counted(tasks, local, days), zone
        assert figures(actor=alice, project=None, now=local).items() <= found.items()


def test_one_project(alice: User, web: Project, inbox: Project) -> None:
    add(alice, web, due=date(2026, 11, 24))
    add(alice, inbox)
    now = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("Europe/Zurich"))
    found = dashboard(actor=alice, project=web, now=now)
    assert (found["open"], found["overdue"]) == (1, 1)
    assert found["by_project"] == [
        {"id": str(web.pk), "project": "WEB", "name": "Website", "open": 1, "overdue": 1, "done": 0}
    ]


def test_nobody_elses(alice: User, charlie: User, web: Project) -> None:
    add(alice, web, due=date(2026, 11, 24))
    now = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("Asia/Kathmandu"))
    for project in (web, None):
        found = dashboard(actor=charlie, project=project, now=now)
        assert found["open"] == found["overdue"] == sum(found["by_status"].values()) == 0
        assert "WEB" not in str(found)


def test_a_project_in_the_trash_is_out_of_sight_and_comes_back(alice: User, web: Project) -> None:
    add(alice, web)
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    Project.objects.filter(pk=web.pk).update(deleted_at=now)
    assert figures(actor=alice, project=None, now=now)["open"] == 0
    Project.objects.filter(pk=web.pk).update(deleted_at=None)
    assert figures(actor=alice, project=None, now=now)["open"] == 1


@pytest.mark.parametrize("days", [14, 90])
def test_queries(alice: User, web: Project, inbox: Project, days: int) -> None:
    for status in Task.Status.values:
        add(alice, web, status, status=status, assignee=alice)
    now = datetime(2026, 11, 25, 12, 34, tzinfo=ZoneInfo("Asia/Kathmandu"))
    # The projects, whether a counter has changed; then the counters, the tasks of broken hours, and the
    # names of those who have tasks.
    with CaptureQueriesContext(connection) as queries:
        first = dashboard(actor=alice, project=None, now=now, days=days)
    assert len(queries) == 5
    with CaptureQueriesContext(connection) as queries:
        again = dashboard(actor=alice, project=None, now=now, days=days)
    assert (len(queries), again) == (2, first)
