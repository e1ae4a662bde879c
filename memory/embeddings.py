"""Meaning as vectors. Recall works without them; with them it also finds what is said in other words."""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog
from django.conf import settings

from memory.words import STOP_WORDS, content_words, stem

if TYPE_CHECKING:
    import numpy as np

log = structlog.get_logger("tasklore.memory")

DIMENSIONS = 256
# A word's weight is RARE / (RARE + its frequency); the tokenizer numbers its pieces by frequency, so
# 1 / (number + COMMON) stands for it (Zipf). Plain means drown in common words.
RARE, COMMON = 1e-3, 100


# Below this similarity of static vectors, text that shares no word with the question is noise.
SIMILAR = 0.2
# Words at least this alike are related, the nearest few of them.
NEAR, MOST_NEAR = 0.4, 20
MOST_KNOWN = 20_000
WORD_BEGINS = "▁"


class EmbedderDown(Exception):
    """The server that embeds did not give what it was asked for; the text says why."""


class TextRefused(EmbedderDown):
    """It answers, and will not have these texts."""


class Embedder(Protocol):
    """`name` changes whenever the same text would get another vector: only vectors of one name compare.
    Below `similar`, what shares no word with a question is noise.

    One that `is_remote` works over the network (see `memory.vectors`), and raises EmbedderDown;
    `leaves_machine` says that texts go to another machine.
    """

    name: str
    similar: float
    is_remote: bool
    leaves_machine: bool

    def embed(self, texts: Sequence[str], *, quick: bool = False) -> np.ndarray:
        """One row a text, float32 of length 1, or all zero when there is nothing to embed."""
        ...

    def related(self, words: Sequence[str]) -> list[Mapping[str, float]]:
        """For each word the stems of others that mean nearly the same, and how nearly, from 0 to 1."""
        ...


class StaticEmbedder:
    """The word vectors of the package `wordllama`, read from its two files; no network, no model to run."""

    name = "wordllama-256-zipf"
    similar = SIMILAR
    is_remote = leaves_machine = False

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizers/l2_supercat_tokenizer_config.json"))
        self._matrix = _read_matrix(folder / "weights/l2_supercat_256.safetensors")
        self._word = lru_cache(maxsize=20_000)(self._weighted_word)
        self._related: dict[str, Mapping[str, float]] = {}

    def embed(self, texts: Sequence[str], *, quick: bool = False) -> np.ndarray:
        import numpy as np

        rows = np.zeros((len(texts), DIMENSIONS), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in content_words(text):
                row += self._word(word)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: np.ndarray = rows / np.maximum(lengths, 1e-6)
        return unit

    def related(self, words: Sequence[str]) -> list[Mapping[str, float]]:
        unknown = [word for word in words if word not in self._related]
        if unknown:
            if len(self._related) > MOST_KNOWN:
                self._related.clear()
            vocabulary, vectors = self._vocabulary()
            for word, likeness in zip(unknown, self.embed(unknown) @ vectors.T, strict=True):
                near = sorted(
                    ((float(likeness[i]), i) for i in (likeness >= NEAR).nonzero()[0]), reverse=True
                )
                found = {stem(vocabulary[i]): share for share, i in reversed(near[:MOST_NEAR])}
                self._related[word] = {each: share for each, share in found.items() if each != stem(word)}
        return [self._related.get(word, {}) for word in words]

    @cache  # noqa: B019
    def _vocabulary(self) -> tuple[list[str], np.ndarray]:
        """The words that the tokenizer knows whole, and their vectors."""
        pieces = (piece[1:] for piece in self._tokenizer.get_vocab() if piece.startswith(WORD_BEGINS))
        known = {piece.lower() for piece in pieces if len(piece) > 3 and piece.isascii() and piece.isalpha()}
        vocabulary = sorted(known - STOP_WORDS)
        return vocabulary, self.embed(vocabulary)

    def _weighted_word(self, word: str) -> np.ndarray:
        pieces = self._tokenizer.encode(word, add_special_tokens=False).ids
        vector: np.ndarray = self._matrix[pieces or [0]].astype("float32").mean(axis=0)
        frequency = 1 / (sum(pieces) / len(pieces) + COMMON) if pieces else 1.0
        return vector * (RARE / (RARE + frequency))


class NoEmbedder:
    name = ""
    similar = SIMILAR
    is_remote = leaves_machine = False

    def embed(self, texts: Sequence[str], *, quick: bool = False) -> np.ndarray:
        import numpy as np

        return np.zeros((len(texts), DIMENSIONS), np.float32)

    def related(self, words: Sequence[str]) -> list[Mapping[str, float]]:
        return [{} for _ in words]


def no_vector() -> np.ndarray:
    """That of a text without meaning: it is like no other."""
    import numpy as np

    return np.zeros(DIMENSIONS, np.float32)


@cache
def embedder() -> Embedder:
    """The one that this installation uses, loaded on first use."""
    if settings.OPENAI_EMBEDDING_MODEL:
        from memory.embeddings_openai import from_settings

        return from_settings()
    package = find_spec("wordllama")
    if package is None or package.origin is None:
        log.warning("no embeddings: the package wordllama is missing; recall goes by words alone")
        return NoEmbedder()
    try:
        return StaticEmbedder(Path(package.origin).parent)
    except (ImportError, OSError, ValueError) as error:
        log.warning("no embeddings: recall goes by words alone", reason=str(error))
        return NoEmbedder()


def _read_matrix(path: Path) -> np.ndarray:
    """The one tensor of a safetensors file, mapped rather than read: few of its rows are ever needed."""
    import numpy as np

    with path.open("rb") as file:
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (header_size,) = struct.unpack_from("<Q", view)
    header = json.loads(view[8 : 8 + header_size])
    tensor = next(value for name, value in header.items() if name != "__metadata__")
    rows, columns = tensor["shape"]
    if tensor["dtype"] != "F16" or columns != DIMENSIONS:
        raise ValueError(f"{path.name} holds {tensor['dtype']} vectors of {columns} numbers")
    flat = np.frombuffer(view, np.float16, rows * columns, 8 + header_size + tensor["data_offsets"][0])
    return flat.reshape(rows, columns)
