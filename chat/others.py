"""Whether words of another person have reached a turn's model: then every change it makes is asked about.

A person's own programs count as the person.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.db.models import Q

from accounts.statements import THE_USER, OneOf, Statement
from chat.models import Message, Turn
from chat.recalled import Reference
from memory.models import MESSAGE, MemoryItem
from tasks.models import Change, Project, Task

if TYPE_CHECKING:
    from accounts.models import User

# Fields of a change record that hold words; others hold choices, dates and ids.
WORDS = ("title", "description", "labels", "name", "value", "key", "subject", "thread", "metadata")

_REWORDED = Statement(
    lambda: (
        Change.objects.filter(
            functools.reduce(operator.or_, (Q(after__has_key=name) for name in WORDS)),
            OneOf("object_id", "rows"),
        )
        .exclude(actor=THE_USER)
        .order_by()
        .values_list("object_id")
    )
)
_ITEMS = Statement(lambda: MemoryItem.objects.visible_to(THE_USER).filter(OneOf("id", "items")).order_by())
_SAID = Statement(
    lambda: (
        Message.objects.visible_to(THE_USER)
        .filter(OneOf("id", "messages"))
        .select_related("conversation")
        .order_by()
    )
)
_REF = re.compile(r"\b([A-Z][A-Z0-9]{0,9})-([0-9]{1,9})\b")


def written_by_others(user: User, rows: Iterable[Task | Project | MemoryItem]) -> set[UUID]:
    """The ids of those rows whose words are not all the user's own."""
    asked = list(rows)
    if not asked:
        return set()
    foreign = {row.pk for row in asked if not _is_of(user, row)}
    changed = _REWORDED.values(user=user.pk, rows=[row.pk for row in asked])
    return foreign | {UUID(pk) for (pk,) in changed}


def in_result(user: User, result: Any) -> bool:
    """Whether a tool's result shows such rows: tasks by their refs, projects and memories by their keys."""
    text = orjson.dumps(result).decode()
    refs = set(_REF.findall(text))
    tasks = Q(pk=None)
    for key, number in refs:
        tasks |= Q(project__key=key, number=int(number))
    shown: list[Task | Project | MemoryItem] = []
    if refs:
        shown += Task.objects.visible_to(user).filter(tasks).select_related("project")
    keys = _keys(result)
    if keys:
        shown += Project.objects.visible_to(user).filter(key__in=keys)
        shown += MemoryItem.objects.visible_to(user).filter(key__in=keys).select_related("project")
    return bool(written_by_others(user, shown)) or _says_again(user, keys)


def in_references(user: User, references: Collection[Reference]) -> bool:
    """Whether what memory reminded a model of is by others, or repeats them."""
    items = [UUID(each["item"]) for each in references if each["item"]]
    said = [each["message"] for each in references if each["message"] and not each["item"]]
    found = _ITEMS.instances(user=user.pk, items=items) if items else ()
    return bool(written_by_others(user, found)) or _in_said(user, said)


def in_messages(user: User, messages: Iterable[Message]) -> bool:
    """Whether others said one of them, or it was answered by a model that had read others' words."""
    return any(
        message.metadata.get("others") or message.author_id not in (None, user.pk) for message in messages
    )


def in_conversation(turn: Turn) -> bool:
    """Whether somebody else has spoken in the turn's conversation: what was answered repeats their words."""
    if not turn.conversation.shared:
        return False
    said = Message.objects.filter(conversation=turn.conversation_id, role=Message.Role.USER)
    return said.exclude(author=turn.speaker).exists()


def note(turn: Turn, *, is_so: bool) -> None:
    """Keeps on the turn that its model has read others' words."""
    if is_so and not turn.read_others:
        turn.read_others = True
        Turn.objects.filter(pk=turn.pk).update(read_others=True)


def _is_of(user: User, row: Task | Project | MemoryItem) -> bool:
    if isinstance(row, Task):
        return row.created_by_id == user.pk
    return (row if isinstance(row, Project) else row.project).owner_id == user.pk


def _keys(result: Any) -> set[str]:
    """Keys of memories, of what was said and of projects, wherever they stand in a result."""
    if isinstance(result, dict):
        own = {str(result[name]) for name in ("key", "project") if isinstance(result.get(name), str)}
        return own.union(*(_keys(each) for each in result.values()))
    return set().union(*map(_keys, result)) if isinstance(result, list) else set()


def _says_again(user: User, keys: Sequence[str] | set[str]) -> bool:
    said = [key.partition(":")[2] for key in keys if key.startswith(f"{MESSAGE}:")]
    return _in_said(user, said)


def _in_said(user: User, ids: Collection[str]) -> bool:
    """The same of messages by their ids; what was answered in a shared conversation may repeat anybody."""
    if not ids:
        return False
    for message in _SAID.instances(user=user.pk, messages=[UUID(each) for each in ids]):
        repeats = message.role == Message.Role.ASSISTANT and message.conversation.shared
        if repeats or in_messages(user, [message]):
            return True
    return False
