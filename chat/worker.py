"""Runs turns in the background of this process: one thread with an event loop of its own, so that a
turn outlives the request, the tab and the connection that asked for it."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import structlog
import uvloop
from django.conf import settings
from django.db import DatabaseError

from chat import leases
from chat.afterwards import catch_up, follow_up
from chat.approvals import reject_expired
from chat.database import ahead_in_database, in_database
from chat.events import event_log
from chat.keeping import LeaseKeeper
from chat.rush import Rush
from chat.turn import run_turn

logger = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0
CATCH_UP_EVERY = 30
GIVE_UP_EVERY = 0.5
CLOSE_SECONDS = 8.0
FOLLOW_UP_SECONDS = 2.0


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None] | None = field(default_factory=asyncio.current_task)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Worker:
    """`submit` a committed turn, `stop` one, and `sweep` for those that other processes left behind."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid4().hex[:8]}"
        self._keeper = LeaseKeeper(self.name)
        self._rush = Rush()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        # By the id as text: an address carries it so, a row as a UUID, and both must mean the same turn.
        self._running: dict[str, _Running] = {}
        self._following: set[asyncio.Task[None]] = set()
        self._sweeper: Future[None] | None = None

    def submit(self, turn_id: UUID) -> Future[None]:
        """Starts the turn; the future ends when the turn is finished or parked."""
        event_log().expect(turn_id)
        return asyncio.run_coroutine_threadsafe(self._run(turn_id), self._started())

    def stop(self, turn_id: UUID) -> None:
        """Stops the turn at once when it runs here; elsewhere its holder sees the stored request."""
        self._started().call_soon_threadsafe(self._stop, turn_id)

    def sweep(self, *, alone: bool = False) -> None:
        """From now on, takes over turns whose worker died, within a lease and a second.

        `alone`: no other process can be running turns, so those that are held now are free at once.
        """
        with self._lock:
            if self._sweeper is not None:
                return
            loop = self._start()
            self._sweeper = asyncio.run_coroutine_threadsafe(self._sweep(alone), loop)

    def close(self) -> None:
        """Stops sweeping and gives the turns that run here back, for another process to take at once."""
        with self._lock:
            sweeper, self._sweeper, loop = self._sweeper, None, self._loop
        if sweeper is not None:
            sweeper.cancel()
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._hand_back(), loop).result(CLOSE_SECONDS)

    def follow_ups_done(self, within: float) -> bool:
        """Waits for what follows the replies so far; false when it took longer than `within` seconds."""
        loop = self._started()
        return asyncio.run_coroutine_threadsafe(self._followed(within), loop).result()

    async def _run(self, turn_id: UUID) -> None:
        name = str(turn_id)
        # An approval may arrive before the parked run has quite returned: then it runs after it.
        while name in self._running:
            await self._running[name].ended.wait()
        running = self._running[name] = _Running()
        self._rush.begin(name)
        try:
            if await run_turn(
                turn_id,
                keeper=self._keeper,
                log=event_log(),
                stop=running.stop,
                asked=lambda: self._rush.over(name),
            ):
                self._follow(follow_up(turn_id, self._rush))
        except Exception:
            # The database may be away: the sweep tries again, when it is back or the lease has run out.
            logger.exception("turn_abandoned", turn_id=str(turn_id))
            self._follow(self._give_up(turn_id))
        finally:
            self._rush.over(name)
            event_log().expect_no_more(turn_id)
            del self._running[name]
            running.ended.set()

    def _follow(self, work: Coroutine[Any, Any, None]) -> None:
        following = asyncio.create_task(work)
        self._following.add(following)
        following.add_done_callback(self._following.discard)

    async def _followed(self, within: float) -> bool:
        if self._following:
            await asyncio.wait(set(self._following), timeout=within)
        return not self._following

    async def _give_up(self, turn_id: UUID) -> None:
        until = time.monotonic() + settings.TURN_LEASE_SECONDS
        while time.monotonic() < until:
            try:
                await in_database(leases.end_lease, turn_id, self.name)
                return
            except DatabaseError:
                await asyncio.sleep(GIVE_UP_EVERY)

    def _stop(self, turn_id: UUID) -> None:
        if str(turn_id) in self._running:
            self._running[str(turn_id)].stop.set()

    async def _sweep(self, alone: bool) -> None:
        for round_ in itertools.count(1):
            try:
                if alone:
                    await ahead_in_database(leases.free_leases, self.name)
                    alone = False
                if round_ % CATCH_UP_EVERY == 0:
                    self._follow(catch_up())
                    await in_database(reject_expired)
                for turn_id in await ahead_in_database(leases.runnable_turns):
                    if str(turn_id) not in self._running:
                        self.submit(turn_id)
            except Exception:
                logger.exception("sweep_failed")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _hand_back(self) -> None:
        tasks = [running.task for running in self._running.values() if running.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not await self._followed(FOLLOW_UP_SECONDS):
            for following in self._following:
                following.cancel()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            return self._start()

    def _start(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = uvloop.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="turns", daemon=True).start()
        return self._loop


@cache
def worker() -> Worker:
    """This process's worker."""
    return Worker()
