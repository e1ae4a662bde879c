"""Many writers at once, on the real database settings: nothing is lost, doubled or locked out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from accounts.errors import Conflict, NotFound
from accounts.models import User
from conftest import make_user
from tasks import operations
from tasks.idempotency import once
from tasks.models import Change, IdempotencyKey, Project, Task, TaskTally
from tasks.recount import recount
from tasks.tally import task_count
from tasks.tests.making import API, add, in_turn, make_turn
from tasks.undo import undo_turn

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 8
WRITES = 100


@pytest.fixture
def ann(transactional_db: None) -> User:
    return make_user("ann")


@pytest.fixture
def home(ann: User) -> Project:
    return operations.ensure_inbox(ann)


def database_url() -> str:
    """Where the test database is, for a process with the settings that production has."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    user, password = quote(known["USER"]), quote(known["PASSWORD"])
    host = quote(known["HOST"] or "localhost", safe="")
    return f"postgresql://{user}:{password}@{host}:{known['PORT'] or 5432}/{known['NAME']}"


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Each in a thread with a connection of its own; the results in order, or the first error."""

    def run(action: Callable[[], Any]) -> Any:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return [each.result() for each in [pool.submit(run, action) for action in actions]]


def in_processes(module: str, *arguments: list[str]) -> None:
    """Runs the module once for each list of arguments, all at the same time; every one must succeed."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "1",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", module, *each],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for each in arguments
    ]
    said = [process.communicate(timeout=100)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), "\n".join(said)
    assert not [text for text in said if "locked" in text]


def test_eight_processes_lose_no_write(home: Project) -> None:
    writers = [[str(home.pk), str(WRITES), f"writer {n}"] for n in range(PROCESSES)]
    in_processes("tasks.tests.concurrent_writer", *writers)

    tasks = Task.objects.filter(project=home)
    assert sorted(tasks.values_list("number", flat=True)) == list(range(1, PROCESSES * WRITES + 1))
    assert tasks.values("title").distinct().count() == PROCESSES * WRITES
    assert Change.objects.filter(project=home, verb="create").count() == PROCESSES * WRITES
    home.refresh_from_db()
    assert home.last_number == PROCESSES * WRITES
    assert task_count([home.pk]) == PROCESSES * WRITES
    assert recount() == []


def test_counters_add_up_while_four_processes_change_the_same_tasks(ann: User, home: Project) -> None:
    for number in range(12):
        add(ann, home, str(number))
    in_processes("tasks.tests.concurrent_mover", *[[str(home.pk), "150", str(seed)] for seed in range(4)])
    # They drew far more numbers than rows are left: the rows were folded beside the writers.
    rows = TaskTally.objects.order_by("pk")
    assert rows.count() < rows.last().pk / 2  # type: ignore[union-attr]
    assert recount() == []


def test_ten_replays_make_one_row(ann: User, home: Project) -> None:
    def write() -> Any:
        return once(actor=ann, key="k", request={"a": 1}, perform=lambda: {"task": add(ann, home).ref})

    assert at_once(*[write] * 10) == [{"task": "INBOX-1"}] * 10
    assert (Task.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_many_completions_leave_one_next_task(ann: User, home: Project) -> None:
    task = add(ann, home, due=date(2026, 11, 25), recurrence="FREQ=DAILY")
    done = at_once(*[lambda: operations.complete_task(actor=ann, origin=API, task=task)] * 6)
    assert len([each.next_task for each in done if each.next_task]) == 1
    assert Task.objects.count() == 2


def test_many_undos_undo_once(ann: User, home: Project) -> None:
    task, turn = add(ann, home), make_turn(ann, home)
    operations.update_task(actor=ann, origin=in_turn(turn), task=task, changes={"priority": "high"})

    def undo() -> int:
        try:
            return len(undo_turn(actor=ann, origin=API, turn_id=turn.pk).changes)
        except NotFound:
            return 0

    assert sum(at_once(*[undo] * 6)) == 1
    assert Change.objects.filter(verb="undo").count() == 1


def test_one_key_makes_one_project(ann: User) -> None:
    def make() -> bool:
        try:
            operations.create_project(actor=ann, origin=API, key="WEB", name="Web")
        except Conflict:
            return False
        return True

    assert sorted(at_once(*[make] * 6)) == [False] * 5 + [True]


def test_subtasks_and_edits_of_their_parent_do_not_deadlock(ann: User, home: Project) -> None:
    parent = add(ann, home, "Parent")

    def add_children() -> None:
        for _ in range(15):
            add(ann, home, "Child", parent=parent)

    def edit_parent(title: str) -> Callable[[], None]:
        def edit() -> None:
            for n in range(15):
                operations.update_task(actor=ann, origin=API, task=parent, changes={"title": f"{title} {n}"})

        return edit

    at_once(add_children, edit_parent("One"), add_children, edit_parent("Two"))
    assert sorted(Task.objects.values_list("number", flat=True)) == list(range(1, 32))
    assert Change.objects.filter(object_id=parent.pk, verb="update").count() == 30
