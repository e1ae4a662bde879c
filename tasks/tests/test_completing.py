"""Done and open again, and what a repeating task leaves behind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.errors import Conflict
from accounts.models import User
from tasks import operations
from tasks.models import Project, Task
from tasks.tests.making import API, add, last_change, verbs_of

ZURICH = ZoneInfo("Europe/Zurich")
SATURDAY = datetime(2026, 10, 24, 7, tzinfo=ZURICH)  # Clocks go back in the night to Sunday.


@pytest.fixture(autouse=True)
def _on_saturday() -> Any:
    with time_machine.travel(SATURDAY):
        yield


def complete(actor: User, task: Task) -> operations.Completed:
    return operations.complete_task(actor=actor, origin=API, task=task)


def reopen(actor: User, task: Task) -> Task:
    return operations.reopen_task(actor=actor, origin=API, task=task)


def update(actor: User, task: Task, **changes: Any) -> Task:
    return operations.update_task(actor=actor, origin=API, task=task, changes=changes)  # type: ignore[arg-type]


def test_complete_and_reopen(alice: User, web: Project) -> None:
    task = add(alice, web)
    done, following = complete(alice, task)
    assert (done.status, following) == ("done", None)
    assert done.completed_at is not None and done.completed_at >= SATURDAY
    task = reopen(alice, done)
    assert (task.status, task.completed_at) == ("todo", None)
    assert verbs_of(task) == ["create", "complete", "reopen"]


def test_twice_is_once(alice: User, web: Project) -> None:
    task = add(alice, web, recurrence="FREQ=DAILY")
    first = complete(alice, task).task.completed_at
    again, following = complete(alice, task)
    assert (again.completed_at, following) == (first, None)
    assert Task.objects.filter(project=web).count() == 2
    reopen(alice, task)
    reopen(alice, task)
    assert verbs_of(task) == ["create", "complete", "reopen"]


@pytest.mark.parametrize("status", ["todo", "in_progress", "cancelled"])
def test_only_done_tasks_have_a_completion(alice: User, web: Project, status: str) -> None:
    task = add(alice, web, status="done")
    assert task.completed_at is not None
    task = update(alice, task, status=status)
    assert (task.status, task.completed_at) == (status, None)
    assert update(alice, task, status="done").completed_at is not None


def test_editing_a_done_task_keeps_its_completion(alice: User, web: Project) -> None:
    done = complete(alice, add(alice, web)).task
    assert update(alice, done, title="Bought milk", status="done").completed_at == done.completed_at


def test_a_cancelled_task_opens_again(alice: User, web: Project) -> None:
    assert reopen(alice, update(alice, add(alice, web), status="cancelled")).status == "todo"


def test_a_trashed_task_is_not_completed(alice: User, web: Project) -> None:
    task = operations.delete_task(actor=alice, origin=API, task=add(alice, web))
    with pytest.raises(Conflict):
        complete(alice, task)


def test_the_next_occurrence_is_a_copy(alice: User, web: Project) -> None:
    parent = add(alice, web, "Chores")
    task = add(
        alice, web, "Water", description="all", priority="high", labels=["home"], assignee=alice,
        parent=parent, due=date(2026, 10, 24), recurrence="FREQ=WEEKLY",
    )  # fmt: skip
    following = complete(alice, task).next_task
    assert following is not None and following.pk != task.pk
    copied = ("title", "description", "priority", "labels", "assignee", "parent", "recurrence", "project")
    assert {name: getattr(following, name) for name in copied} == {
        name: getattr(task, name) for name in copied
    }
    assert (following.due, following.status, following.ref) == (date(2026, 10, 31), "todo", "WEB-3")
    assert verbs_of(following) == ["create"]


def test_a_time_of_day_survives_the_change_of_clocks(alice: User, web: Project) -> None:
    eight = datetime(2026, 10, 24, 8, tzinfo=ZURICH)
    following = complete(alice, add(alice, web, due=eight, recurrence="FREQ=DAILY")).next_task
    assert following is not None
    assert following.due_at == datetime(2026, 10, 25, 7, tzinfo=UTC)
    assert following.due_text(ZURICH) == "2026-10-25T08:00"


def test_what_was_missed_is_not_made_up_for(alice: User, web: Project) -> None:
    late = add(alice, web, due=date(2026, 10, 1), recurrence="FREQ=DAILY")
    following = complete(alice, late).next_task
    assert following is not None and following.due == date(2026, 10, 25)


def test_done_early_skips_to_the_one_after(alice: User, web: Project) -> None:
    early = add(alice, web, due=date(2026, 10, 30), recurrence="FREQ=WEEKLY")
    following = complete(alice, early).next_task
    assert following is not None and following.due == date(2026, 11, 6)


def test_without_a_due_date_it_starts_at_its_first_occurrence(alice: User, web: Project) -> None:
    assert add(alice, web, recurrence="FREQ=WEEKLY;BYDAY=TU").due == date(2026, 10, 27)


def test_a_counted_rule_ends(alice: User, web: Project) -> None:
    task: Task | None = add(alice, web, due=date(2026, 10, 24), recurrence="FREQ=DAILY;COUNT=3")
    days: list[object] = []
    while task is not None and len(days) < 10:
        days.append(task.due)
        task = complete(alice, task).next_task
    assert days == [date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26)]


def test_a_rule_with_an_end_ends(alice: User, web: Project) -> None:
    task = add(alice, web, due=date(2026, 10, 24), recurrence="FREQ=WEEKLY;UNTIL=20261030")
    assert complete(alice, task).next_task is None


def test_done_by_its_status_repeats_too(alice: User, web: Project) -> None:
    task = add(alice, web, due=date(2026, 10, 24), recurrence="FREQ=DAILY")
    update(alice, task, status="done")
    assert Task.objects.visible_to(alice).open().get().due == date(2026, 10, 25)
    update(alice, task, title="Watered", status="done")
    assert Task.objects.filter(project=web).count() == 2


def test_a_rule_removed_with_the_completion_does_not_repeat(alice: User, web: Project) -> None:
    task = add(alice, web, due=date(2026, 10, 24), recurrence="FREQ=DAILY")
    update(alice, task, status="done", recurrence="")
    assert not Task.objects.visible_to(alice).open().exists()


def test_cancelling_ends_the_repeats(alice: User, web: Project) -> None:
    update(alice, add(alice, web, recurrence="FREQ=DAILY"), status="cancelled")
    assert Task.objects.filter(project=web).count() == 1


def test_an_archived_project_lets_its_tasks_be_done(alice: User, web: Project) -> None:
    task = add(alice, web, recurrence="FREQ=DAILY")
    operations.update_project(actor=alice, origin=API, project=web, changes={"status": "archived"})
    done, following = complete(alice, task)
    assert (done.status, following) == ("done", None)
    assert last_change(task).verb == "complete"


def test_done_again_after_reopening_repeats_once(alice: User, web: Project) -> None:
    task = add(alice, web, "Pill", due=date(2026, 10, 24), recurrence="FREQ=DAILY")
    complete(alice, task)
    reopen(alice, task)
    with time_machine.travel(datetime(2026, 10, 27, 7, tzinfo=ZURICH)):
        assert complete(alice, task).next_task is None
    assert [each.due for each in Task.objects.visible_to(alice).open()] == [date(2026, 10, 25)]


def test_done_again_repeats_when_its_next_is_gone(alice: User, web: Project) -> None:
    # Of the same name, and not of its making.
    add(alice, web, "Pill", due=date(2026, 10, 24), recurrence="FREQ=DAILY")
    task = add(alice, web, "Pill", due=date(2026, 10, 24), recurrence="FREQ=DAILY")
    following = complete(alice, task).next_task
    assert following is not None
    operations.delete_task(actor=alice, origin=API, task=following)
    reopen(alice, task)
    again = complete(alice, task).next_task
    assert again is not None and again.due == following.due
