"""Rows that tests begin with, made through the operations that people use."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from chat.models import Conversation, Message, Turn
from tasks.changes import Origin
from tasks.models import Change, Door, Project, Task
from tasks.operations import add_task

API = Origin(Door.API)


def add(owner: User, project: Project, title: str = "Buy milk", **fields: Any) -> Task:
    return add_task(actor=owner, origin=API, project=project, title=title, **fields)


def make_turn(user: User, project: Project, *, conversation: Conversation | None = None) -> Turn:
    """A finished turn, as the worker leaves it behind."""
    home = conversation or Conversation.objects.create(user=user, project=project)
    message = Message.objects.create(conversation=home, role=Message.Role.USER, content="do it")
    return Turn.objects.create(conversation=home, user_message=message, status=Turn.Status.DONE)


def in_turn(turn: Turn) -> Origin:
    return Origin(Door.CHAT, turn.pk)


def verbs_of(row: Task | Project) -> list[str]:
    return list(Change.objects.filter(object_id=row.pk).values_list("verb", flat=True))


def last_change(row: Task | Project) -> Change:
    change = Change.objects.filter(object_id=row.pk).last()
    assert change is not None
    return change
