"""Adding, changing and moving tasks: that it works, what it refuses, and what it writes down."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import User
from tasks import operations
from tasks.models import Project, Task
from tasks.tests.making import API, add, last_change, verbs_of

ZURICH = ZoneInfo("Europe/Zurich")
NOON = datetime(2026, 11, 30, 12, tzinfo=ZURICH)


def update(actor: User, task: Task, **changes: Any) -> Task:
    return operations.update_task(actor=actor, origin=API, task=task, changes=changes)  # type: ignore[arg-type]


# --- Adding and changing tasks ------------------------------------------------------------------------


def test_add_task(alice: User, web: Project) -> None:
    parent = add(alice, web, "Launch")
    blocker = add(alice, web, "Test")
    task = add(
        alice, web, "  Buy \t milk ", description="2 l", priority="high", due=NOON, labels=["#Home", "home"],
        assignee=alice, parent=parent, blocked_by=[blocker], recurrence="FREQ=WEEKLY",
    )  # fmt: skip
    task.refresh_from_db()
    assert (task.ref, task.title, task.status, task.priority) == ("WEB-3", "Buy milk", "todo", "high")
    assert (task.due_at, task.due_date, task.labels) == (NOON, None, ["home"])
    assert (task.assignee, task.parent, list(task.blocked_by.all())) == (alice, parent, [blocker])
    assert (task.recurrence, task.created_by) == ("FREQ=WEEKLY", alice)
    change = last_change(task)
    assert (change.verb, change.before, change.ref) == ("create", {}, "WEB-3")
    assert change.after["blocked_by"] == [str(blocker.pk)]


def test_defaults(alice: User, web: Project) -> None:
    task = add(alice, web)
    assert (task.priority, task.labels, task.due, task.assignee) == ("medium", [], None, None)


BAD_FIELDS: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", " \n "),
    ("title", "x" * 201),
    ("title", "a\x00b"),
    ("title", "\udfff"),
    ("title", 12),
    ("description", "x" * 20_001),
    ("description", "\x00"),
    ("priority", "urgent"),
    ("status", "open"),
    ("labels", [""]),
    ("labels", ["#"]),
    ("labels", ["x" * 51]),
    ("labels", [f"l{n}" for n in range(21)]),
    ("labels", [3]),
    ("labels", "home"),
    ("due", datetime(2026, 11, 30, 12)),
    ("due", date(1899, 12, 31)),
    ("due", datetime(9001, 1, 1, tzinfo=UTC)),
    ("due", datetime(1, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo"))),
    ("recurrence", "every day"),
    ("recurrence", "FREQ=WEEKLY;BYDAY=XX"),
    ("recurrence", "FREQ=DAILY;" + "X" * 200),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_a_bad_field_is_named_and_nothing_is_written(
    alice: User, web: Project, field: str, value: Any
) -> None:
    with pytest.raises(Invalid) as refusal:
        add(alice, web, **{"title": "Buy milk", field: value})
    assert field in refusal.value.fields
    assert not Task.objects.filter(project=web).exists()

    task = add(alice, web)
    with pytest.raises(Invalid) as refusal:
        update(alice, task, **{field: value})
    assert field in refusal.value.fields
    assert verbs_of(task) == ["create"]


def test_due_is_a_date_or_an_instant(alice: User, web: Project) -> None:
    task = add(alice, web, due=date(2026, 11, 30))
    assert (task.due_date, task.due_at) == (date(2026, 11, 30), None)
    task = update(alice, task, due=NOON)
    assert (task.due_date, task.due_at) == (None, NOON)
    task = update(alice, task, due=date(2026, 12, 1))
    assert (task.due_date, task.due_at) == (date(2026, 12, 1), None)
    assert last_change(task).after == {"due_date": "2026-12-01", "due_at": None}
    assert update(alice, task, due=None).due is None


def test_midnight_stays_an_instant(alice: User, web: Project) -> None:
    midnight = datetime(2026, 11, 30, tzinfo=ZURICH)
    task = add(alice, web, due=midnight)
    assert (task.due_date, task.due_at) == (None, midnight)


def test_update_changes_what_is_named_and_nothing_else(alice: User, web: Project) -> None:
    task = add(alice, web, description="2 l", labels=["home"])
    task = update(alice, task, title="Buy oat milk", priority="low")
    task.refresh_from_db()
    assert (task.title, task.priority, task.description, task.labels) == (
        "Buy oat milk",
        "low",
        "2 l",
        ["home"],
    )
    change = last_change(task)
    assert change.before == {"title": "Buy milk", "priority": "medium"}
    assert change.after == {"title": "Buy oat milk", "priority": "low"}


def test_a_change_that_changes_nothing_leaves_no_record(alice: User, web: Project) -> None:
    task = add(alice, web, labels=["home"])
    update(alice, task, title="Buy milk", labels=["#HOME"])
    assert verbs_of(task) == ["create"]


def test_only_members_are_assigned(alice: User, charlie: User, web: Project) -> None:
    task = add(alice, web)
    assert update(alice, task, assignee=alice).assignee == alice
    with pytest.raises(Invalid) as refusal:
        update(alice, task, assignee=charlie)
    assert "assignee" in refusal.value.fields
    assert update(alice, task, assignee=None).assignee is None


def test_a_stale_copy_does_not_overwrite(alice: User, web: Project) -> None:
    task = add(alice, web)
    stale = Task.objects.get(pk=task.pk)
    update(alice, task, title="Buy bread")
    update(alice, stale, priority="high")
    task.refresh_from_db()
    assert (task.title, task.priority) == ("Buy bread", "high")


# --- Parents and blockers -----------------------------------------------------------------------------


def test_a_task_is_never_below_itself(alice: User, web: Project) -> None:
    top = add(alice, web, "top")
    middle = add(alice, web, "middle", parent=top)
    bottom = add(alice, web, "bottom", parent=middle)
    for parent in (top, middle, bottom):
        with pytest.raises(Invalid) as refusal:
            update(alice, top, parent=parent)
        assert "parent" in refusal.value.fields
    assert update(alice, bottom, parent=top).parent == top


def test_a_cycle_that_is_there_does_not_hang(alice: User, web: Project) -> None:
    one, two = add(alice, web, "one"), add(alice, web, "two")
    Task.objects.filter(pk=one.pk).update(parent=two)
    Task.objects.filter(pk=two.pk).update(parent=one)
    with pytest.raises(Invalid) as refusal:
        add(alice, web, "three", parent=Task.objects.get(pk=one.pk))
    assert "parent" in refusal.value.fields


def test_tasks_do_not_wait_for_each_other(alice: User, web: Project) -> None:
    one, two, three = (add(alice, web, title) for title in ("one", "two", "three"))
    update(alice, two, blocked_by=[one])
    update(alice, three, blocked_by=[two])
    for blocker in (one, two, three):
        with pytest.raises(Invalid) as refusal:
            update(alice, one, blocked_by=[blocker])
        assert "blocked_by" in refusal.value.fields
    assert list(one.blocked_by.all()) == []
    update(alice, three, blocked_by=[])
    assert update(alice, one, blocked_by=[three]).blocked_by.get() == three
    assert last_change(one).after == {"blocked_by": [str(three.pk)]}


@pytest.mark.parametrize("field", ["parent", "blocked_by"])
def test_a_strangers_task_is_no_parent_and_no_blocker(
    alice: User, charlie: User, web: Project, field: str
) -> None:
    theirs = add(charlie, operations.ensure_inbox(charlie), "Secret")
    value = theirs if field == "parent" else [theirs]
    task = add(alice, web)
    with pytest.raises(Invalid) as refusal:
        update(alice, task, **{field: value})
    assert field in refusal.value.fields
    assert "Secret" not in str(refusal.value)


# --- Moving -------------------------------------------------------------------------------------------


def test_moving_takes_the_next_number_there(alice: User, web: Project, inbox: Project) -> None:
    add(alice, inbox, "first")
    task = add(alice, web, assignee=alice)
    moved = update(alice, task, project=inbox)
    assert (moved.ref, moved.assignee) == ("INBOX-2", alice)
    assert last_change(moved).after == {"project_id": str(inbox.pk), "number": 2}
    assert add(alice, web, "next").ref == "WEB-2"


def test_moving_to_its_own_project_keeps_the_number(alice: User, web: Project) -> None:
    task = add(alice, web)
    assert update(alice, task, project=web).ref == "WEB-1"
    assert verbs_of(task) == ["create"]


def test_nothing_is_added_to_an_archived_project(alice: User, web: Project, inbox: Project) -> None:
    task = add(alice, inbox)
    archived = operations.update_project(actor=alice, origin=API, project=web, changes={"status": "archived"})
    with pytest.raises(Conflict):
        add(alice, archived)
    with pytest.raises(Conflict):
        update(alice, task, project=archived)
    archived.refresh_from_db()
    assert (archived.tasks.count(), archived.last_number) == (0, 0)


def test_nobody_moves_a_task_into_a_strangers_project(alice: User, charlie: User, web: Project) -> None:
    task = add(alice, web)
    with pytest.raises(NotFound):
        update(alice, task, project=operations.ensure_inbox(charlie))
    task.refresh_from_db()
    assert task.project == web
