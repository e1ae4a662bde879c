"""Conversations that page tests begin with, and how such a test reads a page."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from chat.llm.selection import BUILT_IN
from chat.models import Conversation, Message, ToolCall, Turn
from tasks.models import Task
from tasks.operations import add_task
from tasks.tests.making import in_turn

HTMX = {"HX-Request": "true"}
LIVE = (Turn.Status.QUEUED, Turn.Status.RUNNING, Turn.Status.AWAITING_APPROVAL)


def make_turn(
    conversation: Conversation,
    said: str = "add milk",
    reply: str = "Added **milk**.",
    status: Turn.Status = Turn.Status.DONE,
    metadata: dict[str, Any] | None = None,
    **fields: Any,
) -> Turn:
    """A turn as its worker leaves it."""
    message = Message.objects.create(conversation=conversation, role=Message.Role.USER, content=said)
    turn = Turn(conversation=conversation, user_message=message, status=status, provider=BUILT_IN, **fields)
    if reply and status not in LIVE:
        turn.reply = Message.objects.create(
            conversation=conversation,
            role=Message.Role.ASSISTANT,
            content=reply,
            metadata=metadata or {},
        )
    turn.save()
    return turn


def awaiting(conversation: Conversation, name: str, arguments: dict[str, Any]) -> Turn:
    turn = make_turn(conversation, "delete it", status=Turn.Status.AWAITING_APPROVAL)
    ToolCall.objects.create(
        turn=turn, call_id="1", step=1, position=0, name=name, arguments=arguments,
        status=ToolCall.Status.AWAITING_APPROVAL,
    )  # fmt: skip
    return turn


def adding(turn: Turn, title: str = "Buy milk") -> Task:
    """A task that the turn added."""
    home = turn.conversation
    return add_task(actor=home.user, origin=in_turn(turn), project=home.project, title=title)


def page(row: Conversation) -> str:
    return reverse("conversation", args=[row.pk])


def act(turn: Turn, verb: str) -> str:
    return reverse("turn_act", args=[turn.conversation_id, turn.pk, verb])


def read(client: Client, url: str, **query: str) -> str:
    """What stands on a page, without its tags."""
    answer = client.get(url, query)
    assert answer.status_code == 200
    return plain(answer.content.decode())


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
