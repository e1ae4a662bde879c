"""The ASGI entry: `uvicorn config.asgi:application`."""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.env import SettingError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


class BodyLimit:
    """Answers 413 to a body over `limit` bytes, before Django spools it to disk."""

    def __init__(self, app: Application, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._declared(scope) > self.limit:
            await self._refuse(send)
            return
        received = 0
        too_large = started = False

        async def counted_receive() -> Message:
            nonlocal received, too_large
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self.limit:
                    too_large = True
                    return {"type": "http.disconnect"}
            return message

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        await self.app(scope, counted_receive, watched_send)
        if too_large and not started:
            await self._refuse(send)

    @staticmethod
    def _declared(scope: Message) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() else 0
        return 0

    async def _refuse(self, send: Send) -> None:
        body = {
            "type": "about:blank",
            "title": "Content Too Large",
            "status": 413,
            "detail": f"The request is larger than the {self.limit} bytes that this server accepts.",
            "code": "too_large",
            "errors": {},
            "request_id": "",
        }
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


class Liveness:
    """Answers /health before Django: whether the process lives is nobody else's business."""

    PATHS = ("/health", "/health/")
    BODY = b'{"status":"ok"}'
    HEADERS = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(BODY)).encode()),
        (b"cache-control", b"no-store"),
    ]

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self.PATHS or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": self.HEADERS})
        await send({"type": "http.response.body", "body": self.BODY})


class TurnWorker:
    """Runs this process's share of the turns from the server's start to its end (ASGI lifespan)."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        from django.db import DatabaseError

        from chat.sole_worker import SecondWorker, hold_alone
        from chat.worker import worker

        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                alone = False
                try:
                    # A database that is away may come up later than this process.
                    with suppress(DatabaseError):
                        alone = await asyncio.to_thread(hold_alone)
                except SecondWorker as error:
                    # Whatever the server does with its own log.
                    sys.stderr.write(f"Tasklore cannot start: {error}\n")
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                worker().sweep(alone=alone)
            else:
                await asyncio.to_thread(worker().close)
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


# A loop that relays hundreds of streams waits this long for each thread that computes; 5 ms, Python's own,
# are more than most of its work takes. The gain was not to be told from noise (see results/streams.md).
SWITCH_SECONDS = 0.001
# A request makes some thousands of objects, nearly all of which go by themselves: Python's own 700 look for
# cycles several times in each, and hundreds of open streams make every look longer.
COLLECTED_AFTER = (10_000, 20, 20)


def _application() -> Application:
    sys.setswitchinterval(SWITCH_SECONDS)
    from django.core.asgi import get_asgi_application

    app = get_asgi_application()

    from django.conf import settings

    from config.api_entry import ApiEntry

    whole = Liveness(TurnWorker(BodyLimit(ApiEntry(app), settings.MAX_REQUEST_BYTES)))
    gc.set_threshold(*COLLECTED_AFTER)
    # What was loaded stays for good, and need not be looked at again.
    gc.collect()
    gc.freeze()
    return whole


try:
    application = _application()
except SettingError as error:
    sys.exit(f"Tasklore cannot start: {error}")
