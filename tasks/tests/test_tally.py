"""The counters of tasks: whatever is done through whichever door, they are what the tasks come to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.errors import DomainError
from accounts.models import User
from conftest import make_user
from tasks import operations
from tasks.models import Project, Task, TaskTally
from tasks.recount import recount
from tasks.tally import task_count
from tasks.tests.making import API, add, in_turn, make_turn
from tasks.undo import undo_turn

NOW = datetime(2026, 11, 25, 12, 34, 56, 789, UTC)
DUES = (
    None, date(2026, 11, 25), date(1900, 1, 1), date(9000, 12, 31),
    datetime(2026, 11, 25, 11, 59, 59, 999_999, UTC), datetime(1950, 2, 28, 23, 59, 59, 999_600, UTC),
    datetime(9000, 12, 31, 23, 30, tzinfo=UTC), datetime(2026, 12, 1, 0, 0, tzinfo=UTC),
)  # fmt: skip
ACTS = ("add", "add", "update", "update", "complete", "reopen", "delete", "restore", "undo")


def rows_of(project: Project) -> int:
    return TaskTally.objects.filter(project=project).count()


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_writes(alice: User, web: Project, inbox: Project, seed: int) -> None:
    random = Random(seed)
    tasks: list[Task] = []
    turn, most = make_turn(alice, inbox), 0
    for step in range(150):
        with time_machine.travel(NOW + timedelta(minutes=17 * step), tick=False):
            origin = random.choice([API, in_turn(turn)])
            act = random.choice(ACTS)
            fields: dict[str, Any] = {
                "status": random.choice(Task.Status.values), "priority": random.choice(Task.Priority.values),
                "due": random.choice(DUES), "assignee": random.choice([alice, None]),
                "project": random.choice([web, inbox]), "title": str(step),
                "recurrence": random.choice(["", "", "FREQ=DAILY"]),
            }  # fmt: skip
            given: Any = dict(random.sample(sorted(fields.items()), random.randrange(1, 6)))
            task = random.choice(tasks) if tasks else None
            try:
                if act == "add" or task is None:
                    given.pop("project", None)
                    given["title"] = str(step)
                    tasks.append(add(alice, fields["project"], **given))
                elif act == "update":
                    operations.update_task(actor=alice, origin=origin, task=task, changes=given)
                elif act == "undo":
                    undo_turn(actor=alice, origin=API, turn_id=turn.pk)
                    turn = make_turn(alice, inbox)
                else:
                    getattr(operations, f"{act}_task")(actor=alice, origin=origin, task=task)
            except DomainError:
                pass
        if step % 10 == 9:
            assert recount() == []
            most = max(most, rows_of(web))
    # Not at the end: how many are left then depends on when they were folded last.
    assert most > 50


def test_task_count(alice: User, charlie: User, web: Project, inbox: Project) -> None:
    for status, priority in [("todo", "high"), ("todo", "low"), ("done", "high")]:
        add(alice, web, status=status, priority=priority)
    operations.delete_task(actor=alice, origin=API, task=add(alice, web))
    add(alice, inbox)
    add(charlie, operations.ensure_inbox(charlie))
    assert task_count([web.pk]) == 3
    assert task_count([web.pk, inbox.pk]) == 4
    assert task_count([web.pk], statuses=["todo"]) == 2
    assert task_count([web.pk], priorities=["high"]) == 2
    assert task_count([web.pk, inbox.pk], ["todo"], ["medium"]) == 1
    assert task_count([]) == 0


def test_a_change_of_words_counts_nothing(alice: User, web: Project) -> None:
    task = add(alice, web)
    before = rows_of(web)
    operations.update_task(actor=alice, origin=API, task=task, changes={"title": "Other", "labels": ["a"]})
    assert rows_of(web) == before


def test_many_writes_are_folded(alice: User, web: Project) -> None:
    task = add(alice, web)
    for n in range(400):
        operations.update_task(
            actor=alice, origin=API, task=task, changes={"priority": ("low", "medium", "high")[n % 3]}
        )
        operations.update_task(actor=alice, origin=API, task=task, changes={"due": date(2026, 1, 1 + n % 28)})
    # 1,600 rows were added and came to seven counters; beside them are those since the last folding.
    assert rows_of(web) < 1_100
    assert recount() == []


def test_a_user_who_goes_leaves_tasks_to_nobody(alice: User, web: Project) -> None:
    dora = make_user("dora")
    Task.objects.filter(pk=add(alice, web).pk).update(assignee=dora)
    assert {drift.missing for drift in recount()} == {-1, 1}
    dora.delete()
    assert recount() == []


def test_a_project_that_goes_takes_its_counters(alice: User, web: Project) -> None:
    add(alice, web)
    alice.delete()
    assert not TaskTally.objects.filter(project_id=web.pk).exists()


def test_recount_mends_what_is_wrong(alice: User, web: Project, inbox: Project) -> None:
    for due in DUES:
        add(alice, web, due=due, status="in_progress")
    add(alice, web, status="done")
    TaskTally.objects.filter(project=web).delete()
    TaskTally.objects.create(project=inbox, figure=TaskTally.Figure.STATE, bucket=3, count=5)
    assert task_count([web.pk, inbox.pk]) == 5
    assert {drift.missing for drift in recount([inbox.pk])} == {-5}
    assert task_count([web.pk, inbox.pk]) == 0
    assert recount() != []
    assert task_count([web.pk, inbox.pk]) == 9
    assert recount() == []


def test_the_command_reports_and_mends(alice: User, web: Project, capsys: pytest.CaptureFixture[str]) -> None:
    add(alice, web, due=date(2026, 11, 25))
    call_command("recount_tasks")
    assert capsys.readouterr().out == "2 projects counted; every counter was right.\n"
    TaskTally.objects.filter(project=web, figure=TaskTally.Figure.DUE_DATE).delete()
    call_command("recount_tasks", "alice")
    assert capsys.readouterr().out == (
        "WEB of alice: 1 counter was wrong.\n2 projects counted; 1 counter was wrong and is right now.\n"
    )
    assert recount() == []
    with pytest.raises(CommandError, match="There is no user nobody"):
        call_command("recount_tasks", "nobody")
