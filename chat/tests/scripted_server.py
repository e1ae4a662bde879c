"""A model server for tests: real HTTP, the true wire format, and everything it was sent kept.

From a test: `with ScriptedServer() as server: server.play([text("Hello"), error(500)])`, or the
`scripted_server` fixture. As a program, for browser tests:
`python -m chat.tests.scripted_server --port 8123 --script story`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

import pytest

from chat.tests import scripts
from chat.tests.replies import CUT, HANG, Pause, Piece, Reply, error, text

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Script = Callable[[dict[str, Any]], Reply]


@dataclass(slots=True)
class _State:
    requests: list[Received] = field(default_factory=list)
    script: Script | None = None
    queue: list[Reply] = field(default_factory=list)
    hung_up: int = 0
    streaming: int = 0
    connections: int = 0


class ScriptedServer:
    """Serves in a thread of its own until `close`.

    `requests` are the chat requests in the order they came, `others` the rest. `hung_up` counts
    the clients that left in the middle of a reply, `connections` the connections accepted.
    """

    models: Sequence[str] = ("scripted",)

    def __init__(self, port: int = 0, *, key: str = "", host: str = "127.0.0.1") -> None:
        self.key = key
        self.others: list[Received] = []
        self.embeddings = True
        self._state = _State()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        started: threading.Event = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(host, port, started), daemon=True)
        self._thread.start()
        started.wait()
        if self._failure is not None:
            raise self._failure
        self.base_url = f"http://{host}:{self.port}/v1"

    _failure: OSError | None = None
    port: int = 0

    def play(self, replies: Sequence[Reply]) -> None:
        """Answers the next chat requests with these, one each; one more is answered with a 400."""
        self._state = _State(queue=list(replies))
        self.others = []

    def perform(self, script: str | Script) -> None:
        """Answers every chat request by a script: a name of `scripts.SCRIPTS`, or a function."""
        chosen = scripts.SCRIPTS[script]() if isinstance(script, str) else script
        self._state = _State(script=chosen)
        self.others = []

    @property
    def requests(self) -> list[Received]:
        return self._state.requests

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [request.body for request in self._state.requests]

    @property
    def hung_up(self) -> int:
        return self._state.hung_up

    @property
    def streaming(self) -> int:
        """Replies that are being sent right now."""
        return self._state.streaming

    @property
    def connections(self) -> int:
        return self._state.connections

    def wait_until(self, is_so: Callable[[ScriptedServer], bool], timeout: float = 10.0) -> bool:
        """Waits for something to happen here; false when it did not within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: is_so(self), timeout)

    def close(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, host: str, port: int, started: threading.Event) -> None:
        try:
            self._loop.run_until_complete(self._serve(host, port, started))
        finally:
            self._loop.close()

    async def _serve(self, host: str, port: int, started: threading.Event) -> None:
        self._stop = asyncio.Event()
        try:
            server = await asyncio.start_server(self._accept, host, port, backlog=1024)
        except OSError as failure:
            self._failure = failure
            started.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._change("connections", 1)
        try:
            while (request := await _read(reader)) is not None:
                if not await self._answer(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    async def _answer(
        self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        reply = self._reply_to(request)
        self._change("streaming", 1)
        sending = asyncio.ensure_future(_send(reply, request.body, writer))
        leaving = asyncio.ensure_future(_closed(reader))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and not sending.cancelled() and sending.exception() is None:
                return sending.result()
            self._change("hung_up", 1)
            return False
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            self._change("streaming", -1)

    def _reply_to(self, request: Received) -> Reply:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            said = request.headers.get("authorization", "").removeprefix("Bearer ")
            return error(401, f"Incorrect API key provided: {said}.", code="invalid_api_key")
        if request.path != "/v1/chat/completions":
            self.others.append(request)
            return self._other(request)
        state = self._state
        with self._changed:
            state.requests.append(request)
            self._changed.notify_all()
        if state.script is not None:
            return state.script(request.body)
        if state.queue:
            return state.queue.pop(0)
        return error(400, "The script has no more replies.")

    def _other(self, request: Received) -> Reply:
        if request.path == "/v1/models":
            listed = [{"id": name, "object": "model", "owned_by": "tests"} for name in self.models]
            return _document({"object": "list", "data": listed})
        if request.path == "/v1/embeddings" and self.embeddings:
            given = request.body.get("input", "")
            texts = [given] if isinstance(given, str) else given
            vectors = [
                {"object": "embedding", "index": index, "embedding": [float(len(one)), 1.0, 0.0]}
                for index, one in enumerate(texts)
            ]
            return _document({"object": "list", "data": vectors, "model": request.body.get("model")})
        return error(404, f"There is nothing at {request.path}.")

    def _change(self, name: str, by: int) -> None:
        with self._changed:
            setattr(self._state, name, getattr(self._state, name) + by)
            self._changed.notify_all()


def _document(value: dict[str, Any]) -> Reply:
    return replace(text(), status=200, document=json.dumps(value).encode())


async def _read(reader: asyncio.StreamReader) -> Received | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    raw = await reader.readexactly(length) if length else b""
    return Received(method, path, headers, json.loads(raw) if raw else {})


async def _closed(reader: asyncio.StreamReader) -> None:
    # A client sends nothing while it reads a reply, so the only thing to come is its leaving.
    while not reader.at_eof():
        await reader._wait_for_data("closed")  # type: ignore[attr-defined]


async def _send(reply: Reply, body: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
    pieces = reply.pieces(body)
    streamed = reply.streams(body)
    if pieces and pieces[0] is HANG and not reply.hangs_after_headers:
        await asyncio.Event().wait()
    headers = {"Content-Type": reply.content_type(body), **reply.headers}
    if streamed:
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(sum(len(piece) for piece in pieces if isinstance(piece, bytes)))
    lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Error')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    for piece in pieces:
        if not await _send_piece(piece, streamed, writer):
            return False
    if streamed:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


async def _send_piece(piece: Piece, streamed: bool, writer: asyncio.StreamWriter) -> bool:
    if piece is CUT:
        await writer.drain()
        writer.transport.abort()
        return False
    if piece is HANG:
        await writer.drain()
        await asyncio.Event().wait()
    elif isinstance(piece, Pause):
        await writer.drain()
        await asyncio.sleep(piece.seconds)
    elif isinstance(piece, bytes) and piece:
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if streamed else piece)
        await writer.drain()
    return True


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    """A server that plays what the test tells it to. Import it into the test module or conftest."""
    with ScriptedServer() as server:
        yield server


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves a scripted model for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", choices=sorted(scripts.SCRIPTS), default="story")
    parser.add_argument("--key", default="", help="answer 401 to any other key")
    options = parser.parse_args()
    server = ScriptedServer(options.port, key=options.key)
    server.perform(options.script)
    print(f"OPENAI_BASE_URL={server.base_url}", flush=True)  # noqa: T201
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.close()


if __name__ == "__main__":
    main()
