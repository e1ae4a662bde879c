"""Recall: the one door to what a project remembers, in its memory items and in what was said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.errors import Invalid, NotFound
from memory.embeddings import embedder
from memory.fields import share
from memory.hits import Hit, read_hits
from memory.metrics import RECALL
from memory.models import MESSAGE, MemoryItem, RecallEntry
from memory.privacy import LocalOnly
from memory.querysets import RecallEntryQuerySet
from memory.scope import Scope
from memory.search import Search, search_for
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

# A hint: it spares a large project the reading of too many rows to see that it still is one.
_large: dict[UUID, tuple[int, datetime]] = {}


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
    if project.owner_id != actor.pk and not Project.objects.visible_to(actor).filter(pk=project.pk).exists():
        raise NotFound("There is no such project.")


def _ranked(scope: Scope, text: str, limit: int) -> list[Ranked]:
    from memory.candidates import kept_candidates, load_candidates
    from memory.ranking import rank

    question = _question(scope.actor, scope.project, text)
    candidates = None
    if scope.project.pk not in _large:
        rows = scope.stamps(RANKED_WHOLE + 1)
        if len(rows) <= RANKED_WHOLE:
            candidates = kept_candidates(scope, rows)
    if candidates is None:
        entries = scope.entries()
        question, entries = _narrowed(question, entries, scope, search_for(entries.db))
        candidates = load_candidates(entries)
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


def _narrowed(
    question: Question, entries: RecallEntryQuerySet, scope: Scope, search: Search
) -> tuple[Question, RecallEntryQuerySet]:
    """In a large project, only the entries with the rarest words of the question are ranked."""
    size = _size(scope.project, scope.now)
    if not question.words:
        return question, entries.none()
    frequencies = search.frequencies(scope.project.pk, question.words)
    chosen: list[int] = []
    total = 0
    for token, count in sorted(frequencies.items(), key=lambda pair: pair[1]):
        if chosen and total + count > RANKED_BY_WORDS:
            break
        chosen.append(token)
        total += count
    question = replace(question, frequencies=frequencies, entries=size)
    if not chosen:
        return question, entries.none()
    return question, entries.filter(search.matching(chosen))


def _count_recalls(hits: Sequence[Hit], now: datetime) -> None:
    """Counts each item at most once a minute: a page that asks again is no further use of it."""
    again = now - COUNTED_AGAIN_AFTER
    pks = [hit.item_id for hit in hits if hit.item_id and not (hit.recalled_at and hit.recalled_at > again)]
    if not pks:
        return
    recalled = MemoryItem.objects.filter(pk__in=pks)
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        # A counter is not worth waiting for the disk. Said inside the statement, it holds for this one alone.
        unhurried = "(SELECT set_config('synchronous_commit', 'off', true)) = 'off'"
        recalled = recalled.filter(RawSQL(unhurried, [], output_field=BooleanField()))
    recalled.update(last_recalled_at=now, recall_count=F("recall_count") + 1)
