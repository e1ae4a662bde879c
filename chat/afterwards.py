"""What follows a reply, in nobody's way: what was said becomes searchable, and what it taught is kept."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from chat.budgets import BudgetSpent
from chat.database import in_database
from chat.extraction import extract
from chat.llm.types import AssistantError
from chat.models import Conversation, Turn
from chat.recalled import is_private
from chat.summaries import summarise
from memory.indexing import embedded, index_message
from memory.privacy import LocalOnly
from tasks.models import Change

logger = structlog.get_logger(__name__)

LEFT_BEHIND = timedelta(minutes=1)
MOST_AT_ONCE = 20


async def follow_up(turn_id: UUID) -> None:
    """For a turn that has just ended here. What goes wrong is logged; `catch_up` indexes what was missed."""
    try:
        await in_database(_index_conversation_of, turn_id)
    except Exception:
        logger.exception("indexing_failed", turn_id=str(turn_id))
    try:
        await extract(turn_id)
    except (AssistantError, TimeoutError, BudgetSpent) as error:
        logger.warning("extraction_failed", turn_id=str(turn_id), reason=str(error))
    except Exception:
        logger.exception("extraction_failed", turn_id=str(turn_id))
    try:
        await summarise(turn_id)
    except Exception:
        logger.exception("summary_failed", turn_id=str(turn_id))


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
    related = ("user_message__author", "reply", "conversation__user")
    turns = Turn.objects.filter(conversation=conversation_id).to_index().select_related(*related)
    added = 0
    for turn in turns.order_by("created_at", "id"):
        said = [turn.user_message, *([turn.reply] if turn.reply and not _repeats_memory(turn) else [])]
        vectors = embedded([message.content for message in said])
        local = LocalOnly(turn.speaker)
        with transaction.atomic():
            # One indexer of a conversation at a time: its messages take their places in order.
            Conversation.objects.select_for_update().filter(pk=conversation_id).first()
            if not Turn.objects.filter(pk=turn.pk).to_index().update(indexed_at=timezone.now()):
                continue
            for message, vector in zip(said, vectors, strict=True):
                message.conversation = turn.conversation
                added += index_message(message, local_only=is_private(message, local), embedding=vector)
    return added


def _index_conversation_of(turn_id: UUID) -> None:
    turn = Turn.objects.filter(pk=turn_id).only("conversation_id").first()
    if turn is not None:
        index_said(turn.conversation_id)


def _repeats_memory(turn: Turn) -> bool:
    """Whether the reply reports on memory: it would be found beside what it repeats, and outlive it."""
    called = turn.tool_calls.filter(name__endswith="_memory")
    return called.exists() or turn.changes.filter(object_type=Change.Object.MEMORY).exists()


def _left_behind() -> list[UUID]:
    turns = Turn.objects.to_index().filter(finished_at__lt=timezone.now() - LEFT_BEHIND)
    oldest = turns.order_by("finished_at").values_list("conversation", flat=True)
    return list(dict.fromkeys(oldest[:MOST_AT_ONCE]))
