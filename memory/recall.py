"""Recall: the one door to what a project remembers, in its memory items and in what was said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField
from django.utils import timezone

from accounts.errors import Invalid, NotFound
from accounts.statements import OneOf, Slot, Statement
from memory.embeddings import embedder
from memory.fields import share
from memory.hits import Hit, read_hits
from memory.metrics import RECALL
from memory.models import MESSAGE, MemoryItem, RecallEntry
from memory.privacy import LocalOnly
from memory.scope import Scope
from memory.search import search_for
from memory.words import STOP_WORDS, stem, words
from tasks.models import Project
from tasks.text import check_text

if TYPE_CHECKING:
    from accounts.models import User
    from memory.ranking import Question, Ranked

__all__ = ["MAX_LIMIT", "MAX_QUERY", "TYPES", "Hit", "recall"]

MAX_QUERY = 4096
MAX_LIMIT = 100
MAX_WORDS = 60
TYPES = (*MemoryItem.Type.values, MESSAGE)
# Up to this many entries all of them are ranked; beyond it, those that hold the question's rarest words.
RANKED_WHOLE = 5000
RANKED_BY_WORDS = 300
SPARE = 10
COUNTED_AGAIN_AFTER = timedelta(minutes=1)
COMMON_FOR = timedelta(minutes=10)

# A hint: it spares a large project the reading of too many rows to see that it still is one.
_large: dict[UUID, tuple[int, datetime]] = {}
# The counts of words that are in more entries than are ranked, and since when they are kept.
_common: dict[UUID, tuple[datetime, dict[int, int]]] = {}

_NOW = Slot("now", DateTimeField())
_RECALLED = Statement(lambda: MemoryItem.objects.filter(OneOf("id", "items")).order_by().values_list("pk"))
_COUNT = """WITH recalled AS ({})
    UPDATE memory_memoryitem SET last_recalled_at = %s, recall_count = recall_count + 1
    WHERE id IN (SELECT pk FROM recalled)"""


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
    scope = Scope(actor, project, now, as_of, types or (), min_confidence, include_local, without_messages)
    private = None if include_local else LocalOnly(actor)
    with RECALL.time():
        hits = read_hits(_ranked(scope, question, limit), limit, private)
        _count_recalls(hits, now)
    return hits


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
    own = project.owner_id == actor.pk and project.team_id is None
    if not own and not Project.objects.visible_to(actor).filter(pk=project.pk).exists():
        raise NotFound("There is no such project.")


def _ranked(scope: Scope, text: str, limit: int) -> list[Ranked]:
    from memory.candidates import kept_candidates, load_candidates
    from memory.ranking import rank

    question = _question(scope.actor, scope.project, text)
    candidates = None
    if scope.project.pk not in _large:
        candidates = kept_candidates(scope, RANKED_WHOLE)
    if candidates is None:
        question, rarest = _narrowed(question, scope.project, scope.now)
        candidates = load_candidates(scope, rarest)
    if not candidates.ids:
        return []
    # Messages may repeat an item, and give way to what comes next.
    spare = SPARE if candidates.has_messages else 0
    return rank(question, candidates, limit=limit + spare, today=scope.now.date())


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
    model = embedder()
    related = {
        searched: {token(project.pk, each): share for each, share in others.items()}
        for searched, others in zip(tokens, model.related(list(tokens.values())), strict=True)
    }
    vector = question_vector(actor, text)
    return Question(words=tokens, when=asks_when, vector=vector, related=related, similar=model.similar)


def _size(project: Project, now: datetime) -> int:
    """How many entries a project has, counted again once a minute when they are many."""
    entries, counted_at = _large.get(project.pk, (0, None))
    if counted_at is None or not timedelta() <= now - counted_at < COUNTED_AGAIN_AFTER:
        entries = RecallEntry.objects.filter(project=project, valid_until=None).count()
        _large.pop(project.pk, None)
        if entries > RANKED_WHOLE:
            _large[project.pk] = (entries, now)
    return entries


def _narrowed(question: Question, project: Project, now: datetime) -> tuple[Question, list[int]]:
    """In a large project, only the entries with the rarest words of the question are ranked."""
    size = _size(project, now)
    frequencies = _frequencies(project, question.words, now)
    chosen: list[int] = []
    total = 0
    for token, count in sorted(frequencies.items(), key=lambda pair: pair[1]):
        if chosen and total + count > RANKED_BY_WORDS:
            break
        chosen.append(token)
        total += count
    return replace(question, frequencies=frequencies, entries=size), chosen


def _frequencies(project: Project, tokens: Collection[int], now: datetime) -> dict[int, int]:
    """In how many entries each token is; one that is in many is counted again every ten minutes."""
    counted_at, common = _common.get(project.pk, (now, {}))
    if not timedelta() <= now - counted_at < COMMON_FOR:
        counted_at, common = now, {}
    counted = dict(search_for("default").frequencies([each for each in tokens if each not in common]))
    many = {token: count for token, count in counted.items() if count > RANKED_BY_WORDS}
    if many:
        _common[project.pk] = (counted_at, common | many)
    known = common | counted
    return {token: known[token] for token in tokens if token in known}


def _count_recalls(hits: Sequence[Hit], now: datetime) -> None:
    """Counts each item at most once a minute: a page that asks again is no further use of it."""
    again = now - COUNTED_AGAIN_AFTER
    pks = [hit.item_id for hit in hits if hit.item_id and not (hit.recalled_at and hit.recalled_at > again)]
    if not pks:
        return
    sql = _COUNT
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        # A counter is not worth waiting for the disk. Said inside the statement, it holds for this one alone.
        sql += " AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'"
    _RECALLED.inside(sql + " RETURNING 1", _NOW, items=pks, now=now)
