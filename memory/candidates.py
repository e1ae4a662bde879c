"""Entries as arrays, ready to be scored; a small project's are kept in the process between questions."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence
from threading import Lock
from uuid import UUID

import numpy as np

from memory.embeddings import DIMENSIONS, embedder
from memory.packing import HEAD, SAID, TERM, WEIGHT_UNIT
from memory.scope import Scope, seal_of

Packed = tuple[bytes, bytes, bytes]
PACKED = ("id", "head", "terms", "vector", "embedder")

KEPT_PROJECTS = 8


class Candidates:
    """`holders(token)` finds where a token is; `lengths` are in words."""

    def __init__(self, ids: Sequence[int], packed: Sequence[Packed]) -> None:
        self.ids = ids
        self.head = np.frombuffer(b"".join([each[0] for each in packed]), HEAD)
        terms = np.frombuffer(b"".join([each[1] for each in packed]), TERM)
        counts = np.fromiter((len(each[1]) for each in packed), np.int64, len(packed)) // TERM.itemsize
        doc = np.repeat(np.arange(len(packed)), counts)
        weights = terms["weight"] * np.float32(WEIGHT_UNIT)
        self.lengths = np.maximum(np.bincount(doc, weights, len(packed)), 1)
        order = np.argsort(terms["token"], kind="stable")
        self._tokens, self._doc, self._weights = terms["token"][order], doc[order], weights[order]
        self._vectors = _unit_rows([each[2] for each in packed])
        self.names = set(np.unique(self.head["subject"]).tolist()) - {0}
        self.has_messages = bool(np.any(self.head["traits"] & SAID))
        self._where = self.head["thread"].astype(np.int64) << 32 | self.head["position"]
        self._order = np.argsort(self._where)
        self._ordered = self._where[self._order]

    def holders(self, token: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the entries that hold a token, and its weight in each."""
        value = np.uint32(token)
        first, last = (int(np.searchsorted(self._tokens, value, side)) for side in ("left", "right"))
        return self._doc[first:last], self._weights[first:last]

    def likeness(self, vector: np.ndarray) -> np.ndarray:
        """The cosine of the angle between a vector and each entry's; zero where either is missing."""
        if vector.shape[0] != self._vectors.shape[1]:
            return np.zeros(len(self.ids), np.float32)
        found: np.ndarray = self._vectors @ vector
        return found

    def beside(self, values: np.ndarray, step: int) -> np.ndarray:
        """For each entry the value of the one `step` places on in its thread, or zero."""
        place = np.minimum(np.searchsorted(self._ordered, self._where + step), len(self._order) - 1)
        there = (self._ordered[place] == self._where + step) & (self.head["thread"] > 0)
        found: np.ndarray = np.where(there, values[self._order[place]], 0)
        return found


def _unit_rows(packed: Sequence[bytes]) -> np.ndarray:
    # A server may change what it serves under a name: vectors of another width than the most are left out.
    width = Counter(len(each) for each in packed if each).most_common(1)
    blank = bytes(width[0][0] if width else DIMENSIONS)
    raw = np.frombuffer(b"".join([each if len(each) == len(blank) else blank for each in packed]), np.int8)
    rows = raw.reshape(len(packed), len(blank)).astype(np.float32)
    unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
    return unit


def load_candidates(scope: Scope, tokens: Collection[int]) -> Candidates:
    """The entries that hold any of these tokens, as they are in the database."""
    rows = scope.with_tokens(tokens, *PACKED)
    return Candidates([row[0] for row in rows], [_packed(row) for row in rows])


class _Kept:
    def __init__(self, packed: dict[int, Packed], candidates: Candidates) -> None:
        self.packed, self.candidates = packed, candidates
        self.seal = seal_of(packed.keys())


_kept: OrderedDict[tuple[UUID, str], _Kept] = OrderedDict()
_lock = Lock()


def kept_candidates(scope: Scope, most: int) -> Candidates | None:
    """All entries of the scope, or None when they are more than `most`; only what is new is read.

    A stamp is a random number that is drawn again whenever an entry is packed: what is kept under it can be
    neither out of date nor another row's, even after a transaction that was rolled back.
    """
    place = (scope.project.pk, embedder().name)
    with _lock:
        kept = _kept.get(place)
    if kept is not None and kept.seal == scope.seal(most + 1):
        return kept.candidates
    rows = scope.rows("id", "stamp", limit=most + 1)
    if len(rows) > most:
        return None
    packed = dict(kept.packed) if kept is not None else {}
    missing = [pk for pk, stamp in rows if stamp not in packed]
    if missing:
        few = len(missing) <= len(rows) // 2
        unread = scope.with_ids(missing, *PACKED, "stamp") if few else scope.rows(*PACKED, "stamp")
        packed.update((row[-1], _packed(row)) for row in unread)
    found = [(pk, stamp) for pk, stamp in rows if stamp in packed]
    candidates = Candidates([pk for pk, _ in found], [packed[stamp] for _, stamp in found])
    if missing or kept is None:
        _keep(place, _Kept({stamp: packed[stamp] for _, stamp in found}, candidates))
    return candidates


def _keep(place: tuple[UUID, str], kept: _Kept) -> None:
    with _lock:
        _kept[place] = kept
        _kept.move_to_end(place)
        while len(_kept) > KEPT_PROJECTS:
            _kept.popitem(last=False)


def _packed(row: tuple) -> Packed:
    _, head, terms, vector, name = row[:5]
    return bytes(head), bytes(terms), bytes(vector) if name == embedder().name else b""
