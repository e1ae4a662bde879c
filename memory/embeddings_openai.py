"""The embeddings endpoint of an OpenAI-compatible server; the only place that knows what it is sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

from django.conf import settings

from memory.embeddings import EmbedderDown, TextRefused
from memory.hosts import leaves_machine

if TYPE_CHECKING:
    import httpx2
    import numpy as np

OPENAI = "https://api.openai.com/v1"
BATCH = 64
LONGEST_TEXT = 8000
# Wider vectors keep their first numbers, which is what OpenAI's own `dimensions` does.
WIDEST = 1024
LONGEST_NAME = 80
TRIES = 4
LONGEST_WAIT = 20.0
TIMEOUT, QUICK = 30.0, 2.0
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class ProviderEmbedder:
    """Embeds over the network: never to be called in a transaction, or while a pooled connection is held."""

    is_remote = True
    # Models differ in how alike they find what has nothing to do with each other; most stay below this.
    similar = 0.35

    def __init__(self, *, base_url: str, api_key: str, model: str) -> None:
        self._url = f"{(base_url or OPENAI).rstrip('/')}/embeddings"
        self._model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.name = f"api:{model}"
        if len(self.name) > LONGEST_NAME:
            self.name = f"{self.name[: LONGEST_NAME - 9]}-{crc32(model.encode()):08x}"
        self.leaves_machine = leaves_machine(base_url or OPENAI)
        self._client: httpx2.Client | None = None
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], *, quick: bool = False) -> np.ndarray:
        """`quick` asks once and waits 2 seconds; otherwise a busy server is asked again, up to four times.
        Raises EmbedderDown, or TextRefused when the server will not have these texts."""
        import numpy as np

        found: list[Any] = []
        for start in range(0, len(texts), BATCH):
            found += self._ask([text[:LONGEST_TEXT] for text in texts[start : start + BATCH]], quick)
        try:
            rows = np.array(found, np.float32)[:, :WIDEST]
        except (ValueError, TypeError, IndexError):
            raise EmbedderDown("its vectors are no rows of numbers of one length") from None
        if rows.ndim != 2 or not np.isfinite(rows).all():
            raise EmbedderDown("its vectors are no rows of numbers")
        unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
        return unit

    def related(self, words: Sequence[str]) -> list[Mapping[str, float]]:
        return [{} for _ in words]

    def _ask(self, texts: list[str], quick: bool) -> list[Any]:
        tries = 1 if quick else TRIES
        for left in range(tries - 1, -1, -1):
            wait = 0.5 * 2 ** (tries - 1 - left)
            try:
                response = self._post(texts, QUICK if quick else TIMEOUT)
            except EmbedderDown:
                if not left:
                    raise
            else:
                if response.status_code == 200:
                    return _vectors(response, len(texts))
                if response.status_code not in PASSING or not left:
                    raise _refusal(response.status_code)
                wait = max(wait, _seconds(response.headers.get("retry-after", "")))
            time.sleep(min(wait, LONGEST_WAIT))
        raise AssertionError("every try returns or raises")

    def _post(self, texts: list[str], timeout: float) -> httpx2.Response:
        import httpx2

        body = {"model": self._model, "input": texts}
        try:
            return self._connected().post(
                self._url, json=body, headers=self._headers, timeout=httpx2.Timeout(timeout, connect=QUICK)
            )
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            raise EmbedderDown(type(error).__name__) from None

    def _connected(self) -> httpx2.Client:
        import httpx2

        with self._lock:
            if self._client is None:
                self._client = httpx2.Client()
            return self._client


def from_settings() -> ProviderEmbedder:
    return ProviderEmbedder(
        base_url=settings.OPENAI_BASE_URL,
        api_key=settings.OPENAI_API_KEY,
        model=settings.OPENAI_EMBEDDING_MODEL,
    )


def _vectors(response: httpx2.Response, count: int) -> list[Any]:
    try:
        items = response.json()["data"]
        found = [item["embedding"] for item in sorted(items, key=lambda item: item.get("index", 0))]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise EmbedderDown("its answer is not that of an embeddings endpoint") from None
    if len(found) != count:
        raise EmbedderDown(f"it gave {len(found)} vectors for {count} texts")
    return found


def _refusal(status: int) -> EmbedderDown:
    return TextRefused(f"HTTP {status}") if status in (400, 413, 422) else EmbedderDown(f"HTTP {status}")


def _seconds(header: str) -> float:
    try:
        return max(0.0, float(header))
    except ValueError:
        return 0.0
