"""What memory gives a model before it speaks: looked up once a turn, kept as references and never as text, so
that what is forgotten or made local-only meanwhile is not told."""

from __future__ import annotations

from typing import Any, TypedDict
from uuid import UUID

from django.conf import settings
from django.db.models import DateTimeField

from accounts.statements import THE_USER, OneOf, Slot, Statement
from chat.llm.selection import BUILT_IN, is_remote
from chat.models import Message, Turn
from memory.models import MESSAGE, MemoryItem
from memory.privacy import LocalOnly
from memory.recall import Hit, recall
from memory.words import content_words

MOST = 5
# How much of the question a hit must meet. Words of a command recur in every command, so what was said
# before must fit better than what was worth keeping.
ITEM_FITS, MESSAGE_FITS = 0.3, 0.6
LONGEST_LINE = 600


_EARLIER = Statement(
    lambda: (
        Message.objects.filter(
            conversation=Slot("conversation"), created_at__lt=Slot("before", DateTimeField())
        )
        .exclude(content="")
        .order_by("-created_at", "-id")
    )
)
_ACTIVE = Statement(
    lambda: MemoryItem.objects.visible_to(THE_USER).active().filter(OneOf("id", "items")).order_by()
)
_SAID = Statement(lambda: Message.objects.visible_to(THE_USER).filter(OneOf("id", "messages")).order_by())


class Reference(TypedDict):
    """`key` and `item` name a memory item, `message` and `conversation` where it was said, as far as known;
    `type` is the item's, or `message` for something said, by the `role`. `at` is ISO 8601."""

    key: str
    type: str
    item: str | None
    message: str | None
    conversation: str | None
    role: str
    at: str
    local_only: bool


def look_up(turn: Turn) -> list[Reference]:
    """The few that fit the person's words, without what the model has before it."""
    question = turn.user_message.content
    if not content_words(question):
        return []
    hits = recall(
        actor=turn.speaker,
        project=turn.conversation.project,
        query=question,
        limit=2 * MOST,
        include_local=not is_remote(turn.provider),
        without_messages=[turn.user_message_id, *(each.pk for each in window(turn))],
    )
    return [_reference(hit) for hit in hits if _fits(hit)][:MOST]


def window(turn: Turn) -> list[Message]:
    """The last messages before the turn's own, in order."""
    earlier = _EARLIER.instances(
        limit=settings.CONTEXT_WINDOW_SIZE,
        conversation=turn.conversation_id,
        before=turn.user_message.created_at,
    )
    return earlier[::-1]


def shown_memories(turn: Turn) -> list[Reference]:
    """What the turn's assistant was reminded of; nothing when the built-in one answered."""
    return turn.recalled or [] if turn.provider != BUILT_IN else []


def is_private(message: Message, local: LocalOnly) -> bool:
    """Whether a message says what must not leave the machine, or answers from it."""
    recalled = message.metadata.get("recalled") or ()
    if any(isinstance(each, dict) and each.get("local_only") for each in recalled):
        return True
    return message.pk in local.sources or local.holds(message.content)


def memory_lines(turn: Turn, local: LocalOnly | None) -> list[str]:
    """The same as lines for a prompt, from the rows as they are now; `local` is what may not be told."""
    found = shown_memories(turn)
    if not found:
        return []
    user = turn.speaker
    items = [UUID(each["item"]) for each in found if each["item"]]
    active = _ACTIVE.instances(user=user.pk, items=items) if items else ()
    kept = {str(row.pk): row for row in active if local is None or not row.local_only}
    said = {UUID(each["message"]) for each in found if each["message"] and not each["item"]}
    messages = _SAID.instances(user=user.pk, messages=said) if said else ()
    spoken = {str(row.pk): row for row in messages if local is None or not is_private(row, local)}
    lines = []
    for each in found:
        day = each["at"][:10]
        if each["item"] in kept:
            row = kept[each["item"]]
            about = f", about {row.subject}" if row.subject else ""
            lines.append(_line(f"{row.key} ({row.type}{about}, {day})", row.value))
        elif not each["item"] and each["message"] in spoken:
            who = "the person said" if each["role"] == Message.Role.USER else "you answered"
            lines.append(_line(f"{who} on {day}", spoken[each["message"]].content))
    return lines


def _line(head: str, text: str) -> str:
    line = " ".join(f"{head}: {text}".split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def _fits(hit: Hit) -> bool:
    return hit.fit >= (MESSAGE_FITS if hit.type == MESSAGE else ITEM_FITS)


def _reference(hit: Hit) -> Reference:
    return Reference(
        key=hit.key,
        type=hit.type,
        item=_text(hit.item_id),
        message=_text(hit.source.message_id),
        conversation=_text(hit.source.conversation_id),
        role=hit.source.subject if hit.type == MESSAGE else "",
        at=hit.source.at.isoformat(),
        local_only=hit.local_only,
    )


def _text(value: Any) -> str | None:
    return str(value) if value else None
