"""Vectors from a model on the network: they follow what is stored, and no question waits long for its own."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from functools import cache
from queue import SimpleQueue
from secrets import randbits
from threading import Lock, Thread
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.db import connection, transaction

from memory.embeddings import EmbedderDown, TextRefused, embedder, no_vector
from memory.models import RecallEntry
from memory.packing import pack_vector
from memory.privacy import LocalOnly

if TYPE_CHECKING:
    import numpy as np

    from accounts.models import User
    from memory.embeddings import Embedder

log = structlog.get_logger("tasklore.memory")

BATCH = 64
PATIENCE = 2.0
ASKED_AGAIN_AFTER = 30.0
MOST_MISSED = 5000

_one_at_a_time = Lock()
_down_until = 0.0


def question_vector(actor: User, text: str) -> np.ndarray:
    """The vector of a question, or zero when there is none within 2 seconds: recall then goes by words alone.

    What says what is local-only is not sent to another machine. Within a transaction nothing is asked.
    """
    model = embedder()
    if not model.is_remote:
        own: np.ndarray = model.embed([text])[0]
        return own
    if connection.in_atomic_block or time.monotonic() < _down_until:
        return no_vector()
    if model.leaves_machine and LocalOnly(actor).holds(text):
        return no_vector()
    # Back to the pool: what waits for a server elsewhere must hold no connection.
    connection.close()
    try:
        found = _asking().submit(model.embed, [text], quick=True).result(PATIENCE)
    except (EmbedderDown, Late) as error:
        _is_down(error)
        return no_vector()
    _is_up()
    vector: np.ndarray = found[0]
    return vector


def follow(entries: Sequence[RecallEntry]) -> None:
    """Has the vectors of stored entries made once their transaction is committed, in the background."""
    model = embedder()
    pks = [entry.pk for entry in entries if not (entry.local_only and model.leaves_machine)]
    if model.is_remote and pks:
        transaction.on_commit(lambda: _filling().put(pks))


def fill(pks: Collection[int] | None = None) -> int:
    """Embeds entries whose vectors are missing or another model's; without `pks` all of them.

    Returns how many. Local-only text and what repeats it is left without a vector when the model is on
    another machine: words alone find it. Raises EmbedderDown. Not for use in a transaction.
    """
    model = embedder()
    done, last = 0, 0
    while True:
        # Another thread that fills would send the same texts.
        with _one_at_a_time:
            batch = _pending(model, pks, last)
            if not batch:
                return done
            last = batch[-1].pk
            private: dict[UUID, LocalOnly] = {}
            told = [entry for entry in batch if not (model.leaves_machine and _is_private(entry, private))]
            connection.close()
            found = dict(_embedded(model, [(entry.pk, entry.text) for entry in told]))
            done += _save(model, found, {entry.pk: entry.text for entry in told})


def _pending(model: Embedder, pks: Collection[int] | None, last: int) -> list[RecallEntry]:
    rows = RecallEntry.objects.exclude(embedder=model.name).filter(pk__gt=last).order_by("pk")
    if pks is not None:
        rows = rows.filter(pk__in=pks)
    if model.leaves_machine:
        rows = rows.filter(local_only=False)
    return list(rows.select_related("item", "message", "project__owner")[:BATCH])


def _is_private(entry: RecallEntry, known: dict[UUID, LocalOnly]) -> bool:
    owner = entry.project.owner
    local = known.get(owner.pk) or known.setdefault(owner.pk, LocalOnly(owner))
    return entry.message_id in local.sources or local.holds(entry.text)


def _embedded(model: Embedder, texts: Sequence[tuple[int, str]]) -> Iterator[tuple[int, bytes]]:
    """One by one after a refusal, so that a text the server will not have costs its neighbours nothing."""
    if not texts:
        return
    try:
        vectors = model.embed([text for _, text in texts])
    except TextRefused as error:
        if len(texts) > 1:
            for each in texts:
                yield from _embedded(model, [each])
            return
        log.warning("the embeddings server refuses a text", entry=texts[0][0], reason=str(error))
        yield texts[0][0], b""
        return
    for (pk, _), vector in zip(texts, vectors, strict=True):
        yield pk, pack_vector(vector)


@transaction.atomic
def _save(model: Embedder, vectors: Mapping[int, bytes], texts: Mapping[int, str]) -> int:
    rows = RecallEntry.objects.filter(pk__in=vectors).select_for_update(of=("self",))
    # Of what was reworded meanwhile, the new words' vector is on its way.
    same = [row for row in rows.select_related("item", "message") if row.text == texts[row.pk]]
    for row in same:
        row.vector, row.embedder, row.stamp = vectors[row.pk], model.name, randbits(63)
    RecallEntry.objects.bulk_update(same, ["vector", "embedder", "stamp"])
    return len(same)


@cache
def _filling() -> SimpleQueue[Collection[int]]:
    # A daemon: a server that hangs must not hold up the end of this process.
    queue: SimpleQueue[Collection[int]] = SimpleQueue()
    Thread(target=_fill_on_and_on, args=(queue,), name="memory-vectors", daemon=True).start()
    return queue


def _fill_on_and_on(queue: SimpleQueue[Collection[int]]) -> None:
    missed: set[int] = set()
    while True:
        pks = {*queue.get(), *missed}
        try:
            fill(pks)
            missed = set()
            _is_up()
        except EmbedderDown as error:
            missed = set(sorted(pks)[-MOST_MISSED:])
            _is_down(error)
        except Exception:
            log.exception("vectors could not be made; manage.py index_memory makes them")
        finally:
            connection.close()


@cache
def _asking() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="memory-question")


def _is_down(error: Exception) -> None:
    global _down_until
    if not _down_until:
        reason = str(error) or type(error).__name__
        log.warning("the embeddings server does not answer: recall goes by words alone", reason=reason)
    _down_until = time.monotonic() + ASKED_AGAIN_AFTER


def _is_up() -> None:
    global _down_until
    if _down_until:
        log.info("the embeddings server answers again")
    _down_until = 0.0
