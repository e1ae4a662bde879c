"""Keeps the leases of all turns that run in this process, with one statement a second for all of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from chat import leases
from chat.database import ahead_in_database

logger = structlog.get_logger(__name__)

RENEWED_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class _Watched:
    stop: asyncio.Event
    lost: asyncio.Future[None]


class LeaseKeeper:
    """Belongs to one worker, by its name, and to its event loop."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self._expected: dict[UUID, _Watched] = {}
        self._claimed: set[UUID] = set()
        self._keeping: asyncio.Task[None] | None = None

    def expect(self, turn_id: UUID, stop: asyncio.Event) -> asyncio.Future[None]:
        """For a turn that is about to be claimed: until `leave`, its lease is renewed once it is there.

        The future is done when another worker has it after `claimed`, and `stop` is set when somebody asks
        for that.
        """
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._expected[turn_id] = _Watched(stop, lost)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())
        return lost

    def claimed(self, turn_id: UUID) -> None:
        self._claimed.add(turn_id)

    def leave(self, turn_id: UUID) -> None:
        self._expected.pop(turn_id, None)
        self._claimed.discard(turn_id)

    async def _keep(self) -> None:
        renewed = monotonic()
        while self._expected:
            await asyncio.sleep(min(RENEWED_EVERY, settings.TURN_LEASE_SECONDS / 3))
            if not self._expected:
                return
            # Claimed before the statement runs, and so named by it, unless they are lost.
            watched = {turn_id: self._expected[turn_id] for turn_id in self._claimed}
            before, renewed = renewed, monotonic()
            try:
                states = await ahead_in_database(leases.renew_leases, self.worker, renewed - before)
                for turn_id in watched.keys() - states.keys():
                    states[turn_id] = await ahead_in_database(leases.renew_lease, turn_id, self.worker)
            except (OperationalError, InterfaceError):
                # The models may go on talking: what is stored next shows whether a turn is still ours.
                logger.warning("leases_not_renewed", exc_info=True)
                continue
            for turn_id, each in watched.items():
                _tell(each, states[turn_id])


def _tell(watched: _Watched, state: leases.State) -> None:
    if state == "stop":
        watched.stop.set()
    elif state == "lost" and not watched.lost.done():
        watched.lost.set_result(None)
