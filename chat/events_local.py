"""The event log of a single process."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chat import events
from chat.events import Logged, Superseded, TurnEvent, TurnStarted, as_json


class LocalEventLog:
    """Events in memory; readers may live on other event loops than the turn.

    Unless it `keeps` them, those of a run go with its end: another log has them, and this one but tells
    readers in the same process.
    """

    def __init__(self, *, keeps: bool = True) -> None:
        self._keeps = keeps
        # Sequence numbers start again with the process; the epoch tells a reader's old ones apart.
        self._epoch = f"{time.time_ns():x}"
        self._turns: dict[UUID, _TurnLog] = {}
        self._lock = threading.Lock()

    def expect(self, turn_id: UUID) -> None:
        key = UUID(str(turn_id))
        with self._lock:
            log = self._turns.setdefault(key, _TurnLog())
            log.expected += 1

    def expect_no_more(self, turn_id: UUID) -> None:
        key = UUID(str(turn_id))
        with self._lock:
            log = self._turns.get(key)
            if log is None:
                return
            log.expected -= 1
            readers = list(log.readers)
            if not log.expected and not (log.count and self._keeps):
                log.is_over = True
                del self._turns[key]
        for reader in readers:
            reader.wake()

    def take(self, turn_id: UUID, told: Sequence[Logged], *, whole: bool) -> None:
        """Events that another log has taken, of a run that is expected here.

        `whole` says, of a run's first events, that nothing came before them.
        """
        with self._lock:
            log = self._turns.get(turn_id)
            if log is None:
                return
            log.is_whole = whole if not log.count else log.is_whole
            for each in told:
                log.add(each)
            readers = list(log.readers)
        for reader in readers:
            reader.wake()

    def give_up(self, turn_id: UUID) -> None:
        """The turn's events can no longer be told from here; its readers end where they are."""
        with self._lock:
            log = self._turns.pop(turn_id, None)
            readers = list(log.readers) if log else []
            if log:
                log.is_over = True
        for reader in readers:
            reader.wake()

    async def append(self, turn_id: UUID, events: Sequence[TurnEvent], *, writer: str) -> bool:
        begins = isinstance(events[0], TurnStarted)
        with self._lock:
            log = self._turns.get(turn_id)
            if not begins and (log is None or not log.count):
                return False
            if log is None:
                log = self._turns[turn_id] = _TurnLog()
            if begins:
                log.writer = writer
            elif log.writer != writer:
                raise Superseded
            for event in events:
                log.add(Logged(f"{self._epoch}-{log.count + 1}", event.name, as_json(event)))
            readers = list(log.readers)
            if log.ended_at is not None:
                self._forget_old()
        for reader in readers:
            reader.wake()
        return True

    async def follow(self, turn_id: UUID, *, after: str = "") -> AsyncIterator[Sequence[Logged]]:
        reader = _Reader(asyncio.get_running_loop(), asyncio.Event())
        heartbeat = _Heartbeat(reader)
        with self._lock:
            log = self._turns.get(turn_id)
            if log is None:
                heartbeat.end()
                return
            log.readers.add(reader)
            seen = log.place_of(after)
            follows = seen > 0
        try:
            while True:
                reader.woken.clear()
                with self._lock:
                    fresh, seen = log.since(seen)
                if fresh:
                    follows = follows or log.is_whole
                    if not follows:
                        # What came before these is in another log.
                        return
                    heartbeat.put_off()
                    yield fresh
                if log.count == seen and not log.goes_on:
                    return
                if fresh:
                    continue
                await reader.woken.wait()
                if heartbeat.is_due():
                    heartbeat.put_off()
                    yield ()
        finally:
            heartbeat.end()
            with self._lock:
                log.readers.discard(reader)

    def _forget_old(self) -> None:
        limit = time.monotonic() - events.KEPT_AFTER_END
        gone = [pk for pk, log in self._turns.items() if log.ended_at and log.ended_at < limit]
        for turn_id in gone:
            del self._turns[turn_id]


@dataclass(slots=True)
class _TurnLog:
    writer: str = ""
    events: list[Logged] = field(default_factory=list)
    dropped: int = 0
    readers: set[_Reader] = field(default_factory=set)
    ended_at: float | None = None
    expected: int = 0
    is_whole: bool = True
    is_over: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether something may still come."""
        return not self.is_over and (self.expected > 0 or (self.count > 0 and self.ended_at is None))

    @property
    def count(self) -> int:
        return self.dropped + len(self.events)

    def add(self, logged: Logged) -> None:
        if self.ended_at is not None:
            # Tried again: a new reader must not meet the old end.
            self.dropped, self.events = self.count, []
        self.events.append(logged)
        self.ended_at = time.monotonic() if logged.is_last else None

    def place_of(self, event_id: str) -> int:
        """How many events there are up to this one; 0 for one that is not here."""
        for place in range(len(self.events), 0, -1):
            if self.events[place - 1].id == event_id:
                return self.dropped + place
        return 0

    def since(self, seen: int) -> tuple[list[Logged], int]:
        return self.events[max(0, seen - self.dropped) :], self.count


@dataclass(eq=False, slots=True)
class _Reader:
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event

    def wake(self) -> None:
        if self.woken.is_set():
            return
        # A reader's loop may close at any moment, and that must not reach the turn.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.woken.set)


class _Heartbeat:
    """Wakes a reader after `HEARTBEAT` seconds of silence; with one timer, and not one for each event."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._heard = reader.loop.time()
        self._timer = reader.loop.call_later(events.HEARTBEAT, self._look)

    def put_off(self) -> None:
        self._heard = self._reader.loop.time()

    def is_due(self) -> bool:
        return self._reader.loop.time() >= self._heard + events.HEARTBEAT

    def end(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        now = self._reader.loop.time()
        left = self._heard + events.HEARTBEAT - now
        self._timer = self._reader.loop.call_later(left if left > 0 else events.HEARTBEAT, self._look)
        if left <= 0:
            self._reader.woken.set()
