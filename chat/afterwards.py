"""What follows a reply, in nobody's way: what was said becomes searchable, and what it taught is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.statements import Slot, Statement, Update
from chat.budgets import BudgetSpent
from chat.database import in_database
from chat.extraction import Material, extract, material
from chat.llm.types import AssistantError
from chat.models import Conversation, ToolCall, Turn
from chat.recalled import is_private
from chat.rows import NOW, TURN, ended_turn
from chat.rush import Rush
from chat.summaries import Earlier, fallen, summarise
from memory.indexing import Said, embedded, index_messages
from memory.privacy import LocalOnly
from tasks.models import Change

logger = structlog.get_logger(__name__)

_CONVERSATION: Any = Slot("conversation")
_TO_INDEX = Statement(
    lambda: (
        Turn.objects.filter(conversation=_CONVERSATION)
        .to_index()
        .select_related("user_message__author", "reply", "conversation__user")
        .order_by("created_at", "id")
    )
)
_ALONE = Statement(
    lambda: Conversation.objects.filter(pk=_CONVERSATION).select_for_update().order_by().values_list("pk")
)
_INDEXED = Update(lambda: Turn.objects.filter(pk=TURN).to_index(), indexed_at=NOW)
_CALLED_MEMORY = Statement(
    lambda: ToolCall.objects.filter(turn=TURN, name__endswith="_memory").order_by().values_list("pk")[:1]
)
_CHANGED_MEMORY = Statement(
    lambda: (
        Change.objects.filter(turn=TURN, object_type=Change.Object.MEMORY).order_by().values_list("pk")[:1]
    )
)
LEFT_BEHIND = timedelta(minutes=1)
MOST_AT_ONCE = 20


async def follow_up(turn_id: UUID, rush: Rush) -> None:
    """For a turn that has just ended here, when no other is in a hurry.

    What goes wrong is logged; `catch_up` indexes what was missed.
    """
    async with rush.calm():
        left = await in_database(_at_once, turn_id)
    if left is None:
        return
    asked, earlier = left
    try:
        if asked is not None:
            await extract(turn_id, asked)
    except (AssistantError, TimeoutError, BudgetSpent) as error:
        logger.warning("extraction_failed", turn_id=str(turn_id), reason=str(error))
    except Exception:
        logger.exception("extraction_failed", turn_id=str(turn_id))
    try:
        if earlier is not None:
            await summarise(turn_id, earlier)
    except Exception:
        logger.exception("summary_failed", turn_id=str(turn_id))


def _at_once(turn_id: UUID) -> tuple[Material | None, Earlier | None] | None:
    """What needs no model, and what one is to be asked; None when the turn is gone."""
    turn = ended_turn(turn_id)
    if turn is None:
        return None
    asked = earlier = None
    try:
        index_said(turn.conversation_id)
    except Exception:
        logger.exception("indexing_failed", turn_id=str(turn_id))
    try:
        asked = material(turn)
    except Exception:
        logger.exception("extraction_failed", turn_id=str(turn_id))
    try:
        earlier = fallen(turn)
    except Exception:
        logger.exception("summary_failed", turn_id=str(turn_id))
    return asked, earlier


async def catch_up() -> None:
    """Indexes what a worker that went down left behind, and what is older than the index."""
    for conversation_id in await in_database(_left_behind):
        try:
            await in_database(index_said, conversation_id)
        except Exception:
            logger.exception("indexing_failed", conversation_id=str(conversation_id))


def index_said(conversation_id: UUID) -> int:
    """Makes what was said in the ended turns of a conversation searchable, in order, each turn once.

    Returns how many messages it added. Embeds before it opens a transaction: a model may take its time.
    """
    added = 0
    for turn in _TO_INDEX.instances(conversation=conversation_id):
        said = [turn.user_message, *([turn.reply] if turn.reply and not _repeats_memory(turn) else [])]
        vectors = embedded([message.content for message in said])
        local = LocalOnly(turn.speaker)
        with transaction.atomic():
            # One indexer of a conversation at a time: its messages take their places in order.
            _ALONE.rows(conversation=conversation_id)
            if not _INDEXED.run(turn=turn.pk, now=timezone.now()):
                continue
            for message in said:
                message.conversation = turn.conversation
            added += index_messages(
                [
                    Said(message, is_private(message, local), vector)
                    for message, vector in zip(said, vectors, strict=True)
                ]
            )
    return added


def _repeats_memory(turn: Turn) -> bool:
    """Whether the reply reports on memory: it would be found beside what it repeats, and outlive it."""
    return bool(_CALLED_MEMORY.rows(turn=turn.pk) or _CHANGED_MEMORY.rows(turn=turn.pk))


def _left_behind() -> list[UUID]:
    turns = Turn.objects.to_index().filter(finished_at__lt=timezone.now() - LEFT_BEHIND)
    oldest = turns.order_by("finished_at").values_list("conversation", flat=True)
    return list(dict.fromkeys(oldest[:MOST_AT_ONCE]))
