"""What happens in a turn, as it happens: a closed union of events, and the log that readers follow."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, ClassVar, Protocol
from uuid import UUID

JSON = Any
KEPT_AFTER_END = 300.0


@dataclass(frozen=True, slots=True)
class TurnStarted:
    name: ClassVar[str] = "turn.started"
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    name: ClassVar[str] = "text.delta"
    text: str


@dataclass(frozen=True, slots=True)
class TextReset:
    """Replaces the text so far; the text since the last reset equals what is stored."""

    name: ClassVar[str] = "text.reset"
    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    name: ClassVar[str] = "tool.call"
    id: str
    tool: str
    arguments: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """`changed` says whether rows changed, so that a page knows to look again."""

    name: ClassVar[str] = "tool.result"
    id: str
    tool: str
    status: str
    result: Mapping[str, JSON]
    changed: bool


@dataclass(frozen=True, slots=True)
class ApprovalRequired:
    """`calls` are the waiting calls: id, name and the exact arguments."""

    name: ClassVar[str] = "approval.required"
    calls: Sequence[Mapping[str, JSON]]


@dataclass(frozen=True, slots=True)
class TurnDone:
    name: ClassVar[str] = "turn.done"
    message: str
    receipts: Sequence[Mapping[str, JSON]]


@dataclass(frozen=True, slots=True)
class TurnFailed:
    name: ClassVar[str] = "turn.failed"
    error: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class TurnStopped:
    name: ClassVar[str] = "turn.stopped"
    message: str
    receipts: Sequence[Mapping[str, JSON]]


TurnEvent = (
    TurnStarted | TextDelta | TextReset | ToolCalled | ToolAnswered
    | ApprovalRequired | TurnDone | TurnFailed | TurnStopped
)  # fmt: skip
LAST = frozenset({TurnDone.name, TurnFailed.name, TurnStopped.name})


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it stands in the log; sequence numbers of a turn start at 1 and have no gaps."""

    sequence: int
    name: str
    data: Mapping[str, JSON]

    @property
    def is_last(self) -> bool:
        return self.name in LAST


class EventLog(Protocol):
    epoch: str

    async def append(self, turn_id: UUID, event: TurnEvent) -> None:
        """Adds an event and wakes every reader. An event after a last one reopens the turn's log."""

    def follow(self, turn_id: UUID, *, after: int = 0) -> AsyncIterator[Logged | None]:
        """Events with a sequence number above `after`, as they come, up to the last one.

        Yields None after each silence of `HEARTBEAT` seconds. Ends at once when the log knows nothing
        of the turn: its reader then takes the turn from the database.
        """


HEARTBEAT = 15.0


def as_json(event: TurnEvent) -> dict[str, JSON]:
    data = asdict(event)
    if "tool" in data:
        data["name"] = data.pop("tool")
    return data


@dataclass(slots=True)
class _TurnLog:
    events: list[Logged] = field(default_factory=list)
    dropped: int = 0
    readers: set[_Reader] = field(default_factory=set)
    ended_at: float | None = None

    def add(self, event: TurnEvent) -> Logged:
        if self.ended_at is not None:
            # Tried again: a new reader must not meet the old end.
            self.dropped += len(self.events)
            self.events, self.ended_at = [], None
        logged = Logged(self.dropped + len(self.events) + 1, event.name, as_json(event))
        self.events.append(logged)
        self.ended_at = time.monotonic() if logged.is_last else None
        return logged

    def since(self, after: int) -> list[Logged]:
        return self.events[max(0, after - self.dropped) :]


@dataclass(eq=False, slots=True)
class _Reader:
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event

    def wake(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.woken.set)


class LocalEventLog:
    """The log of one process; readers may live on other event loops than the turn."""

    def __init__(self) -> None:
        # Sequence numbers start again with the process; the epoch tells a reader's old ones apart.
        self.epoch = f"{time.time_ns():x}"
        self._turns: dict[UUID, _TurnLog] = {}
        self._lock = threading.Lock()

    async def append(self, turn_id: UUID, event: TurnEvent) -> None:
        with self._lock:
            log = self._turns.setdefault(turn_id, _TurnLog())
            logged = log.add(event)
            readers = list(log.readers)
            if logged.is_last:
                self._forget_old()
        for reader in readers:
            reader.wake()

    async def follow(self, turn_id: UUID, *, after: int = 0) -> AsyncIterator[Logged | None]:
        reader = _Reader(asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            log = self._turns.get(turn_id)
            if log is None:
                return
            log.readers.add(reader)
        try:
            while True:
                reader.woken.clear()
                with self._lock:
                    fresh = log.since(after)
                for logged in fresh:
                    yield logged
                    after = logged.sequence
                if fresh and fresh[-1].is_last and log.ended_at is not None:
                    return
                if not fresh and log.ended_at is not None:
                    return
                if not fresh and not await _woken(reader.woken):
                    yield None
        finally:
            with self._lock:
                log.readers.discard(reader)

    def _forget_old(self) -> None:
        limit = time.monotonic() - KEPT_AFTER_END
        gone = [pk for pk, log in self._turns.items() if log.ended_at and log.ended_at < limit]
        for turn_id in gone:
            del self._turns[turn_id]


async def _woken(event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT):
            await event.wait()
    except TimeoutError:
        return False
    return True


def event_id(log: EventLog, logged: Logged) -> str:
    return f"{log.epoch}-{logged.sequence}"


def sequence_after(log: EventLog, last_event_id: str) -> int:
    """Where a reader that has seen `last_event_id` goes on; 0 when that came from another log."""
    epoch, _, sequence = last_event_id.partition("-")
    return int(sequence) if epoch == log.epoch and sequence.isascii() and sequence.isdigit() else 0


@cache
def event_log() -> LocalEventLog:
    """This process's log."""
    return LocalEventLog()
