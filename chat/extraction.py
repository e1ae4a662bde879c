"""What an exchange taught: after the reply a model suggests what to remember, and rules choose from it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import DomainError
from accounts.statements import Statement
from chat.asking import ask_in_background
from chat.database import in_database
from chat.extraction_prompt import EXTRACTION_RULES, KEEP, exchange_text
from chat.extraction_rules import Candidate, Dropped, Exchange, Known, judge, read_candidate
from chat.llm import types as llm
from chat.llm.selection import BUILT_IN, is_remote
from chat.models import Message, ToolCall, Turn
from chat.recalled import is_private
from chat.rows import TURN, ended_turn
from memory.models import MemoryItem
from memory.operations import store_memory
from memory.privacy import LocalOnly
from memory.recall import recall
from memory.words import content_words, words
from tasks.changes import Origin
from tasks.models import Change, Door
from tasks.text import storable

logger = structlog.get_logger(__name__)

MOST_ITEMS = 5
MOST_KNOWN = 8
LEAST_WORDS = 3
SHORT_COMMAND = 15

_WORTH_KEEPING = re.compile(
    r"\b(?:because|since|decided?|decision|prefers?|always|never|remember|note that|turns out|fixed|"
    r"causes?d?|broke|depends?|requires?|instead|no longer|from now on)\b",
    re.I,
)
_PLEASANTRIES = frozenset(
    words(
        """thank thanks thx great good nice cool ok okay yes yeah no sure please hello hi hey bye perfect
        awesome lovely fine wonderful morning afternoon evening night weekend day lol haha
        welcome later see super"""
    )
)


_CALLED = Statement(lambda: ToolCall.objects.filter(turn=TURN).order_by().values_list("name"))
_UNDONE = Statement(
    lambda: Change.objects.filter(turn=TURN, undone_at__isnull=False).order_by().values_list("pk")[:1]
)


@dataclass(frozen=True, slots=True)
class Material:
    """What a model is asked, and what its answer is judged by."""

    user_id: UUID
    request: llm.Request
    exchange: Exchange


async def extract(turn_id: UUID, asked: Material) -> None:
    """Remembers what the exchange of a turn that has just ended taught.

    One try: what a crash or a failing model loses is lost. Raises AssistantError, TimeoutError, BudgetSpent.
    """
    step = await ask_in_background(asked.user_id, asked.request, purpose="memory")
    await in_database(_keep, turn_id, asked.exchange, step.calls, step.usage)


def may_extract(turn: Turn) -> bool:
    """Whether a turn is one to learn from: a model's, finished as it should, not undone, and not trivial."""
    if not settings.MEMORY_EXTRACTION or turn.provider in ("", BUILT_IN) or turn.status != Turn.Status.DONE:
        return False
    if turn.reply is None or turn.reply.metadata.get("bound"):
        return False
    if _is_trivial(turn.user_message.content, acted=False):
        return False
    names = [name for (name,) in _CALLED.rows(turn=turn.pk)]
    if {"store_memory", "undo"}.intersection(names) or _UNDONE.rows(turn=turn.pk):
        return False
    return not (names and _is_trivial(turn.user_message.content, acted=True))


def _is_trivial(said: str, *, acted: bool) -> bool:
    content = content_words(said)
    if len([word for word in content if word not in _PLEASANTRIES]) < LEAST_WORDS:
        return True
    sentences = [each for each in re.split(r"(?<=[.!?])\s+|\n+", said.strip()) if each]
    if all(each.endswith("?") for each in sentences):
        return True
    return acted and len(said.split()) <= SHORT_COMMAND and not _WORTH_KEEPING.search(said)


def material(turn: Turn) -> Material | None:
    """For a turn that has ended; None when it may not teach, or is not worth a request."""
    if turn.reply is None or not may_extract(turn):
        return None
    user, remote = turn.speaker, is_remote(turn.provider)
    local = LocalOnly(user)
    if remote and any(is_private(message, local) for message in (turn.user_message, turn.reply)):
        return None
    hits = recall(
        actor=user,
        project=turn.conversation.project,
        query=turn.user_message.content,
        types=MemoryItem.Type.values,
        limit=MOST_KNOWN,
        include_local=not remote,
    )
    known = [f"{hit.key} ({hit.type}): {hit.value}" for hit in hits]
    exchange = _exchange(turn, turn.reply, [hit.value for hit in hits])
    request = llm.Request(
        system=EXTRACTION_RULES,
        messages=(llm.UserMessage(exchange_text(exchange.said, exchange.answered, known)),),
        tools=(KEEP,),
        situation=llm.Situation(now=timezone.now().astimezone(user.zone)),
    )
    return Material(user.pk, request, exchange)


def _exchange(turn: Turn, reply: Message, shown: list[str]) -> Exchange:
    rows = MemoryItem.objects.filter(project=turn.conversation.project).active()
    known = {row[0]: Known(*row) for row in rows.values_list("key", "value", "type", "local_only")}
    calls = list(turn.tool_calls.filter(status=ToolCall.Status.DONE))
    recalled = turn.recalled or ()
    told = Message.objects.filter(pk__in=[each["message"] for each in recalled if not each["item"]])
    shown += [known[each["key"]].value for each in recalled if each["key"] in known]
    shown += told.values_list("content", flat=True)
    return Exchange(
        said=turn.user_message.content,
        answered=reply.content,
        shown=[*shown, *(_words_in(call.result) for call in calls)],
        deeds=[_words_in(call.arguments) for call in calls],
        known=known,
        threshold=settings.CONFIDENCE_THRESHOLD,
    )


def _keep(turn_id: UUID, exchange: Exchange, calls: Iterable[llm.ToolCall], usage: llm.Usage) -> None:
    kept, dropped = _chosen(calls, exchange)
    with transaction.atomic():
        row = Turn.objects.select_for_update(of=("self",)).filter(pk=turn_id).first()
        turn = ended_turn(turn_id)
        if row is None or turn is None:
            return
        if may_extract(turn):
            for candidate in kept:
                _store(turn, candidate, dropped)
        Turn.objects.filter(pk=turn_id).update(
            prompt_tokens=F("prompt_tokens") + max(usage.prompt_tokens, 0),
            completion_tokens=F("completion_tokens") + max(usage.completion_tokens, 0),
            updated_at=timezone.now(),
        )
    logger.info("memories_extracted", turn_id=str(turn_id), kept=len(kept), dropped=dropped)


def _chosen(calls: Iterable[llm.ToolCall], exchange: Exchange) -> tuple[list[Candidate], list[str]]:
    kept: dict[str, Candidate] = {}
    dropped = []
    for given in _given(calls):
        try:
            candidate = judge(read_candidate(given), exchange)
        except Dropped as reason:
            dropped.append(str(reason))
            continue
        kept.setdefault(candidate.key or candidate.value, candidate)
    return list(kept.values())[:MOST_ITEMS], dropped


def _given(calls: Iterable[llm.ToolCall]) -> Iterable[Any]:
    for call in calls:
        items = call.arguments.get("items") if call.name == KEEP.name and not call.invalid else None
        yield from items if isinstance(items, list) else ()


def _store(turn: Turn, candidate: Candidate, dropped: list[str]) -> None:
    source = turn.reply if candidate.from_answer and turn.reply else turn.user_message
    fields: dict[str, Any] = {"key": candidate.key} if candidate.key else {}
    if candidate.local_only:
        fields["local_only"] = True
    try:
        with transaction.atomic():
            store_memory(
                actor=turn.speaker,
                origin=Origin(Door.CHAT, turn.pk),
                project=turn.conversation.project,
                source_message=source,
                value=storable(candidate.value),
                type=candidate.type,
                confidence=_trust(turn, candidate),
                subject=storable(candidate.subject),
                occurred_at=source.created_at,
                **fields,
            )
    except DomainError as error:
        dropped.append(error.detail)


def _trust(turn: Turn, candidate: Candidate) -> float:
    """The confidence, but after others' words never enough to be kept without the person's yes."""
    most = settings.CONFIDENCE_THRESHOLD - 0.01 if turn.read_others else 1.0
    return max(0.0, min(candidate.confidence, most))


def _words_in(value: Any) -> str:
    return re.sub(r'[{}\[\]":,_]+', " ", orjson.dumps(value).decode())
