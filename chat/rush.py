"""Turns whose model has not been asked yet: what nobody waits for lets them go first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

# Nothing is put off for longer than this.
LONGEST_WAIT = 10.0


class Rush:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._hurried: set[str] = set()
        self._calm = asyncio.Event()
        self._calm.set()
        self._one = asyncio.Lock()

    def begin(self, turn: str) -> None:
        self._hurried.add(turn)
        self._calm.clear()

    def over(self, turn: str) -> None:
        """Its model has been asked, or it came to nothing. More than once is once."""
        self._hurried.discard(turn)
        if not self._hurried:
            self._calm.set()

    @asynccontextmanager
    async def calm(self) -> AsyncIterator[None]:
        """Waits until nobody is in a hurry, and lets in one at a time."""
        until = asyncio.get_running_loop().time() + LONGEST_WAIT
        async with self._one:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._calm.wait()
            yield
