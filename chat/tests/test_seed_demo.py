"""Demonstration data: as much as asked for, within every rule of the tables, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chat.models import Conversation
from tasks.models import Project, Task
from tasks.recount import recount

pytestmark = pytest.mark.django_db


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def in_order(rows: Iterable[Task]) -> list[tuple[object, ...]]:
    return [(t.project.key, t.number, t.title, t.description, t.status, t.labels, t.recurrence) for t in rows]


def test_it_makes_what_was_asked_for_and_says_so() -> None:
    said = seed("--tasks", "600", "--user", "dora")
    assert said.startswith("Made 600 tasks in 20 projects for dora in ")
    dora = User.objects.get(username="dora")
    tasks = list(Task.objects.visible_to(dora).order_by("id"))
    assert len(tasks) == Task.objects.count() == 600
    now = timezone.now()
    created = [task.created_at for task in tasks]
    assert created == sorted(created), "the ids are in the order of time"
    assert now - timedelta(days=366) < created[0] < now - timedelta(days=360) < created[-1] <= now
    assert {task.status for task in tasks} == set(Task.Status.values)
    assert {task.priority for task in tasks} == set(Task.Priority.values)
    assert all(task.created_at <= task.updated_at <= now for task in tasks)
    assert all(task.created_at <= task.completed_at <= now for task in tasks if task.completed_at)
    open_due = [task.due_at for task in tasks if task.is_open and task.due_at]
    assert min(open_due) < now < max(open_due)
    assert any(task.due_date for task in tasks)
    assert any(task.parent and task.parent.project_id == task.project_id for task in tasks)
    assert any(task.blocked_by.exists() for task in tasks)
    assert any(task.labels for task in tasks) and any(task.description for task in tasks)


def test_the_next_task_gets_the_next_number() -> None:
    seed("--tasks", "100")
    again = seed("--tasks", "50", "--seed", "2")
    assert "50 tasks" in again
    for project in Project.objects.exclude(key="INBOX"):
        numbers = sorted(project.tasks.values_list("number", flat=True))
        assert numbers == list(range(1, project.last_number + 1))
    assert Task.objects.count() == 150
    assert Project.objects.count() == 21


def test_the_counters_count_what_was_made() -> None:
    seed("--tasks", "100", "--user", "dora")
    out = StringIO()
    call_command("recount_tasks", "dora", stdout=out)
    assert "every counter was right" in out.getvalue()


def test_the_same_seed_makes_the_same_tasks() -> None:
    for user, number in (("dora", "5"), ("emil", "5"), ("fritz", "6")):
        seed("--tasks", "80", "--user", user, "--seed", number)
    made = [
        in_order(Task.objects.filter(created_by__username=name).select_related("project").order_by("id"))
        for name in ("dora", "emil", "fritz")
    ]
    assert len(made[0]) == 80
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_the_counters_count_them() -> None:
    seed("--tasks", "120")
    seed("--tasks", "30")
    assert recount() == []


@pytest.mark.django_db(transaction=True)
def test_many_tasks_come_with_a_long_conversation(client: Client) -> None:
    seed("--tasks", "100")
    assert not Conversation.objects.exists()
    seed("--tasks", "10000", "--user", "dora")
    conversation = Conversation.objects.get()
    assert conversation.messages.count() == 1000
    assert conversation.turns.count() == 500
    client.force_login(User.objects.get(username="dora"))
    page = client.get(f"/api/conversations/{conversation.pk}/messages/")
    assert page.status_code == 200
    said = list(conversation.messages.order_by("created_at"))
    assert [message.role for message in said[:4]] == ["user", "assistant"] * 2
    assert said[-1].created_at - said[0].created_at > timedelta(days=300)


def test_the_first_person_may_do_everything_and_the_next_may_not() -> None:
    seed("--tasks", "1")
    seed("--tasks", "1", "--user", "dora")
    rights = dict(User.objects.values_list("username", "is_superuser"))
    assert rights == {"me": True, "dora": False}


@pytest.mark.parametrize("count", ["0", "-5", "1e6", "many", "99999999"])
def test_a_number_that_is_none_is_refused(count: str) -> None:
    with pytest.raises(CommandError, match="whole number from 1"):
        seed("--tasks", count)


def test_production_wants_a_yes(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="--yes"):
        seed("--tasks", "10")
    assert not Task.objects.exists()
    assert "10 tasks" in seed("--tasks", "10", "--yes")
