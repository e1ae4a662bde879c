"""What a run tells its readers: in order, a few times a second, and without ever making the turn wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import structlog

from chat.events import EventLog, Superseded, TextDelta, TextReset, TurnEvent, TurnStarted

logger = structlog.get_logger(__name__)

# Text that comes faster is told together: a page shows no more than so many pictures a second either.
PACE_SECONDS = 0.03
# Telling is most of what a stream costs. With many of them each is told less often, as late as nobody minds.
TOLD_A_SECOND = 5000
RETRY_SECONDS = 0.5
LAST_TRIES_SECONDS = 30.0

_open: set[asyncio.Task[None]] = set()


class Outbox:
    """Takes the events of one run, and appends them to the log in a task of its own.

    A log that is away delays nothing; when it is back, or has lost what it had, it is told the whole text
    again. `still_mine` says whether this run still holds the turn, when another one has begun to write.
    """

    def __init__(self, log: EventLog, turn_id: UUID, *, still_mine: Callable[[], Awaitable[bool]]) -> None:
        self._log = log
        self._turn_id = turn_id
        self._still_mine = still_mine
        self._writer = uuid4().hex
        self._pending: list[TurnEvent] = []
        self._started: TurnStarted | None = None
        self._text = ""
        self._due = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._sent_at = 0.0
        self._tried_again = False
        self._closed_at: float | None = None
        self._sending = asyncio.create_task(self._send())
        _open.add(self._sending)
        self._sending.add_done_callback(_open.discard)

    def put(self, event: TurnEvent) -> None:
        match event:
            case TurnStarted():
                self._started = event
            case TextReset(text):
                self._text = text
            case TextDelta(text):
                self._text += text
        last = self._pending[-1] if self._pending else None
        if isinstance(event, TextDelta) and isinstance(last, TextDelta):
            self._pending[-1] = TextDelta(last.text + event.text)
        else:
            self._pending.append(event)
        if not isinstance(event, TextDelta):
            self._due.set()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            pace = max(PACE_SECONDS, len(_open) / TOLD_A_SECOND)
            self._timer = loop.call_at(max(loop.time(), self._sent_at + pace), self._due.set)

    async def close(self, within: float) -> None:
        """Waits so long for all to be told; what is not by then goes on being tried for half a minute."""
        self._closed_at = asyncio.get_running_loop().time()
        self._due.set()
        await asyncio.wait({self._sending}, timeout=within)

    def abandon(self) -> None:
        """Tells nothing more."""
        self._sending.cancel()

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._due.wait()
            self._due.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            batch, self._pending = self._pending, []
            if batch and not await self._append(batch):
                return
            self._sent_at = loop.time()
            if self._closed_at is not None and not self._pending:
                return

    async def _append(self, batch: list[TurnEvent]) -> bool:
        """False when there is nobody to tell any more."""
        try:
            if await self._log.append(self._turn_id, batch, writer=self._writer):
                self._tried_again = False
                return True
        except Superseded:
            if self._closed_at is not None or not await self._still_mine():
                logger.warning("run_superseded", turn_id=str(self._turn_id))
                return False
        now = asyncio.get_running_loop().time()
        if self._closed_at is not None and now - self._closed_at > LAST_TRIES_SECONDS:
            return False
        if self._tried_again:
            await asyncio.sleep(RETRY_SECONDS)
        self._tried_again = True
        self._tell_again(batch)
        return True

    def _tell_again(self, batch: list[TurnEvent]) -> None:
        others = [
            each
            for each in [*batch, *self._pending]
            if not isinstance(each, TurnStarted | TextDelta | TextReset)
        ]
        begin: list[TurnEvent] = [self._started] if self._started else []
        self._pending = [*begin, TextReset(self._text), *others]
        self._due.set()
