"""Lost updates: who says which version they saw writes that version, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.errors import Stale
from accounts.models import User
from tasks import operations
from tasks.models import Project, Task
from tasks.tests.making import API, add, verbs_of

VERBS: dict[str, Callable[..., Any]] = {
    "update": lambda **given: operations.update_task(**given, changes={"title": "Mine"}),
    "complete": operations.complete_task,
    "reopen": operations.reopen_task,
    "delete": operations.delete_task,
    "restore": operations.restore_task,
}


def prepared(alice: User, web: Project, verb: str) -> Task:
    task = add(alice, web)
    if verb == "reopen":
        operations.complete_task(actor=alice, origin=API, task=task)
    if verb == "restore":
        operations.delete_task(actor=alice, origin=API, task=task)
    return Task.objects.get(pk=task.pk)


@pytest.mark.parametrize("verb", VERBS)
def test_the_version_seen_is_the_version_written(alice: User, web: Project, verb: str) -> None:
    task = prepared(alice, web, verb)
    VERBS[verb](actor=alice, origin=API, task=task, version=task.updated_at)
    assert verbs_of(task)[-1] == verb


@pytest.mark.parametrize("verb", VERBS)
def test_an_older_version_is_refused(alice: User, web: Project, verb: str) -> None:
    task = prepared(alice, web, verb)
    Task.objects.get(pk=task.pk).save()
    before = verbs_of(task)
    with pytest.raises(Stale):
        VERBS[verb](actor=alice, origin=API, task=task, version=task.updated_at)
    assert verbs_of(task) == before


def test_projects_too(alice: User, web: Project) -> None:
    seen = Project.objects.get(pk=web.pk)
    given: dict[str, Any] = {"actor": alice, "origin": API, "project": web, "version": seen.updated_at}
    operations.update_project(**given, changes={"name": "One"})
    with pytest.raises(Stale):
        operations.update_project(**given, changes={"name": "Two"})
    with pytest.raises(Stale):
        operations.delete_project(**given)
    web.refresh_from_db()
    assert (web.name, web.deleted_at) == ("One", None)


def test_a_new_task_leaves_the_version_of_its_project(alice: User, web: Project) -> None:
    seen = Project.objects.get(pk=web.pk).updated_at
    add(alice, web)
    assert Project.objects.get(pk=web.pk).updated_at == seen
