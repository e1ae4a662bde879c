"""Tasks that PostgreSQL writes in one statement: with their number, or only as they were read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest import MonkeyPatch

from accounts.errors import Conflict, NotFound, Stale
from accounts.models import User
from tasks import operations
from tasks.access import editable_task
from tasks.models import Change, Project, Task, TaskTally
from tasks.recount import recount
from tasks.tests.making import API, add

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def only_on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes with several statements, and one writer at a time")


@pytest.fixture
def meanwhile(monkeypatch: MonkeyPatch) -> Callable[..., list[int]]:
    """Has something done between each read of a task that is not locked and the write."""

    def interleave(action: Callable[[int], object]) -> list[int]:
        times: list[int] = []

        def read_and_act(person: User, task: Task) -> Task:
            row = editable_task(person, task)
            times.append(len(times))
            action(times[-1])
            return row

        monkeypatch.setattr("tasks.operations.tasks.editable_task", read_and_act)
        return times

    return interleave


def rows() -> tuple[int, int, int]:
    return Task.objects.count(), Change.objects.count(), TaskTally.objects.count()


def test_the_record_has_the_number_that_was_drawn(alice: User, web: Project) -> None:
    add(alice, web, "First")
    task = add(alice, web, "Second")
    assert (task.number, task.ref) == (2, "WEB-2")
    change = Change.objects.get(object_id=task.pk)
    assert (change.ref, change.after["number"]) == ("WEB-2", 2)
    assert Task.objects.get(pk=task.pk).number == 2


@pytest.mark.parametrize("nested", [False, True])
def test_what_a_project_refuses_leaves_nothing_behind(
    alice: User, charlie: User, web: Project, nested: bool
) -> None:
    add(alice, web, "There before")
    before = rows()

    def refused(by: User, kind: type[Exception]) -> None:
        with pytest.raises(kind):
            operations.add_task(actor=by, origin=API, project=web, title="Never")
        # A transaction around it goes on.
        assert (rows(), Project.objects.get(pk=web.pk).last_number) == (before, 1)

    def both() -> None:
        refused(charlie, NotFound)
        Project.objects.filter(pk=web.pk).update(status="archived")
        refused(alice, Conflict)

    if nested:
        with transaction.atomic():
            both()
    else:
        both()


def renamed_elsewhere(task: Task, title: str) -> None:
    Task.objects.filter(pk=task.pk).update(title=title, updated_at=timezone.now())


def test_a_change_in_between_is_not_lost(
    alice: User, web: Project, meanwhile: Callable[..., list[int]]
) -> None:
    task = add(alice, web, "Plain", priority="low")
    times = meanwhile(lambda time: None if time else renamed_elsewhere(task, "Renamed"))
    done = operations.update_task(actor=alice, origin=API, task=task, changes={"priority": "high"})
    assert len(times) == 2
    assert (done.title, done.priority) == ("Renamed", "high")
    stored = Task.objects.get(pk=task.pk)
    assert (stored.title, stored.priority, stored.updated_at) == ("Renamed", "high", done.updated_at)
    change = Change.objects.get(object_id=task.pk, verb="update")
    assert (change.before, change.after) == ({"priority": "low"}, {"priority": "high"})
    assert recount() == []


def test_whoever_is_always_late_waits_for_the_row(
    alice: User, web: Project, meanwhile: Callable[..., list[int]]
) -> None:
    task = add(alice, web, "Plain")
    times = meanwhile(lambda time: renamed_elsewhere(task, f"Renamed {time}"))
    operations.update_task(actor=alice, origin=API, task=task, changes={"priority": "high"})
    stored = Task.objects.get(pk=task.pk)
    assert (stored.title, stored.priority) == (f"Renamed {len(times) - 1}", "high")
    assert len(times) > 1


def test_a_version_that_is_passed_in_between_is_stale(
    alice: User, web: Project, meanwhile: Callable[..., list[int]]
) -> None:
    task = add(alice, web, "Plain")
    meanwhile(lambda time: renamed_elsewhere(task, "Renamed"))
    with pytest.raises(Stale):
        operations.update_task(
            actor=alice, origin=API, task=task, changes={"priority": "high"}, version=task.updated_at
        )
    assert Task.objects.get(pk=task.pk).priority == "medium"
