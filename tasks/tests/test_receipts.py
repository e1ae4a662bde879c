"""Change records in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from tasks import operations
from tasks.models import Change, Project, Task
from tasks.receipts import receipt_text, receipts
from tasks.tests.making import API, add, in_turn, last_change, make_turn
from tasks.undo import undo_turn

ZURICH = ZoneInfo("Europe/Zurich")
FIVE = datetime(2026, 11, 30, 16, tzinfo=UTC)


def last(row: Task | Project) -> str:
    return receipt_text(last_change(row), ZURICH)


def update(actor: User, task: Task, **changes: Any) -> Task:
    return operations.update_task(actor=actor, origin=API, task=task, changes=changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        ({}, ""),
        ({"due": date(2026, 11, 30)}, ": due Mon 30 Nov 2026"),
        ({"due": FIVE}, ": due Mon 30 Nov 2026 17:00"),
        ({"due": FIVE, "priority": "high"}, ": due Mon 30 Nov 2026 17:00, high priority"),
        ({"priority": "low", "labels": ["home", "shop"]}, ": low priority, #home #shop"),
        (
            {"due": date(2026, 11, 30), "recurrence": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"},
            ": due Mon 30 Nov 2026, repeats every 2 weeks on Monday",
        ),
    ],
)
def test_added(alice: User, web: Project, fields: dict[str, Any], details: str) -> None:
    assert last(add(alice, web, **fields)) == f"Added WEB-1 “Buy milk”{details}"


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"title": "Buy oat milk"}, "title “Buy milk” → “Buy oat milk”"),
    ({"due": FIVE}, "due Mon 30 Nov 2026 17:00"),
    ({"due": date(2026, 12, 1)}, "due Tue 1 Dec 2026"),
    ({"due": None}, "no due date"),
    ({"priority": "high"}, "high priority"),
    ({"status": "in_progress"}, "in progress"),
    ({"status": "cancelled"}, "cancelled"),
    ({"labels": ["home", "shop"]}, "#home #shop"),
    ({"labels": []}, "no labels"),
    ({"recurrence": "FREQ=DAILY"}, "repeats every day"),
    ({"recurrence": ""}, "no longer repeats"),
    ({"description": "2 l"}, "new description"),
    ({"description": ""}, "no description"),
    ({"assignee": None}, "no assignee"),
]


@pytest.mark.parametrize(("changes", "details"), CHANGES)
def test_changed(alice: User, web: Project, changes: dict[str, Any], details: str) -> None:
    task = add(
        alice, web, due=date(2026, 11, 30), labels=["old"], recurrence="FREQ=WEEKLY", description="1 l",
        assignee=alice,
    )  # fmt: skip
    title = update(alice, task, **changes).title
    assert last(task) == f"Changed WEB-1 “{title}”: {details}"


def test_links(alice: User, web: Project, inbox: Project) -> None:
    task, other = add(alice, web), add(alice, web, "Other")
    update(alice, task, parent=other, blocked_by=[other])
    assert last(task) == "Changed WEB-1 “Buy milk”: new parent, new blockers"
    update(alice, task, parent=None, blocked_by=[])
    assert last(task) == "Changed WEB-1 “Buy milk”: no parent, no blockers"
    assert last(update(alice, task, project=inbox)) == (
        "Changed INBOX-1 “Buy milk”: moved to another project"
    )


def test_the_other_verbs(alice: User, web: Project) -> None:
    task = add(alice, web)
    by: dict[str, Any] = {"actor": alice, "origin": API, "task": task}
    said = []
    for verb in ("complete_task", "reopen_task", "delete_task", "restore_task"):
        getattr(operations, verb)(**by)
        said.append(last(task))
    assert said == [
        f"{verb} WEB-1 “Buy milk”" for verb in ("Completed", "Reopened", "Moved to trash", "Restored")
    ]


def test_projects(alice: User, web: Project) -> None:
    assert last(web) == "Added project WEB “Website”"
    operations.update_project(actor=alice, origin=API, project=web, changes={"name": "Site", "key": "S"})
    assert last(web) == "Changed S “Site”: name “Website” → “Site”, key “WEB” → “S”"


def test_undone(alice: User, web: Project) -> None:
    turn = make_turn(alice, web)
    task = operations.add_task(actor=alice, origin=in_turn(turn), project=web, title="Buy milk")
    operations.add_task(actor=alice, origin=in_turn(turn), project=web, title="Buy bread")
    update(alice, Task.objects.get(pk=task.pk), title="By hand")
    undo_turn(actor=alice, origin=API, turn_id=turn.pk)
    shown = receipts(Change.objects.filter(turn=turn), ZURICH)
    assert [(each["verb"], each["object"], each["ref"], each["undone"]) for each in shown] == [
        ("create", "task", "WEB-1", False),
        ("create", "task", "WEB-2", True),
    ]
    undo = Change.objects.get(verb="undo")
    assert receipt_text(undo, ZURICH) == "Undid WEB-2 “Buy bread”: moved to the trash"


def test_a_receipt_keeps_the_names_of_its_time(alice: User, web: Project) -> None:
    task = add(alice, web)
    change = last_change(task)
    update(alice, task, title="Other")
    operations.update_project(actor=alice, origin=API, project=web, changes={"key": "SITE"})
    change.refresh_from_db()
    assert receipt_text(change, ZURICH) == "Added WEB-1 “Buy milk”"
