"""The event log that several processes share: one Redis stream a turn, which expires by itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
import structlog

from chat import events
from chat.events import LAST, Logged, TurnEvent, TurnStarted, as_json

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = structlog.get_logger(__name__)

KEPT_WHILE_OPEN = 24 * 3600
MAX_EVENTS = 20_000
_EVENT_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")


class RedisEventLog:
    """Redis being away never fails a turn: its readers then take what happened from the database."""

    def __init__(self, url: str) -> None:
        self._url = url
        # A connection belongs to the event loop that opened it; turns and requests have different ones.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()

    async def append(self, turn_id: UUID, event: TurnEvent) -> None:
        key, last = _key(turn_id), event.name in LAST
        fields: dict[Any, Any] = {"name": event.name, "data": orjson.dumps(as_json(event))}
        try:
            if isinstance(event, TurnStarted):
                await self._drop_ended(key)
            async with self._client().pipeline(transaction=False) as pipe:
                pipe.xadd(key, fields, maxlen=MAX_EVENTS, approximate=True)
                pipe.expire(key, int(events.KEPT_AFTER_END) if last else KEPT_WHILE_OPEN)
                await pipe.execute()
        except _redis_errors():
            logger.warning("event_log_unavailable", exc_info=True)

    async def follow(self, turn_id: UUID, *, after: str = "") -> AsyncIterator[Logged | None]:
        key = _key(turn_id)
        seen = after if _EVENT_ID.fullmatch(after) else "0-0"
        try:
            while True:
                fresh = await self._read(key, seen)
                for logged in fresh:
                    seen = logged.id
                    yield logged
                newest = fresh[-1] if fresh else await self._newest(key)
                if newest is None or newest.is_last:
                    return
                if not fresh:
                    yield None
        except _redis_errors():
            logger.warning("event_log_unavailable", exc_info=True)

    async def _read(self, key: str, seen: str) -> list[Logged]:
        newest = await self._newest(key)
        if newest is None or (newest.is_last and _order(newest.id) <= _order(seen)):
            return []
        reply: Any = await self._client().xread({key: seen}, count=500, block=int(events.HEARTBEAT * 1000))
        return [_logged(entry) for _, entries in reply or () for entry in entries]

    async def _newest(self, key: str) -> Logged | None:
        entries = await self._client().xrevrange(key, count=1)
        return _logged(entries[0]) if entries else None

    async def _drop_ended(self, key: str) -> None:
        newest = await self._newest(key)
        if newest is not None and newest.is_last:
            # Emptied, not deleted: new ids must follow those that a reader has seen, in this millisecond too.
            await self._client().xtrim(key, maxlen=0, approximate=False)

    def _client(self) -> Redis:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            from redis.asyncio import Redis

            timeout = events.HEARTBEAT + 5
            client = Redis.from_url(self._url, socket_timeout=timeout, socket_connect_timeout=2)
            self._clients[loop] = client
        return client


def _key(turn_id: UUID) -> str:
    return f"tasklore:turn:{turn_id}"


def _order(event_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = event_id.partition("-")
    return int(milliseconds), int(sequence)


def _logged(entry: Any) -> Logged:
    entry_id, fields = entry
    return Logged(entry_id.decode(), fields[b"name"].decode(), orjson.loads(fields[b"data"]))


def _redis_errors() -> tuple[type[Exception], ...]:
    from redis.exceptions import RedisError

    return RedisError, OSError
