"""Recall: the one door to what a project remembers, in its memory items and in what was said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.errors import Invalid, NotFound
from memory.embeddings import embedder
from memory.fields import share
from memory.metrics import RECALL
from memory.models import MESSAGE, MemoryItem, RecallEntry
from memory.privacy import LocalOnly
from memory.querysets import RecallEntryQuerySet
from memory.search import Search, search_for
from memory.words import STOP_WORDS, stem, stems, words
from tasks.models import Project
from tasks.text import check_text

if TYPE_CHECKING:
    from accounts.models import User
    from memory.ranking import Question, Ranked

MAX_QUERY = 4096
MAX_LIMIT = 100
MAX_WORDS = 60
TYPES = (*MemoryItem.Type.values, MESSAGE)
# Up to this many entries all of them are ranked; beyond it, those that hold the question's rarest words.
RANKED_WHOLE = 5000
RANKED_BY_WORDS = 300
SPARE = 10
COUNTED_AGAIN_AFTER = timedelta(minutes=1)

# A hint: it spares a large project the reading of too many rows to see that it still is one.
_large: dict[UUID, tuple[int, datetime]] = {}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a hit comes from: a message when there is one, and who, where and when as far as known."""

    message_id: UUID | None
    conversation_id: UUID | None
    subject: str
    thread: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hit:
    """`type` is an item's type, or `message` for something said; `score` compares hits of one recall only,
    `fit`, from 0 to 1, those of any: how much of the question the hit meets.

    `why` is a sentence fragment on why it is here; `item_id` is None for a message.
    """

    key: str
    value: str
    type: str
    score: float
    why: str
    source: Source
    item_id: UUID | None
    local_only: bool
    fit: float


def recall(
    *,
    actor: User,
    project: Project,
    query: str,
    types: Collection[str] | None = None,
    limit: int = 5,
    min_confidence: float | None = None,
    as_of: datetime | None = None,
    include_local: bool = True,
    without_messages: Collection[UUID] = (),
) -> list[Hit]:
    """What fits `query` best in the active items of a project and in the actor's conversations in it.

    `types` are those of MemoryItem and `message`. `as_of` answers from history: what was held true then.
    `include_local=False` leaves out what must not reach a model elsewhere, and `without_messages` those that
    the reader has before them. Raises Invalid, and NotFound for a project that is not the actor's.
    """
    _check(actor, project, types, limit, min_confidence)
    question = check_text(query, "query").strip()
    if not question:
        raise Invalid.field("query", "must not be empty.")
    if len(question) > MAX_QUERY:
        raise Invalid.field("query", f"must be at most {MAX_QUERY} characters.")
    now = timezone.now()
    scope = RecallEntry.objects.in_scope(
        actor,
        project,
        now=now,
        as_of=as_of,
        types=types or (),
        min_confidence=min_confidence,
        include_local=include_local,
        without_messages=without_messages,
    )
    private = None if include_local else LocalOnly(actor)
    with RECALL.time():
        return _ranked(actor, scope, project, question, limit, now, private)


def _check(
    actor: User, project: Project, types: Collection[str] | None, limit: int, min_confidence: float | None
) -> None:
    for each in types or ():
        if each not in TYPES:
            raise Invalid.field("types", f"must be among {', '.join(TYPES)}.")
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
        raise Invalid.field("limit", f"must be a whole number from 1 to {MAX_LIMIT}.")
    if min_confidence is not None:
        share(min_confidence, "min_confidence")
    if project.owner_id != actor.pk and not Project.objects.visible_to(actor).filter(pk=project.pk).exists():
        raise NotFound("There is no such project.")


def _ranked(
    actor: User,
    scope: RecallEntryQuerySet,
    project: Project,
    text: str,
    limit: int,
    now: datetime,
    private: LocalOnly | None,
) -> list[Hit]:
    from memory.candidates import kept_candidates, load_candidates
    from memory.ranking import rank

    question = _question(actor, project, text)
    candidates = None
    if project.pk not in _large:
        rows = list(scope.values_list("id", "stamp")[: RANKED_WHOLE + 1])
        if len(rows) <= RANKED_WHOLE:
            candidates = kept_candidates(project.pk, scope, rows)
    if candidates is None:
        question, scope = _narrowed(question, scope, project, search_for(scope.db), now)
        candidates = load_candidates(scope)
    if not candidates.ids:
        return []
    # Messages may repeat an item, and give way to what comes next.
    spare = SPARE if candidates.has_messages else 0
    ranked = rank(question, candidates, limit=limit + spare, today=now.date())
    return _hits(ranked, limit, now, private)


def _question(actor: User, project: Project, text: str) -> Question:
    from memory.packing import token
    from memory.ranking import Question
    from memory.vectors import question_vector

    spoken = words(text)
    content = [word for word in dict.fromkeys(spoken) if word not in STOP_WORDS][:MAX_WORDS]
    tokens = {token(project.pk, stem(word)): word for word in reversed(content)}
    asks_when = (
        spoken[:1] == ["when"] or spoken[:2] in (["how", "long"], ["what", "time"]) or "date" in spoken
    )
    vector = question_vector(actor, text)
    return Question(words=tokens, when=asks_when, vector=vector, similar=embedder().similar)


def _size(project: Project, now: datetime) -> int:
    """How many entries a project has, counted again once a minute when they are many."""
    entries, counted_at = _large.get(project.pk, (0, None))
    if counted_at is None or not timedelta() <= now - counted_at < COUNTED_AGAIN_AFTER:
        entries = RecallEntry.objects.filter(project=project, valid_until=None).count()
        _large.pop(project.pk, None)
        if entries > RANKED_WHOLE:
            _large[project.pk] = (entries, now)
    return entries


def _narrowed(
    question: Question, scope: RecallEntryQuerySet, project: Project, search: Search, now: datetime
) -> tuple[Question, RecallEntryQuerySet]:
    """In a large project, only the entries with the rarest words of the question are ranked."""
    entries = _size(project, now)
    if not question.words:
        return question, scope.none()
    frequencies = search.frequencies(project.pk, question.words)
    chosen: list[int] = []
    total = 0
    for token, count in sorted(frequencies.items(), key=lambda pair: pair[1]):
        if chosen and total + count > RANKED_BY_WORDS:
            break
        chosen.append(token)
        total += count
    question = replace(question, frequencies=frequencies, entries=entries)
    if not chosen:
        return question, scope.none()
    return question, scope.filter(search.matching(chosen))


def _hits(ranked: Sequence[Ranked], limit: int, now: datetime, private: LocalOnly | None) -> list[Hit]:
    found = RecallEntry.objects.filter(pk__in=[each.entry_id for each in ranked])
    items = {row[0]: row for row in found.exclude(item=None).values_list("pk", *_ITEM)}
    messages = {}
    if len(items) < len(ranked):
        messages = {row[0]: row for row in found.exclude(message=None).values_list("pk", *_MESSAGE)}
    made_from = {row[_SOURCE] for row in items.values()}
    hits: list[Hit] = []
    for each in ranked:
        if (row := items.get(each.entry_id)) is not None:
            hits.append(_item_hit(row, each))
        elif (row := messages.get(each.entry_id)) is not None and row[1] not in made_from:
            values = [set(stems(hit.value)) for hit in hits if hit.item_id]
            # What repeats a local-only item is as private as the item, wherever it was said.
            if not _repeats(set(stems(row[2])), values) and not (private and private.holds(row[2])):
                hits.append(_message_hit(row, each))
        if len(hits) == limit:
            break
    shown = {hit.item_id for hit in hits}
    again = now - COUNTED_AGAIN_AFTER
    _count_recalls(
        [row[1] for row in items.values() if row[1] in shown and not (row[-1] and row[-1] > again)], now
    )
    return hits


_ITEM = [
    f"item__{name}"
    for name in (
        "pk", "key", "value", "type", "source_message", "source_message__conversation", "subject", "thread",
        "occurred_at", "valid_from", "local_only", "last_recalled_at",
    )
]  # fmt: skip
_SOURCE = _ITEM.index("item__source_message") + 1
_MESSAGE = [
    f"message__{name}" for name in ("pk", "content", "conversation", "role", "created_at")
] + ["local_only"]  # fmt: skip


def _item_hit(row: Sequence[Any], ranked: Ranked) -> Hit:
    _, pk, key, value, kind, message, conversation, subject, thread, occurred_at, valid_from, local, _ = row
    source = Source(message, conversation, subject, thread, occurred_at or valid_from)
    return Hit(key, value, kind, ranked.score, ranked.why, source, pk, local, ranked.fit)


def _message_hit(row: Sequence[Any], ranked: Ranked) -> Hit:
    _, pk, content, conversation, role, created_at, local = row
    source = Source(pk, conversation, role, "", created_at)
    return Hit(f"message:{pk}", content, MESSAGE, ranked.score, ranked.why, source, None, local, ranked.fit)


def _repeats(said: set[str], values: Sequence[set[str]]) -> bool:
    return any(len(said & value) >= 0.9 * len(said) for value in values)


def _count_recalls(pks: Sequence[UUID], now: datetime) -> None:
    """Counts each item at most once a minute: a page that asks again is no further use of it."""
    if not pks:
        return
    recalled = MemoryItem.objects.filter(pk__in=pks)
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        # A counter is not worth waiting for the disk. Said inside the statement, it holds for this one alone.
        unhurried = "(SELECT set_config('synchronous_commit', 'off', true)) = 'off'"
        recalled = recalled.filter(RawSQL(unhurried, [], output_field=BooleanField()))
    recalled.update(last_recalled_at=now, recall_count=F("recall_count") + 1)
