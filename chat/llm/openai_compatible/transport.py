"""HTTP/1.1 for hundreds of open streams: a transport for httpx2 with one callback a read and one wake-up.

httpx2's own walks through some thirty frames for every piece of a body, and looks through all of its
connections for every request. This one knows no proxies and no HTTP/2; `connection` chooses.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import Any, Self, cast

import httptools
import httpx2

KEPT_SECONDS = 5.0
MOST_KEPT = 100
MOST_BUFFERED = 1024 * 1024
# Most of a token's cost is that its reader wakes. With many streams each gathers a little first, so that all
# of them together wake this often.
WAKES_A_SECOND = 5000
LEAST_PAUSE = 0.03

_Place = tuple[str, str, int]


class StreamTransport(httpx2.AsyncBaseTransport):
    """Keeps connections that a server leaves open for `KEPT_SECONDS`; belongs to one event loop."""

    def __init__(self) -> None:
        self._kept: dict[_Place, deque[_Connection]] = {}
        self._open: set[_Connection] = set()
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url, waits = request.url, request.extensions.get("timeout", {})
        place = (url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        sent = b"".join([*_head(request), await request.aread()])
        connection = self._take(place) or await self._connect(place, waits.get("connect"))
        body = Body(connection)
        try:
            connection.ask(sent, waits.get("read"))
            status, headers = await connection.answer()
        except BaseException:
            await body.aclose()
            raise
        return httpx2.Response(status, headers=headers, stream=body, extensions={"body": body})

    async def aclose(self) -> None:
        for connection in list(self._open):
            connection.transport.abort()

    @property
    def pause(self) -> float:
        """Seconds for which a stream gathers what comes; none while they are few."""
        pause = len(self._open) / WAKES_A_SECOND
        return pause if pause > LEAST_PAUSE else 0.0

    def give_back(self, connection: _Connection) -> None:
        """Of a connection whose answer was read to its end."""
        kept = self._kept.setdefault(connection.place, deque())
        if len(kept) >= MOST_KEPT:
            connection.transport.close()
            return
        kept.append(connection)
        connection.keep(KEPT_SECONDS)

    def forget(self, connection: _Connection) -> None:
        self._open.discard(connection)
        kept = self._kept.get(connection.place)
        if kept is not None and connection in kept:
            kept.remove(connection)

    def _take(self, place: _Place) -> _Connection | None:
        kept = self._kept.get(place)
        while kept:
            connection = kept.pop()
            if not connection.transport.is_closing():
                return connection
        return None

    async def _connect(self, place: _Place, patience: float | None) -> _Connection:
        scheme, host, port = place
        if scheme == "https" and self._tls is None:
            self._tls = await asyncio.to_thread(httpx2.create_ssl_context)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(patience):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self, place), host, port, ssl=self._tls if scheme == "https" else None
                )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("") from error
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from error
        self._open.add(connection)
        return connection


class Body(httpx2.AsyncByteStream):
    """What arrives of an answer, piece by piece; what came since the last piece comes together."""

    def __init__(self, connection: _Connection) -> None:
        self._connection: _Connection | None = connection

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        connection = self._connection
        piece = await connection.piece() if connection is not None else b""
        if piece:
            return piece
        await self.aclose()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.leave()


class _Connection(asyncio.Protocol):
    """One connection, and the answer that is being read from it."""

    transport: asyncio.Transport

    def __init__(self, home: StreamTransport, place: _Place) -> None:
        self.place = place
        self._home = home
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._gathering: asyncio.TimerHandle | None = None
        self._lost: Exception | None = None
        self._patience: float | None = None
        self._heard = 0.0
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._buffered = 0
        self._whole = self._until_closed = self._stays_open = self._read = False

    def ask(self, request: bytes, patience: float | None) -> None:
        """`patience` is the longest silence in seconds."""
        self._begin()
        self._patience, self._heard = patience, self._loop.time()
        self._set_timer(patience, self._look)
        self.transport.write(request)

    async def answer(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        while not self._status:
            await self._more()
        return self._status, self._headers

    async def piece(self) -> bytes:
        """What came of the body since; empty at its end."""
        while not self._pieces and not self._whole:
            await self._more()
        pieces, self._pieces = self._pieces, []
        self._read = True
        if self._buffered > MOST_BUFFERED:
            self.transport.resume_reading()
        self._buffered = 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def leave(self) -> None:
        """Nobody reads it any more: it is kept if its answer was whole, else it ends."""
        self._set_timer(None, self._look)
        if self._stays_open and not self._pieces and not self.transport.is_closing():
            self._home.give_back(self)
        else:
            self.transport.abort()

    def keep(self, seconds: float) -> None:
        self._set_timer(seconds, self.transport.close)

    async def _more(self) -> None:
        if self._lost is not None:
            raise self._lost
        self._waiting = self._loop.create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _fail(self, error: Exception) -> None:
        self._lost = self._lost or error
        self.transport.abort()
        self._wake()

    def _set_timer(self, seconds: float | None, call: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, call) if seconds is not None else None

    def _look(self) -> None:
        # One timer an answer, and not one a piece: it looks how long ago the last one came.
        assert self._patience is not None
        left = self._heard + self._patience - self._loop.time()
        if left > 0:
            self._set_timer(left, self._look)
        elif self._waiting is not None:
            self._fail(httpx2.ReadTimeout(""))
        else:
            # The reader is busy, and the server not late.
            self._set_timer(self._patience, self._look)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(httpx2.RemoteProtocolError(str(error)))
            return
        if self._buffered > MOST_BUFFERED:
            self.transport.pause_reading()
        if not self._read or self._whole or self._buffered > MOST_BUFFERED or not self._home.pause:
            self._wake()
        elif self._gathering is None:
            self._gathering = self._loop.call_later(self._home.pause, self._wake)

    def connection_lost(self, reason: Exception | None) -> None:
        self._home.forget(self)
        self._set_timer(None, self._look)
        if self._status and self._until_closed and reason is None:
            self._whole = True
        if self._lost is None:
            said = str(reason) if reason else "The server closed the connection."
            self._lost = httpx2.ReadError(said) if reason else httpx2.RemoteProtocolError(said)
        self._wake()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._headers = []
            return
        self._status = status
        sized = {name.lower() for name, _ in self._headers} & {b"content-length", b"transfer-encoding"}
        self._until_closed = not sized and status not in (204, 304)

    def on_body(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._buffered += len(piece)

    def on_message_complete(self) -> None:
        self._whole = self._status > 0
        self._stays_open = not self._until_closed and bool(self._parser.should_keep_alive())


def _head(request: httpx2.Request) -> list[bytes]:
    target = request.url.raw_path
    lines = [b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), target)]
    lines += [b"%s: %s\r\n" % pair for pair in request.headers.raw]
    return [*lines, b"\r\n"]
