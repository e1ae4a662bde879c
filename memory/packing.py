"""How an entry's numbers are packed: a head of fixed size, its terms, and its vector.

Terms are pairs of a 32-bit token and a weight; a token is a checksum of the stem, salted with the project,
so that one project's words never meet another's in the index.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = np.dtype(
    [
        ("subject", "<u4", 2),
        ("thread", "<u4"),
        ("position", "<u4"),
        ("day", "<u2"),
        ("relevance", "u1"),
        ("traits", "u1"),
    ]
)
TERM = np.dtype([("token", "<u4"), ("weight", "u1")])
WEIGHT_UNIT = 0.1
ASKS, TELLS_TIME, SAID = 1, 2, 4  # SAID: a message, not an item
EPOCH = date(2020, 1, 1)


def token(project_id: UUID, stem: str) -> int:
    return crc32(stem.encode(), crc32(project_id.bytes))


def pack_terms(project_id: UUID, weights: Mapping[str, float]) -> bytes:
    packed = np.zeros(len(weights), TERM)
    packed["token"] = [token(project_id, each) for each in weights]
    packed["weight"] = np.clip(np.rint(np.fromiter(weights.values(), float) / WEIGHT_UNIT), 1, 255)
    return packed.tobytes()


def token_text(terms: bytes) -> str:
    """The tokens as words of eight hexadecimal digits, for a full-text index."""
    return " ".join(f"{each:08x}" for each in np.frombuffer(terms, TERM)["token"].tolist())


def pack_head(
    *, subject: Iterable[int], thread: int, position: int, day: date, relevance: float, traits: int
) -> bytes:
    names = [*subject, 0, 0][:2]
    days = min(max((day - EPOCH).days, 0), 65535)
    return np.array([(names, thread, position, days, round(relevance * 255), traits)], HEAD).tobytes()


def pack_vector(vector: np.ndarray) -> bytes:
    """Nothing for a vector of zeros, else one signed byte a dimension, the largest being 127."""
    peak = float(np.abs(vector).max()) if vector.size else 0.0
    return np.rint(vector * (127 / peak)).astype(np.int8).tobytes() if peak else b""
