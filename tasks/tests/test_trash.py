"""Deleting moves to the trash, restoring takes out of it, and a number is never used twice."""

from __future__ import annotations

import pytest

from accounts.errors import Conflict, Invalid, NotFound
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


def test_a_project_goes_with_its_tasks_and_comes_back(alice: User, web: Project, inbox: Project) -> None:
    task, stays = add(alice, web), add(alice, inbox)
    operations.delete_project(actor=alice, origin=API, project=web)
    assert list(Task.objects.visible_to(alice)) == [stays]
    assert not Project.objects.visible_to(alice).filter(pk=web.pk).exists()
    with pytest.raises(NotFound):
        operations.update_task(actor=alice, origin=API, task=task, changes={"title": "Later"})
    restored = operations.restore_project(actor=alice, origin=API, project=web)
    assert restored.deleted_at is None
    operations.restore_project(actor=alice, origin=API, project=web)
    assert set(Task.objects.visible_to(alice)) == {task, stays}
    assert verbs_of(web) == ["create", "delete", "restore"]


def test_the_inbox_stays(alice: User, inbox: Project) -> None:
    with pytest.raises(Conflict):
        operations.delete_project(actor=alice, origin=API, project=inbox)
    assert Project.objects.visible_to(alice).get() == inbox


def test_a_project_does_not_come_back_over_another_with_its_key(alice: User, web: Project) -> None:
    operations.delete_project(actor=alice, origin=API, project=web)
    operations.create_project(actor=alice, origin=API, key="WEB", name="Another")
    with pytest.raises(Conflict):
        operations.restore_project(actor=alice, origin=API, project=web)
    assert Project.objects.visible_to(alice).get(key="WEB").name == "Another"


def test_a_strangers_project_is_neither_deleted_nor_restored(
    alice: User, charlie: User, web: Project
) -> None:
    for verb in (operations.delete_project, operations.restore_project):
        with pytest.raises(NotFound):
            verb(actor=charlie, origin=API, project=web)
    operations.delete_project(actor=alice, origin=API, project=web)
    with pytest.raises(NotFound):
        operations.restore_project(actor=charlie, origin=API, project=web)
