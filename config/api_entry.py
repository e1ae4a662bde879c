"""The one entry of the REST API: a request is one hop to a thread, where Django answers it whole.

Django's ASGI handler crosses between threads for every synchronous middleware and view, and opens a database
connection for each request; here a few threads keep theirs. A stream begins in one of them, and goes on in
the event loop alone. The chat's views that wait, and pages, go on to Django's ASGI handler.
"""

from __future__ import annotations

import asyncio
import io
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, suppress
from functools import lru_cache
from queue import SimpleQueue
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.db import connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponseBadRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver, set_script_prefix
from django.utils.module_loading import import_string

from accounts.rest.views import ApiView

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
View = Callable[..., Any]

PREFIX = "/api/"
THREADS = 4
STREAM_THREADS = 2
STALLED_SECONDS = 30.0
KEPT_SECONDS = 60.0
UNCHECKED_SECONDS = 1.0
PATIENCE_SECONDS = 0.5

_thread = threading.local()


class ApiEntry:
    """Answers requests under /api/ and leaves all others to `app`."""

    def __init__(self, app: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self.app = app
        self._handler = ApiHandler()
        self._threads = Threads(THREADS)
        self._streams = Streams(STREAM_THREADS)
        self._free = asyncio.Semaphore(THREADS)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._handler.takes(scope):
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            return
        asked = time.monotonic()
        async with self._free:
            # Under load a caller may have given up while it waited for its turn.
            if time.monotonic() - asked > PATIENCE_SECONDS and await _has_left(receive):
                return
            response: HttpResponseBase = await self._threads.run(self._handler.answer, scope, body)
        await send(_start(response))
        if isinstance(response, StreamingHttpResponse) and response.is_async:
            await _send_events(response, receive, send)
        elif response.streaming:
            await self._streams.send(response, receive, send)
        else:
            content: bytes = response.content  # type: ignore[attr-defined]
            await send({"type": "http.response.body", "body": content})


class Streams:
    """Sends answers that are made piece by piece; a slow or lost reader costs the API's own threads nothing.

    One who takes no piece for `patience` seconds is given up.
    """

    def __init__(self, count: int, patience: float = STALLED_SECONDS) -> None:
        self._patience = patience
        self._threads = ThreadPoolExecutor(count, "api-stream")

    async def send(self, response: HttpResponseBase, receive: Receive, send: Send) -> None:
        """Leaves the answer unfinished, which ends its connection, when the reader is given up."""
        loop, left = asyncio.get_running_loop(), threading.Event()

        def run() -> bool:
            pieces: Iterator[bytes] = iter(response)
            try:
                for piece in pieces:
                    if left.is_set():
                        break
                    message = {"type": "http.response.body", "body": piece, "more_body": True}
                    if not self._is_taken(asyncio.run_coroutine_threadsafe(_forward(send, message), loop)):
                        return False
            finally:
                response.close()
                connections.close_all()
            return True

        watching = asyncio.create_task(_left(receive, left))
        try:
            if await loop.run_in_executor(self._threads, run):
                await send({"type": "http.response.body", "body": b""})
        finally:
            left.set()
            watching.cancel()

    def _is_taken(self, sending: Future[None]) -> bool:
        try:
            sending.result(self._patience)
        except TimeoutError:
            sending.cancel()
            return False
        return True


class Threads:
    """A few threads that keep what they opened; an executor's futures would cost twice as much."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._started = False
        self._asked: SimpleQueue[tuple[asyncio.Future[Any], View, tuple[Any, ...]]] = SimpleQueue()

    async def run(self, function: View, *args: Any) -> Any:
        """What the function returns or raises. It runs to its end also when the caller is cancelled."""
        if not self._started:
            self._started = True
            for number in range(self._count):
                threading.Thread(target=self._work, name=f"api-{number}", daemon=True).start()
        answer = asyncio.get_running_loop().create_future()
        self._asked.put((answer, function, args))
        return await answer

    def _work(self) -> None:
        _thread.keeps_connection, _thread.checked_at = True, 0.0
        while True:
            answer, function, args = self._asked.get()
            settle: tuple[Any, ...]
            try:
                settle = _settle, answer.set_result, answer, function(*args)
            except BaseException as error:
                settle = _settle, answer.set_exception, answer, error
            # A loop that is closed has nobody left who waits.
            with suppress(RuntimeError):
                answer.get_loop().call_soon_threadsafe(*settle)
            # Nothing of a request may live on until the next one.
            del answer, function, args, settle


class ApiHandler(BaseHandler):
    """Django's own handling of a request with API_MIDDLEWARE, without a change of threads in between."""

    def __init__(self) -> None:
        self.load_middleware()
        self._others = [
            (
                re.compile(pattern),
                {method.upper() for method in sync_views(view)},
                {method.upper() for method in stream_views(view)},
            )
            for pattern, view in _other_views()
        ]

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[View] = []
        self._template_response_middleware: list[View] = []
        self._exception_middleware: list[View] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for path in reversed(settings.API_MIDDLEWARE):
            middleware = import_string(path)(handler)
            if hasattr(middleware, "process_view"):
                self._view_middleware.insert(0, middleware.process_view)
            if hasattr(middleware, "process_exception"):
                self._exception_middleware.append(middleware.process_exception)
            handler = convert_exception_to_response(middleware)
        self._middleware_chain = handler

    def takes(self, scope: Message) -> bool:
        """Whether the request is for a view of the API that answers, or begins to stream, at once."""
        path, method = scope["path"], scope["method"]
        return path.startswith(PREFIX) and not any(
            method not in methods
            and pattern.match(path, len(PREFIX))
            and not (method in streams and _asks_for_stream(scope))
            for pattern, methods, streams in self._others
        )

    def answer(self, scope: Message, body: bytes) -> HttpResponseBase:
        """Runs in one of the threads. The response is closed, unless it streams."""
        set_script_prefix("/")
        _prepare_connection()
        try:
            request = ASGIRequest(scope, io.BytesIO(body))
        except UnicodeDecodeError:
            return HttpResponseBadRequest()
        # Sent in chunks it has none, and would count as empty.
        request.META["CONTENT_LENGTH"] = str(len(body))
        response = self.get_response(request)
        if not response.streaming:
            _close(response)
        # One that may not be kept goes back to the pool now: until the next request others would lack it.
        connections["default"].close_if_unusable_or_obsolete()
        return response

    def resolve_request(self, request: HttpRequest) -> Any:
        match = request.resolver_match = _match(get_resolver(), request.path_info)
        method = str(request.method).lower()
        # What only streams is not taken for a request that does not ask for a stream.
        sync_view = sync_views(match.func).get(method) or stream_views(match.func).get(method)
        return (sync_view or match.func, match.args, match.kwargs)


@lru_cache(maxsize=512)
def _match(resolver: URLResolver, path: str) -> ResolverMatch:
    return resolver.resolve(path)


def sync_views(view: View) -> dict[str, View]:
    """What an async view names for the methods that do not wait: `view.sync_views = {"get": …}`."""
    return getattr(view, "sync_views", {})


def stream_views(view: View) -> dict[str, View]:
    """The same for callers who ask for `text/event-stream`."""
    return getattr(view, "stream_views", {})


def _asks_for_stream(scope: Message) -> bool:
    return any(name == b"accept" and b"text/event-stream" in value for name, value in scope["headers"])


def _other_views() -> Iterator[tuple[str, View]]:
    """The addresses under /api/ that wait, stream or are pages."""
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and str(resolver.pattern) == PREFIX.lstrip("/"):
            for pattern in resolver.url_patterns:
                view: Any = pattern.callback if isinstance(pattern, URLPattern) else None
                answers = issubclass(getattr(view, "cls", object), ApiView) and not iscoroutinefunction(view)
                if view is not None and not answers:
                    yield str(pattern.pattern).removeprefix("^"), view


def _settle(settle: Callable[[Any], None], answer: asyncio.Future[Any], value: Any) -> None:
    if not answer.done():
        settle(value)


def _age_connection(sender: Any, connection: Any, **more: Any) -> None:
    # Only as many as leave the pool room for everything else.
    if getattr(_thread, "keeps_connection", False) and _pool_has_room(connection):
        connection.close_at = time.monotonic() + KEPT_SECONDS


def _pool_has_room(connection: Any) -> bool:
    return connection.vendor == "sqlite" or not settings.DATABASE_POOL or settings.DATABASE_POOL > 2 * THREADS


def _prepare_connection() -> None:
    # Instead of Django's signals, which go round everything that ever listened to a request.
    connection: Any = connections["default"]
    connection.close_if_unusable_or_obsolete()
    # A kept connection is asked whether it is alive once a second, and after an error; not for each request.
    now = time.monotonic()
    if now - _thread.checked_at > UNCHECKED_SECONDS:
        _thread.checked_at = now
    else:
        connection.health_check_done = True


def _close(response: Any) -> None:
    # What `response.close()` does but for its signal.
    for closer in response._resource_closers:
        closer()
    response._resource_closers.clear()
    response.closed = True


connection_created.connect(_age_connection)


async def _read(receive: Receive) -> bytes | None:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def _has_left(receive: Receive) -> bool:
    listening = asyncio.ensure_future(receive())
    await asyncio.sleep(0)
    if listening.done():
        return bool(listening.result()["type"] == "http.disconnect")
    listening.cancel()
    return False


async def _left(receive: Receive, left: threading.Event) -> None:
    await _gone(receive)
    left.set()


async def _send_events(response: StreamingHttpResponse, receive: Receive, send: Send) -> None:
    """Sends an answer that waits for its pieces, until it ends or its reader leaves."""
    sending = asyncio.create_task(_send_pieces(response, send))
    leaving = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending


async def _send_pieces(response: StreamingHttpResponse, send: Send) -> None:
    pieces: Any = response._iterator  # type: ignore[attr-defined]
    async with aclosing(pieces):
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _forward(send: Send, message: Message) -> None:
    await send(message)


def _start(response: HttpResponseBase) -> Message:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    headers += [
        (b"Set-Cookie", cookie.output(header="").strip().encode("ascii"))
        for cookie in response.cookies.values()
    ]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}
