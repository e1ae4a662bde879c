"""What happens in a turn, as it happens: a closed union of events, and the log that readers follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.conf import settings

JSON = Any
HEARTBEAT = 15.0
KEPT_AFTER_END = 300.0


@dataclass(frozen=True, slots=True)
class TurnStarted:
    name: ClassVar[str] = "turn.started"
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class MemoryRecalled:
    """`memories` are what the model was reminded of, as references (see `chat.recalled.Reference`)."""

    name: ClassVar[str] = "memory.recalled"
    memories: Sequence[Mapping[str, JSON]]


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
    TurnStarted | MemoryRecalled | TextDelta | TextReset | ToolCalled | ToolAnswered
    | ApprovalRequired | TurnDone | TurnFailed | TurnStopped
)  # fmt: skip
LAST = frozenset({TurnDone.name, TurnFailed.name, TurnStopped.name})


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it stands in the log; ids of one turn grow, and only the log can read them."""

    id: str
    name: str
    data: Mapping[str, JSON]

    @property
    def is_last(self) -> bool:
        return self.name in LAST


class Superseded(Exception):
    """Another run of the turn has begun to write its log."""


class EventLog(Protocol):
    def expect(self, turn_id: UUID) -> None:
        """A run of the turn is about to begin here: a reader who comes before it may wait for its events."""

    def expect_no_more(self, turn_id: UUID) -> None:
        """The run that was expected is over, or there was nothing to run."""

    async def append(self, turn_id: UUID, events: Sequence[TurnEvent], *, writer: str) -> bool:
        """Adds events and wakes every reader. An event after a last one begins the turn's log anew.

        False when they were not added, because the log cannot be reached or has lost what came before: the
        writer should begin it again. `turn.started` first makes this `writer` the one who may write from
        now on. Raises Superseded for any other.
        """

    def follow(self, turn_id: UUID, *, after: str = "") -> AsyncIterator[Sequence[Logged]]:
        """Events behind the id `after`, as they come, up to the last one; all of them for an unknown id.

        An empty batch says that `HEARTBEAT` seconds were silent. Ends at once when the log knows nothing of
        the turn, or nothing more will come: its reader then takes the turn from the database.
        """


def as_json(event: TurnEvent) -> dict[str, JSON]:
    # `dataclasses.asdict` copies all there is, deep down, for each of hundreds of pieces a second.
    data = {name: getattr(event, name) for name in event.__slots__}
    if "tool" in data:
        data["name"] = data.pop("tool")
    return data


@cache
def event_log() -> EventLog:
    """Redis Streams when REDIS_URL is set, so that any process can follow any turn; else this process."""
    if settings.REDIS_URL:
        from chat.events_redis import RedisEventLog

        return RedisEventLog(settings.REDIS_URL)
    from chat.events_local import LocalEventLog

    return LocalEventLog()
