"""Lists of tasks over REST: pages, filters, order, and how many queries they take."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tasks import operations
from tasks.models import Project, Task
from tasks.tests.asking import TASK_KEYS, asked, refs, refused, send
from tasks.tests.making import API, add

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def tasks(alice: User, web: Project, inbox: Project) -> None:
    """Five tasks, made a day apart; all that filters tell apart differs between them."""
    fields: list[dict[str, Any]] = [
        {"title": "Roof", "priority": "high", "labels": ["home", "big"], "due": date(2026, 11, 20)},
        {"title": "Walls", "status": "in_progress", "labels": ["home"], "assignee": alice, "due": NOON},
        {"title": "Cellar", "status": "done", "description": "Under the roof", "priority": "low"},
        {"title": "Äpfel", "status": "cancelled", "due": date(2026, 12, 24)},
    ]
    for day, each in enumerate(fields):
        with time_machine.travel(datetime(2026, 11, 1 + day, 12, tzinfo=UTC)):
            add(alice, web, each.pop("title"), **each)
    first = Task.objects.get(title="Roof")
    with time_machine.travel(datetime(2026, 11, 5, 12, tzinfo=UTC)):
        add(alice, inbox, "Child", parent=first, blocked_by=[first])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "INBOX-1 WEB-4 WEB-3 WEB-2 WEB-1"),
        ("status=todo", "INBOX-1 WEB-1"),
        ("status=open", "INBOX-1 WEB-2 WEB-1"),
        ("status=done,cancelled", "WEB-4 WEB-3"),
        ("completed=true", "WEB-3"),
        ("completed=false", "INBOX-1 WEB-4 WEB-2 WEB-1"),
        ("priority=high", "WEB-1"),
        ("priority=low,high", "WEB-3 WEB-1"),
        ("label=home", "WEB-2 WEB-1"),
        ("label=%23Home,big", "WEB-1"),
        ("assignee=alice", "WEB-2"),
        ("assignee=me", "WEB-2"),
        ("assignee=none", "INBOX-1 WEB-4 WEB-3 WEB-1"),
        ("project=web", "WEB-4 WEB-3 WEB-2 WEB-1"),
        ("parent=WEB-1", "INBOX-1"),
        ("parent=none", "WEB-4 WEB-3 WEB-2 WEB-1"),
        ("blocked=true", "INBOX-1"),
        ("blocked=false", "WEB-4 WEB-3 WEB-2 WEB-1"),
        ("due_date=2026-11-22", "WEB-2"),
        ("due_after=2026-11-22", "WEB-4 WEB-2"),
        ("due_after=2026-11-22T12:00:01Z", "WEB-4"),
        ("due_before=2026-11-22", "WEB-2 WEB-1"),
        ("due_before=2026-11-22T11:59:59Z", "WEB-1"),
        ("overdue=true", "WEB-1"),
        ("overdue=false", "INBOX-1 WEB-4 WEB-3 WEB-2"),
        ("created_after=2026-11-04", "INBOX-1 WEB-4"),
        ("created_before=2026-11-02", "WEB-2 WEB-1"),
        ("created_before=2026-11-02T11:00:00Z", "WEB-1"),
        ("created_after=2026-11-05T13:00:00+01:00", "INBOX-1"),
        ("updated_after=2026-11-05", "INBOX-1"),
        ("updated_before=2026-11-01", "WEB-1"),
        ("completed_after=2026-11-03", "WEB-3"),
        ("completed_after=2026-11-04", ""),
        ("completed_before=2026-11-03", "WEB-3"),
        ("completed_before=2026-11-02", ""),
        ("q=roof", "WEB-3 WEB-1"),
        ("search=%C3%A4pfel", "WEB-4"),
        ("search=roof&status=open", "WEB-1"),
        ("trashed=true", ""),
        ("project=WEB&status=open,done&priority=high,low", "WEB-3 WEB-1"),
        ("project=WEB&status=todo,done&ordering=created_at", "WEB-1 WEB-3"),
        ("priority=medium&ordering=-created_at", "INBOX-1 WEB-4 WEB-2"),
    ],
)
def test_filters(as_alice: Client, tasks: None, query: str, found: str) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 11, tzinfo=UTC)):
        assert refs(as_alice, query) == found.split()


@pytest.mark.parametrize(
    ("ordering", "found"),
    [
        ("created_at", "WEB-1 WEB-2 WEB-3 WEB-4 INBOX-1"),
        ("-updated_at", "INBOX-1 WEB-4 WEB-3 WEB-2 WEB-1"),
        ("due_date", "WEB-1 WEB-2 WEB-4 WEB-3 INBOX-1"),
        ("-due_date", "WEB-4 WEB-2 WEB-1 INBOX-1 WEB-3"),
        ("priority", "WEB-3 WEB-2 WEB-4 INBOX-1 WEB-1"),
        ("-priority,created_at", "WEB-1 WEB-2 WEB-4 INBOX-1 WEB-3"),
        ("status", "WEB-1 INBOX-1 WEB-2 WEB-3 WEB-4"),
        ("title", "WEB-3 INBOX-1 WEB-1 WEB-2 WEB-4"),
        ("-completed_at", "WEB-3 INBOX-1 WEB-4 WEB-2 WEB-1"),
        ("project,number", "INBOX-1 WEB-1 WEB-2 WEB-3 WEB-4"),
        ("urgency", "WEB-1 WEB-2 WEB-4 INBOX-1 WEB-3"),
    ],
)
def test_orders(as_alice: Client, tasks: None, ordering: str, found: str) -> None:
    assert refs(as_alice, f"ordering={ordering}") == found.split()


@pytest.mark.parametrize(
    "query",
    [
        "colour=red", "status=open&status=done", "status=finished", "priority=", "completed=maybe",
        "overdue=2", "blocked=x", "trashed=yes", "assignee=a%0Ab" * 60, "project=NOPE", "parent=x",
        "parent=WEB-99", "due_date=today", "due_date=2026-11-22T12:00", "due_after=x",
        "due_before=2026-13-01",
        "created_after=x", "created_before=9999-12-31", "updated_after=1", "updated_before=x",
        "completed_after=x", "completed_before=x", "ordering=secret", "ordering=", "limit=0", "limit=x",
        "limit=-1", "offset=-1", "offset=1e3", "label=", "search=" + "x" * 300, "q=" + "x" * 300,
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(as_alice: Client, web: Project, query: str) -> None:
    refused(as_alice, "get", f"tasks/?{query}", field=query.partition("=")[0])


def test_pages(as_alice: Client, alice: User, web: Project, inbox: Project) -> None:
    made = [add(alice, (web, inbox)[n % 2], f"Task {n}").ref for n in range(7)][::-1]
    seen: list[str] = []
    path: str | None = "/api/tasks/?limit=3"
    while path:
        response = as_alice.get(path)
        page = response.json()
        assert (response["X-Total-Count"], page["count"], set(page)) == (
            "7", 7, {"count", "next", "previous", "results"},
        )  # fmt: skip
        assert [list(task) for task in page["results"]] == [TASK_KEYS] * len(page["results"])
        seen += [task["ref"] for task in page["results"]]
        path = page["next"]
    assert seen == made
    assert page["previous"].endswith("/api/tasks/?limit=3&offset=3")
    assert refs_at(as_alice, "limit=2&offset=4") == made[4:6]
    assert refs_at(as_alice, "offset=7") == []
    assert refs_at(as_alice, "limit=2&offset=1&status=open") == made[1:3]


def refs_at(client: Client, query: str) -> list[str]:
    return [task["ref"] for task in asked(client, "get", f"tasks/?{query}")["results"]]


def test_at_most_200_at_once(as_alice: Client, alice: User, inbox: Project) -> None:
    for _ in range(3):
        asked(as_alice, "post", "tasks/bulk/", [{"title": "x"}] * 70)
    assert len(refs_at(as_alice, "")) == 50
    assert len(refs_at(as_alice, "limit=1000")) == 200
    assert asked(as_alice, "get", "tasks/?limit=1")["count"] == 210


def test_equal_rows_keep_one_order(as_alice: Client, alice: User, inbox: Project) -> None:
    with time_machine.travel(NOON, tick=False):
        asked(as_alice, "post", "tasks/bulk/", [{"title": "same"}] * 9)
    for ordering in ("", "&ordering=title", "&ordering=-priority", "&ordering=due_date"):
        pages = [refs_at(as_alice, f"limit=2&offset={start}{ordering}") for start in range(0, 9, 2)]
        assert len({ref for page in pages for ref in page}) == 9, ordering


def test_somebody_elses_tasks_are_in_no_list(as_charlie: Client, tasks: None) -> None:
    for query in ("", "status=open", "q=roof", "assignee=alice", "label=home", "ordering=title"):
        assert refs(as_charlie, query) == []
    assert send(as_charlie, "get", "tasks/")["X-Total-Count"] == "0"


def test_queries(
    as_alice: Client,
    alice: User,
    web: Project,
    tasks: None,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    blockers = [add(alice, web, f"Blocker {n}") for n in range(3)]
    for n in range(20):
        add(alice, web, f"Task {n}", assignee=alice, parent=blockers[0], blocked_by=blockers)
    # Session, user; total and newest ids, rows, blockers.
    with django_assert_num_queries(5):
        asked(as_alice, "get", "tasks/")
    # Session, user; whether anything is shared, total, ids, rows, blockers.
    with django_assert_num_queries(7):
        asked(as_alice, "get", "tasks/?status=open&ordering=due_date")
    # Session, user; the row. Another for its id by its ref, and one for blockers.
    with django_assert_num_queries(3):
        asked(as_alice, "get", f"tasks/{blockers[0].pk}/")
    with django_assert_num_queries(5):
        asked(as_alice, "get", "tasks/WEB-20/")


def test_a_trashed_task_is_not_counted(as_alice: Client, alice: User, web: Project) -> None:
    kept, gone = add(alice, web), add(alice, web)
    operations.delete_task(actor=alice, origin=API, task=gone)
    assert refs(as_alice) == [kept.ref]
