"""What the database itself refuses, whoever writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from chat.models import Conversation, Message, ToolCall, Turn
from tasks.models import Change, IdempotencyKey, Project, Task
from tasks.tests.making import add, last_change, make_turn

NOW = timezone.now()


def refused(write: Any) -> None:
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        write()


@pytest.mark.parametrize(
    "broken",
    [
        {"title": ""},
        {"number": 0},
        {"number": -1},
        {"status": "open"},
        {"priority": "urgent"},
        {"due_date": NOW.date(), "due_at": NOW},
        {"status": "done"},
        {"completed_at": NOW},
        {"status": "cancelled", "completed_at": NOW},
    ],
)
def test_tasks(alice: User, web: Project, broken: dict[str, Any]) -> None:
    task = add(alice, web)
    refused(lambda: Task.objects.filter(pk=task.pk).update(**broken))


def test_a_task_is_not_its_own_parent(alice: User, web: Project) -> None:
    task = add(alice, web)
    refused(lambda: Task.objects.filter(pk=task.pk).update(parent=task))


def test_a_number_is_used_once_in_a_project(alice: User, web: Project) -> None:
    add(alice, web)
    refused(lambda: Task.objects.create(project=web, number=1, title="again", created_by=alice))


@pytest.mark.parametrize("broken", [{"key": "web"}, {"key": ""}, {"key": "INBOX"}, {"status": "gone"}])
def test_projects(web: Project, broken: dict[str, Any]) -> None:
    refused(lambda: Project.objects.filter(pk=web.pk).update(**broken))


def test_a_trashed_project_frees_its_key(alice: User, web: Project) -> None:
    Project.objects.filter(pk=web.pk).update(deleted_at=NOW)
    assert Project.objects.create(owner=alice, key="WEB", name="New").key == "WEB"
    refused(lambda: Project.objects.filter(pk=web.pk).update(deleted_at=None))


@pytest.mark.parametrize("broken", [{"door": "window"}, {"object_type": "cat"}])
def test_changes(web: Project, broken: dict[str, Any]) -> None:
    refused(lambda: Change.objects.filter(project=web).update(**broken))


def test_an_idempotency_key_is_used_once_by_one_actor(alice: User, charlie: User) -> None:
    IdempotencyKey.objects.create(actor=alice, key="k", request_hash="h")
    IdempotencyKey.objects.create(actor=charlie, key="k", request_hash="h")
    refused(lambda: IdempotencyKey.objects.create(actor=alice, key="k", request_hash="h"))


def test_approval(alice: User) -> None:
    refused(lambda: User.objects.filter(pk=alice.pk).update(approval="sometimes"))


def test_messages(alice: User, inbox: Project) -> None:
    turn = make_turn(alice, inbox)
    refused(lambda: Message.objects.filter(pk=turn.user_message_id).update(role="system"))
    with pytest.raises(TypeError):
        turn.user_message.save()


def test_a_change_is_written_once(alice: User, inbox: Project) -> None:
    with pytest.raises(TypeError):
        last_change(add(alice, inbox)).save()


def test_turns(alice: User, inbox: Project) -> None:
    turn = make_turn(alice, inbox)
    refused(lambda: Turn.objects.filter(pk=turn.pk).update(status="thinking"))


def test_a_conversation_has_one_live_turn(alice: User, inbox: Project) -> None:
    home = Conversation.objects.create(user=alice, project=inbox)
    first, second = (make_turn(alice, inbox, conversation=home) for _ in range(2))
    Turn.objects.filter(pk=first.pk).update(status="running")
    for status in Turn.LIVE:
        refused(lambda status=status: Turn.objects.filter(pk=second.pk).update(status=status))


def test_tool_calls(alice: User, inbox: Project) -> None:
    turn = make_turn(alice, inbox)
    ToolCall.objects.create(turn=turn, call_id="a", step=0, position=0, name="add_task")
    refused(lambda: ToolCall.objects.create(turn=turn, call_id="a", step=0, position=1, name="add_task"))
    refused(lambda: ToolCall.objects.create(turn=turn, call_id="b", step=0, position=0, name="add_task"))
    refused(lambda: ToolCall.objects.update(status="lost"))
