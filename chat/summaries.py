"""What a conversation said before the messages that a model is shown: one short text, made after replies.

A model writes it, within the person's budget; without one, or when it fails, rules do. What is local-only,
and what passed on words of other people, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import DateTimeField
from django.utils import timezone

from accounts.statements import Slot, Statement
from chat.asking import ask_in_background
from chat.budgets import BudgetSpent
from chat.database import in_database
from chat.llm.selection import model_configured
from chat.llm.types import AssistantError, Request, Situation, UserMessage
from chat.models import Conversation, Message, Turn
from chat.prompts import SUMMARY_RULES, earlier_text
from chat.recalled import is_private
from memory.privacy import LocalOnly
from tasks.text import storable

logger = structlog.get_logger(__name__)

# So many messages are left to rules before the summary is made anew: a request every few turns, not in each.
BEHIND = 10
MOST_AT_ONCE = 60
LONGEST = 1500
LONGEST_LINE = 140
SHOWN = 600

_EVER = datetime.min.replace(tzinfo=UTC)
_GAP = Statement(
    lambda: Message.objects.filter(
        conversation=Slot("conversation"),
        created_at__lt=Slot("until", DateTimeField()),
        created_at__gt=Slot("since", DateTimeField()),
    ).order_by("-created_at", "-id")[: 2 * BEHIND]
)
_SINCE = Statement(
    lambda: (
        Message.objects.filter(
            conversation=Slot("conversation"), created_at__gt=Slot("since", DateTimeField())
        )
        .exclude(content="")
        .order_by()
        .values_list("pk")
    )
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a summary is to take up."""

    conversation_id: UUID
    user_id: UUID
    summary: str
    before: datetime | None
    until: datetime
    messages: list[Message]
    now: datetime


async def summarise(turn_id: UUID, earlier: Earlier) -> None:
    """Takes up what has fallen out of the sight of the next turn."""
    summary = ""
    if model_configured() and earlier.messages:
        try:
            step = await ask_in_background(earlier.user_id, _request(earlier), purpose="summary")
            summary = _cut(storable(step.text.strip()), LONGEST)
        except (AssistantError, TimeoutError, BudgetSpent) as error:
            logger.warning("summary_by_rule", turn_id=str(turn_id), reason=str(error))
    await in_database(_store, earlier, summary or by_rule(earlier.summary, earlier.messages))


def earlier_in_short(turn: Turn, shown: Sequence[Message], local: LocalOnly | None) -> str:
    """What was said before the messages that are `shown`; `local` is what may not be told."""
    conversation = turn.conversation
    summary = "" if local and local.holds(conversation.summary) else conversation.summary
    late: list[Message] = []
    # With fewer than a window holds, nothing has fallen out of it.
    if len(shown) >= settings.CONTEXT_WINDOW_SIZE:
        late = _GAP.instances(
            conversation=conversation.pk,
            until=shown[0].created_at if shown else turn.user_message.created_at,
            since=conversation.summarised_until or _EVER,
        )[::-1]
    return by_rule(summary, _tellable(late, local))


def by_rule(summary: str, messages: Iterable[Message]) -> str:
    """A summary and what the person said since, a line each; the oldest lines give way."""
    lines = [summary] if summary else []
    for message in messages:
        if message.role == Message.Role.USER:
            said = _cut(" ".join(message.content.split()), LONGEST_LINE)
            lines.append(f"{message.created_at:%Y-%m-%d}: the person said: {said}")
    # A summary of its own is worth more than the oldest lines.
    while sum(map(len, lines)) > LONGEST and len(lines) > 1:
        del lines[1 if summary and len(lines) > 2 else 0]
    return "\n".join(lines)


def fallen(turn: Turn) -> Earlier | None:
    """What has fallen out of the sight of the turn after this one, if it is enough to be worth a summary."""
    conversation, user = turn.conversation, turn.speaker
    since = conversation.summarised_until or _EVER
    window = settings.CONTEXT_WINDOW_SIZE
    behind = len(_SINCE.rows(conversation=conversation.pk, since=since, limit=window + MOST_AT_ONCE)) - window
    if behind < BEHIND:
        return None
    said = Message.objects.filter(conversation=conversation, created_at__gt=since).exclude(content="")
    messages = list(said.in_order()[:behind])
    return Earlier(
        conversation_id=conversation.pk,
        user_id=user.pk,
        summary=conversation.summary,
        before=conversation.summarised_until,
        until=messages[-1].created_at,
        messages=_tellable(messages, LocalOnly(user)),
        now=timezone.now().astimezone(user.zone),
    )


def _tellable(messages: Iterable[Message], local: LocalOnly | None) -> list[Message]:
    return [
        message
        for message in messages
        if not message.metadata.get("others") and not (local and is_private(message, local))
    ]


def _request(earlier: Earlier) -> Request:
    said = [(message.role == Message.Role.USER, _cut(message.content, SHOWN)) for message in earlier.messages]
    return Request(
        system=SUMMARY_RULES,
        messages=(UserMessage(earlier_text(earlier.summary, said)),),
        tools=(),
        situation=Situation(now=earlier.now),
    )


def _store(earlier: Earlier, summary: str) -> None:
    # Two turns that end together would take up the same messages: the first one counts.
    unchanged = Conversation.objects.filter(pk=earlier.conversation_id, summarised_until=earlier.before)
    unchanged.update(summary=summary, summarised_until=earlier.until)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
