"""The HTTP side: one client per event loop, requests out, bytes in, every failure a Fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.request import getproxies
from weakref import WeakKeyDictionary

import orjson

from chat.llm.openai_compatible.faults import Fault, from_response, masked

if TYPE_CHECKING:
    from httpx2 import Response
    from openai import AsyncOpenAI

# An event stream that a proxy compresses is an event stream that it holds back.
# How the openai client is told to leave an answer's body alone.
_RAW = "X-Stainless-Raw-Response"
_HEADERS: dict[str, Any] = {"Accept-Encoding": "identity"}


@dataclass(slots=True)
class _Loop:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    client: AsyncOpenAI | None = None


class Connection:
    """Opens requests on a model server.

    A client's connections belong to the event loop that opened them, so each loop has its own;
    `close` ends those of the running loop. `timeout` is the longest silence in seconds.
    """

    def __init__(self, *, base_url: str, api_key: str, timeout: float) -> None:
        self._base_url = base_url
        self._key = api_key
        self._timeout = timeout
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop] = WeakKeyDictionary()

    @asynccontextmanager
    async def chat(self, payload: dict[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Sends a chat request and gives its body, piece by piece; leaving closes the connection."""
        client = await self._client()
        # As bytes: the client would go through every tool's schema, and copy it, for each request.
        body = orjson.dumps(payload)
        headers = {**self._headers(), "Content-Type": "application/json", _RAW: "stream"}
        with _faults(self._key, self._timeout):
            response: Any = await client.post(
                "/chat/completions", content=body, cast_to=object, options={"headers": headers}
            )
            try:
                yield _Pieces(response.http_response, _faults(self._key, self._timeout))
            finally:
                await response.close()

    async def get_json(self, path: str) -> Any:
        """The decoded answer to a GET below the base URL."""
        client = await self._client()
        with _faults(self._key, self._timeout):
            return await client.get(path, cast_to=object, options={"headers": self._headers()})

    async def post_json(self, path: str, body: dict[str, Any]) -> Any:
        client = await self._client()
        with _faults(self._key, self._timeout):
            return await client.post(path, body=body, cast_to=object, options={"headers": self._headers()})

    async def close(self) -> None:
        here = self._loops.pop(asyncio.get_running_loop(), None)
        if here is not None and here.client is not None:
            await here.client.close()

    async def _client(self) -> AsyncOpenAI:
        here = self._loops.setdefault(asyncio.get_running_loop(), _Loop())
        if here.client is None:
            async with here.lock:
                if here.client is None:
                    # The import takes most of a second, in which no other turn would move.
                    here.client = await asyncio.to_thread(self._new_client)
        return here.client

    def _headers(self) -> dict[str, Any]:
        if self._key:
            return _HEADERS
        from openai import Omit

        return {**_HEADERS, "Authorization": Omit()}

    def _new_client(self) -> AsyncOpenAI:
        from httpx2 import Timeout
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        from chat.llm.openai_compatible.transport import StreamTransport

        proxied = getproxies().keys() & {"http", "https", "all"}
        return AsyncOpenAI(
            http_client=None if proxied else DefaultAsyncHttpxClient(transport=StreamTransport()),
            api_key=self._key or "none",
            base_url=self._base_url,
            timeout=Timeout(self._timeout, connect=min(10.0, self._timeout)),
            max_retries=0,
        )


class _Pieces:
    """The body as it arrives, without the layers that decode what nobody encoded."""

    def __init__(self, response: Response, faults: _faults) -> None:
        bare = "content-encoding" not in response.headers
        body: AsyncIterator[bytes] | None = response.extensions.get("body") if bare else None
        self._pieces = body or response.aiter_bytes()
        self._faults = faults

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        with self._faults:
            return await anext(self._pieces)


class _faults:
    """Turns the client's and the transport's exceptions into Faults."""

    def __init__(self, key: str, timeout: float) -> None:
        self._key = key
        self._timeout = timeout

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, Fault | StopAsyncIteration):
            return
        import httpx2
        import openai

        if isinstance(error, openai.APIStatusError):
            body = error.response.text
            raise from_response(error.status_code, error.response.headers, body, key=self._key) from None
        cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            raise Fault("unreachable", self._words(cause)) from error
        if isinstance(cause, httpx2.TimeoutException):
            raise Fault("silent", f"{self._timeout:g}") from error
        if isinstance(cause, httpx2.HTTPError | httpx2.StreamError):
            raise Fault("broken", body=self._words(cause)) from error
        if isinstance(error, openai.OpenAIError | UnicodeError | httpx2.InvalidURL):
            raise Fault("nonsense", f"cannot be asked: {self._words(error)}") from error

    def _words(self, error: BaseException | None) -> str:
        return masked(str(error), self._key)
