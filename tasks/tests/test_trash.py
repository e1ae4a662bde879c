"""Deleting moves to the trash, restoring takes out of it, and a number is never used twice."""

from __future__ import annotations

import pytest

from accounts.errors import Conflict, Invalid
from accounts.models import User
from tasks import operations
from tasks.models import Project, Task
from tasks.tests.making import API, add, last_change, verbs_of


def delete(actor: User, task: Task) -> Task:
    return operations.delete_task(actor=actor, origin=API, task=task)


def restore(actor: User, task: Task) -> Task:
    return operations.restore_task(actor=actor, origin=API, task=task)


def test_delete_and_restore(alice: User, web: Project) -> None:
    task = add(alice, web, labels=["home"])
    deleted = delete(alice, task)
    assert deleted.deleted_at is not None
    assert not Task.objects.visible_to(alice).kept().exists()
    assert Task.objects.visible_to(alice).trashed().get() == task
    assert last_change(task).after.keys() == {"deleted_at"}
    restored = restore(alice, deleted)
    assert (restored.deleted_at, restored.labels, restored.ref) == (None, ["home"], "WEB-1")
    assert verbs_of(task) == ["create", "delete", "restore"]


def test_twice_is_once(alice: User, web: Project) -> None:
    task = add(alice, web)
    first = delete(alice, task).deleted_at
    assert delete(alice, task).deleted_at == first
    restore(alice, task)
    restore(alice, task)
    assert verbs_of(task) == ["create", "delete", "restore"]


def test_a_trashed_task_is_not_changed(alice: User, web: Project) -> None:
    task = delete(alice, add(alice, web))
    with pytest.raises(Conflict, match="WEB-1 is in the trash"):
        operations.update_task(actor=alice, origin=API, task=task, changes={"title": "Other"})
    with pytest.raises(Conflict):
        operations.complete_task(actor=alice, origin=API, task=task)


def test_numbers_have_no_gaps_and_are_never_reused(alice: User, web: Project, inbox: Project) -> None:
    first, second, third = (add(alice, web, title) for title in ("one", "two", "three"))
    delete(alice, third)
    operations.update_task(actor=alice, origin=API, task=second, changes={"project": inbox})
    assert [first.number, add(alice, web, "four").number] == [1, 4]
    assert add(alice, inbox, "other").number == 2
    second.refresh_from_db()
    assert operations.update_task(actor=alice, origin=API, task=second, changes={"project": web}).number == 5


def test_a_refused_task_takes_no_number(alice: User, web: Project) -> None:
    with pytest.raises(Invalid):
        add(alice, web, "x" * 201)
    assert add(alice, web).number == 1
