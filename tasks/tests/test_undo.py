"""Undo of a turn: every field of every row goes back, and what somebody edited since stays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from accounts.errors import NotFound
from accounts.models import User
from chat.models import Turn
from tasks import operations
from tasks.changes import snapshot
from tasks.models import Change, Project, Task
from tasks.tests.making import API, add, in_turn, last_change, make_turn
from tasks.undo import Undone, undo_turn


@pytest.fixture
def turn(alice: User, inbox: Project) -> Turn:
    return make_turn(alice, inbox)


def undo(actor: User, turn: Turn) -> Undone:
    return undo_turn(actor=actor, origin=API, turn_id=turn.pk)


def change(actor: User, turn: Turn | None, task: Task, **changes: Any) -> Task:
    return operations.update_task(
        actor=actor,
        origin=in_turn(turn) if turn else API,
        task=task,
        changes=changes,  # type: ignore[arg-type]
    )


def state(*rows: Task | Project) -> list[Any]:
    return [snapshot(type(row).objects.get(pk=row.pk)) for row in rows]


def test_every_field_of_every_row_goes_back(alice: User, turn: Turn, web: Project, inbox: Project) -> None:
    parent, blocker = add(alice, web, "Parent"), add(alice, web, "Blocker")
    due = datetime(2026, 11, 30, 16, 30, 5, 123456, UTC)
    first = add(
        alice, web, "One", description="d", priority="low", due=due,
        labels=["a", "b"], assignee=alice, parent=parent, blocked_by=[blocker], recurrence="FREQ=DAILY",
    )  # fmt: skip
    second = add(alice, web, "Two", due=date(2026, 11, 30))
    third = add(alice, web, "Three", status="done")
    before = state(first, second, third)

    change(
        alice, turn, first, title="1", description="", priority="high", due=None, labels=[], assignee=None,
        parent=None, blocked_by=[], recurrence="", status="in_progress", project=inbox,
    )  # fmt: skip
    operations.complete_task(actor=alice, origin=in_turn(turn), task=second)
    operations.delete_task(actor=alice, origin=in_turn(turn), task=second)
    operations.reopen_task(actor=alice, origin=in_turn(turn), task=third)
    assert state(first, second, third) != before

    undone = undo(alice, turn)
    assert state(first, second, third) == before
    assert (len(undone.changes), undone.conflicts) == (3, [])
    assert {each.verb for each in undone.changes} == {"undo"}


def test_what_was_made_goes_to_the_trash(alice: User, turn: Turn, web: Project) -> None:
    task = operations.add_task(actor=alice, origin=in_turn(turn), project=web, title="New")
    change(alice, turn, task, title="Newer")
    undo(alice, turn)
    task.refresh_from_db()
    assert task.deleted_at is not None
    assert Task.objects.visible_to(alice).trashed().get() == task


def test_a_repeat_goes_with_its_completion(alice: User, turn: Turn, web: Project) -> None:
    task = add(alice, web, recurrence="FREQ=DAILY")
    operations.complete_task(actor=alice, origin=in_turn(turn), task=task)
    undo(alice, turn)
    assert Task.objects.visible_to(alice).open().get() == task


def test_what_was_deleted_comes_back(alice: User, turn: Turn, web: Project) -> None:
    task = add(alice, web)
    operations.delete_task(actor=alice, origin=in_turn(turn), task=task)
    undo(alice, turn)
    assert Task.objects.visible_to(alice).open().get() == task


def test_a_project_and_its_tasks(alice: User, turn: Turn) -> None:
    project = operations.create_project(actor=alice, origin=in_turn(turn), key="NEW", name="New")
    operations.add_task(actor=alice, origin=in_turn(turn), project=project, title="One")
    assert undo(alice, turn).conflicts == []
    assert not Project.objects.visible_to(alice).filter(key="NEW").exists()
    assert not Task.objects.visible_to(alice).exists()


def test_a_project_in_use_stays(alice: User, turn: Turn) -> None:
    project = operations.create_project(actor=alice, origin=in_turn(turn), key="NEW", name="New")
    add(alice, project, "by hand")
    [conflict] = undo(alice, turn).conflicts
    assert (conflict.ref, conflict.reason) == ("NEW", "It holds tasks by now.")
    assert Project.objects.visible_to(alice).filter(key="NEW").exists()


def test_a_project_whose_old_key_is_taken(alice: User, turn: Turn, web: Project) -> None:
    operations.update_project(actor=alice, origin=in_turn(turn), project=web, changes={"key": "SITE"})
    operations.create_project(actor=alice, origin=API, key="WEB", name="Other")
    [conflict] = undo(alice, turn).conflicts
    assert conflict.ref == "SITE"
    assert state(web)[0]["key"] == "SITE"


def test_an_edited_row_is_a_conflict_and_the_others_go_back(alice: User, turn: Turn, web: Project) -> None:
    mine, other = add(alice, web, "Mine"), add(alice, web, "Other")
    change(alice, turn, mine, priority="high", title="Mine!")
    change(alice, turn, other, priority="high")
    change(alice, None, mine, priority="low")
    undone = undo(alice, turn)
    assert [each.ref for each in undone.changes] == ["WEB-2"]
    [conflict] = undone.conflicts
    assert (conflict.ref, conflict.title, conflict.reason) == (
        "WEB-1",
        "Mine!",
        "Its priority was changed since.",
    )
    assert [(each["title"], each["priority"]) for each in state(mine, other)] == [
        ("Mine!", "low"),
        ("Other", "medium"),
    ]


def test_an_edit_of_another_field_is_no_conflict(alice: User, turn: Turn, web: Project) -> None:
    task = add(alice, web)
    change(alice, turn, task, priority="high")
    change(alice, None, task, title="By hand")
    assert undo(alice, turn).conflicts == []
    assert [(each["title"], each["priority"]) for each in state(task)] == [("By hand", "medium")]


def test_a_turn_is_undone_once(alice: User, turn: Turn, web: Project) -> None:
    task = add(alice, web)
    change(alice, turn, task, priority="high")
    undo(alice, turn)
    with pytest.raises(NotFound):
        undo(alice, turn)
    marked = Change.objects.get(turn=turn)
    assert marked.undone_at is not None
    assert marked.undone_by == last_change(task)


def test_an_undo_can_be_undone(alice: User, turn: Turn, web: Project) -> None:
    task = add(alice, web)
    change(alice, turn, task, priority="high")
    later = make_turn(alice, web)
    undo_turn(actor=alice, origin=in_turn(later), turn_id=turn.pk)
    undo(alice, later)
    assert state(task)[0]["priority"] == "high"
    assert Change.objects.get(turn=turn).undone_at is None
    undo(alice, turn)
    assert state(task)[0]["priority"] == "medium"


def test_a_strangers_turn_has_nothing_to_undo(alice: User, charlie: User, turn: Turn, web: Project) -> None:
    task = add(alice, web)
    change(alice, turn, task, priority="high")
    with pytest.raises(NotFound) as refusal:
        undo(charlie, turn)
    assert "WEB" not in str(refusal.value)
    assert state(task)[0]["priority"] == "high"


def test_a_parent_that_went_below_is_a_conflict(alice: User, turn: Turn, web: Project) -> None:
    top = add(alice, web, "top")
    below = add(alice, web, "below", parent=top)
    change(alice, turn, below, parent=None)
    change(alice, None, top, parent=below)
    assert [each.ref for each in undo(alice, turn).conflicts] == ["WEB-2"]
    assert state(below)[0]["parent_id"] is None


def test_a_blocker_that_waits_by_now_is_a_conflict(alice: User, turn: Turn, web: Project) -> None:
    first = add(alice, web, "first")
    second = add(alice, web, "second", blocked_by=[first])
    change(alice, turn, second, blocked_by=[])
    change(alice, None, first, blocked_by=[second])
    assert [each.ref for each in undo(alice, turn).conflicts] == ["WEB-2"]
    assert state(second)[0]["blocked_by"] == []


def test_a_parent_that_is_gone_is_a_conflict(alice: User, turn: Turn, web: Project) -> None:
    top = add(alice, web, "top")
    below = add(alice, web, "below", parent=top)
    change(alice, turn, below, parent=None)
    top.delete()
    assert [each.ref for each in undo(alice, turn).conflicts] == ["WEB-2"]


def test_a_row_purged_since_is_a_conflict(alice: User, turn: Turn, web: Project) -> None:
    task = add(alice, web)
    change(alice, turn, task, priority="high")
    Task.objects.get(pk=task.pk).delete()
    assert [each.ref for each in undo(alice, turn).conflicts] == ["WEB-1"]
