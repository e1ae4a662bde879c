"""The event log that several processes share: one Redis stream a turn, which expires by itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
import structlog

from chat import events
from chat.events import LAST, Logged, Superseded, TurnEvent, TurnStarted, as_json
from chat.events_local import LocalEventLog

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = structlog.get_logger(__name__)

KEPT_WHILE_OPEN = 24 * 3600
MAX_EVENTS = 20_000
WRITE_SECONDS = 2.0
LOOK_SECONDS = 3.0
_EVENT_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")
_LOST, _SUPERSEDED = 0, -1
# One of those; or the ids of what was added, behind how many events there were before it: -1 if it is not a
# run's first.
Outcome = int | list[Any]
# A log that ended is emptied by a new beginning, not deleted: new ids must follow those that a reader has
# seen, in this millisecond too. A beginning is told apart from an event whose stream Redis has lost.
_ENDED = " or ".join(f"newest[2][2] == '{name}'" for name in sorted(LAST))
_APPEND = f"""
local stream, writer = KEYS[1], KEYS[2]
local told = {{-1}}
if ARGV[2] == '1' then
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if newest and ({_ENDED}) then redis.call('XTRIM', stream, 'MAXLEN', 0) end
  told[1] = redis.call('XLEN', stream)
elseif redis.call('EXISTS', stream, writer) < 2 then
  return 0
elseif redis.call('GET', writer) ~= ARGV[1] then
  return -1
end
for at = 5, #ARGV, 2 do
  told[#told + 1] = redis.call(
    'XADD', stream, 'MAXLEN', '~', ARGV[4], '*', 'name', ARGV[at], 'data', ARGV[at + 1])
end
redis.call('SET', writer, ARGV[1], 'EX', ARGV[3])
redis.call('EXPIRE', stream, ARGV[3])
return told
"""


class RedisEventLog:
    """Redis being away never fails a turn: its readers then take what happened from the database.

    A reader in the process that runs the turn is told here, once Redis has the events, and asks it nothing.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        # A connection belongs to the event loop that opened it; turns and requests have different ones.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()
        self._writers: WeakKeyDictionary[asyncio.AbstractEventLoop, _Writer] = WeakKeyDictionary()
        self._here = LocalEventLog(keeps=False)

    def expect(self, turn_id: UUID) -> None:
        self._here.expect(turn_id)

    def expect_no_more(self, turn_id: UUID) -> None:
        self._here.expect_no_more(turn_id)

    async def append(self, turn_id: UUID, events: Sequence[TurnEvent], *, writer: str) -> bool:
        loop = asyncio.get_running_loop()
        here = self._writers.get(loop)
        if here is None:
            here = self._writers[loop] = _Writer(self._url)
        outcome = await here.append(_key(turn_id), events, writer)
        if isinstance(outcome, int):
            self._here.give_up(turn_id)
            if outcome == _SUPERSEDED:
                raise Superseded
            return False
        before, *ids = outcome
        told = [
            Logged(each_id.decode(), event.name, as_json(event))
            for each_id, event in zip(ids, events, strict=True)
        ]
        self._here.take(turn_id, told, whole=before == 0)
        return True

    async def follow(self, turn_id: UUID, *, after: str = "") -> AsyncIterator[Sequence[Logged]]:
        here = self._here.follow(turn_id, after=after)
        async with aclosing(here) as told_here:  # type: ignore[type-var]
            async for batch in told_here:
                yield batch
                if batch:
                    after = batch[-1].id
                    if batch[-1].is_last:
                        return
        async with aclosing(self._follow_redis(turn_id, after)) as told:
            async for batch in told:
                yield batch

    async def _follow_redis(self, turn_id: UUID, after: str) -> AsyncGenerator[Sequence[Logged]]:
        key = _key(turn_id)
        seen = after if _EVENT_ID.fullmatch(after) else "0-0"
        try:
            newest, silent = await self._newest(key), 0.0
            while newest is not None and not (newest.is_last and _order(newest.id) <= _order(seen)):
                patience = min(LOOK_SECONDS, events.HEARTBEAT)
                fresh = await self._read(key, seen, patience)
                if fresh:
                    newest, silent = fresh[-1], 0.0
                    seen = newest.id
                    yield fresh
                    continue
                # A stream that Redis has lost stays silent for ever.
                newest, silent = await self._newest(key), silent + patience
                if silent >= events.HEARTBEAT:
                    silent = 0.0
                    yield ()
        except _redis_errors():
            logger.warning("event_log_unavailable", exc_info=True)

    async def _read(self, key: str, seen: str, patience: float) -> list[Logged]:
        reply: Any = await self._client().xread({key: seen}, count=500, block=int(patience * 1000))
        return [_logged(entry) for _, entries in reply or () for entry in entries]

    async def _newest(self, key: str) -> Logged | None:
        entries = await self._client().xrevrange(key, count=1)
        return _logged(entries[0]) if entries else None

    def _client(self) -> Redis:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = _client(self._url, LOOK_SECONDS + 5)
        return client


@dataclass(slots=True)
class _Waiting:
    arguments: list[Any]
    outcome: asyncio.Future[Outcome] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class _Writer:
    """Writes for all turns of an event loop over one connection: what comes meanwhile goes together."""

    def __init__(self, url: str) -> None:
        self._client = _client(url, WRITE_SECONDS)
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._sha = ""

    async def append(self, key: str, told: Sequence[TurnEvent], writer: str) -> Outcome:
        begins = "1" if isinstance(told[0], TurnStarted) else ""
        kept = int(events.KEPT_AFTER_END) if told[-1].name in LAST else KEPT_WHILE_OPEN
        fields = [part for each in told for part in (each.name, orjson.dumps(as_json(each)))]
        waiting = _Waiting([2, key, f"{key}:writer", writer, begins, kept, MAX_EVENTS, *fields])
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await waiting.outcome

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                outcomes: list[Outcome] = await self._sent(batch)
            except _redis_errors():
                # Whether they arrived is not known; told again, they do no harm.
                logger.warning("event_log_unavailable", exc_info=True)
                outcomes = [_LOST] * len(batch)
            for waiting, outcome in zip(batch, outcomes, strict=True):
                if not waiting.outcome.done():
                    waiting.outcome.set_result(outcome)

    async def _sent(self, batch: list[_Waiting]) -> list[Outcome]:
        from redis.exceptions import NoScriptError

        try:
            return await self._run(batch)
        except NoScriptError:
            # A Redis that was restarted or flushed has forgotten it; then none of the batch was run.
            self._sha = ""
            return await self._run(batch)

    async def _run(self, batch: list[_Waiting]) -> list[Outcome]:
        if not self._sha:
            self._sha = await self._client.script_load(_APPEND)
        async with self._client.pipeline(transaction=False) as pipe:
            for waiting in batch:
                pipe.evalsha(self._sha, *waiting.arguments)
            return list(await pipe.execute())


def _client(url: str, timeout: float) -> Redis:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    # One connection attempt each: whoever asks knows better when to ask again.
    return Redis.from_url(
        url, socket_timeout=timeout, socket_connect_timeout=WRITE_SECONDS, retry=Retry(NoBackoff(), 0)
    )


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
