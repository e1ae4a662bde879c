"""The admin of conversations: read, and deleted whole."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Conversation, Message, ToolCall, Turn
from tasks.models import Change, Project, Task
from tasks.operations import add_task
from tasks.tests.making import in_turn, make_turn


@pytest.fixture
def as_olga(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("olga", "olga@example.com", "olga-password"))
    return client


@pytest.fixture
def turn(alice: User, web: Project) -> Turn:
    return make_turn(alice, web)


def delete(client: Client, conversation: Conversation) -> list[str]:
    address = reverse("admin:chat_conversation_delete", args=[conversation.pk])
    response = client.post(address, {"post": "yes"})
    assert response.status_code == 302
    return [str(each) for each in get_messages(response.wsgi_request)]


def test_a_turn_shows_its_tool_calls(as_olga: Client, turn: Turn) -> None:
    for n, name in enumerate(("add_task", "complete_task")):
        ToolCall.objects.create(
            turn=turn, call_id=name, step=n, position=0, name=name, arguments={"title": f"<b>{name}</b>"}
        )
    shown = as_olga.get(reverse("admin:chat_turn_change", args=[turn.pk])).content.decode()
    assert shown.index("&lt;b&gt;add_task") < shown.index("&lt;b&gt;complete_task")
    assert "<b>" not in shown
    assert 'name="tool_calls-0-name"' not in shown


def test_a_conversation_goes_whole_and_the_tasks_stay(
    as_olga: Client, turn: Turn, alice: User, web: Project
) -> None:
    task = add_task(actor=alice, origin=in_turn(turn), project=web, title="Buy milk")
    ToolCall.objects.create(turn=turn, call_id="c", step=0, position=0, name="add_task")
    assert "deleted successfully" in delete(as_olga, turn.conversation)[0]
    assert not Message.objects.exists()
    assert not Turn.objects.exists()
    assert Task.objects.get() == task
    assert Change.objects.get(object_id=task.pk).turn is None


def test_a_conversation_that_is_being_answered_stays(as_olga: Client, turn: Turn) -> None:
    Turn.objects.filter(pk=turn.pk).update(status=Turn.Status.RUNNING)
    [text] = delete(as_olga, turn.conversation)
    assert "deleted" not in text
    assert Conversation.objects.exists()
