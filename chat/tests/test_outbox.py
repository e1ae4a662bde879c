"""What a run tells, when the log that it tells it to is slow, away, or another run's by now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import pytest
from pytest import MonkeyPatch

from chat import outbox
from chat.events import Logged, Superseded, TextDelta, TextReset, TurnDone, TurnEvent, TurnStarted
from chat.events_local import LocalEventLog
from chat.outbox import Outbox

STARTED, DONE = TurnStarted("a-model", "scripted"), TurnDone("a-message", [])


class Faulty(LocalEventLog):
    """Fails as often as it is told, in the way that it is told; `hangs` until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.away = 0
        self.superseded = False
        self.free = asyncio.Event()
        self.free.set()

    async def append(self, turn_id: UUID, events: Sequence[TurnEvent], *, writer: str) -> bool:
        await self.free.wait()
        if self.superseded:
            raise Superseded
        if self.away:
            self.away -= 1
            return False
        return await super().append(turn_id, events, writer=writer)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "RETRY_SECONDS", 0.0)


def run(story: Callable[[Faulty, UUID], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(10):
            await story(Faulty(), uuid4())

    asyncio.run(bounded())


def box(log: Faulty, turn: UUID, *, mine: bool = True) -> Outbox:
    async def still_mine() -> bool:
        log.superseded = False
        return mine

    return Outbox(log, turn, still_mine=still_mine)


async def told(log: Faulty, turn: UUID) -> list[Logged]:
    batches: AsyncIterator[Sequence[Logged]] = log.follow(turn)
    return [logged async for batch in batches for logged in batch]


def text_of(found: list[Logged]) -> str:
    text = ""
    for logged in found:
        if logged.name == "text.reset":
            text = str(logged.data["text"])
        elif logged.name == "text.delta":
            text += str(logged.data["text"])
    return text


def test_a_log_that_was_away_is_told_the_whole_text() -> None:
    async def story(log: Faulty, turn: UUID) -> None:
        told_of = box(log, turn)
        told_of.put(STARTED)
        told_of.put(TextDelta("Half "))
        await asyncio.sleep(0.05)
        log.away = 3
        told_of.put(TextDelta("of "))
        await asyncio.sleep(0.05)
        told_of.put(TextDelta("it."))
        told_of.put(DONE)
        await told_of.close(5)
        found = await told(log, turn)
        assert (text_of(found), found[-1].name) == ("Half of it.", "turn.done")

    run(story)


def test_a_log_that_hangs_holds_up_nothing_and_misses_nothing() -> None:
    async def story(log: Faulty, turn: UUID) -> None:
        told_of = box(log, turn)
        told_of.put(STARTED)
        log.free.clear()
        for number in range(100):
            told_of.put(TextDelta(f"{number} "))
            await asyncio.sleep(0)
        told_of.put(DONE)
        await told_of.close(0.01)
        log.free.set()
        found = await told(log, turn) or await told(log, turn)
        while not found or not found[-1].is_last:
            await asyncio.sleep(0.01)
            found = await told(log, turn)
        assert text_of(found) == "".join(f"{number} " for number in range(100))
        # Text that was waiting went together.
        assert len(found) < 10

    run(story)


@pytest.mark.parametrize("mine", [True, False])
def test_who_finds_another_writer_asks_whose_turn_it_is(mine: bool) -> None:
    async def story(log: Faulty, turn: UUID) -> None:
        told_of = box(log, turn, mine=mine)
        told_of.put(STARTED)
        told_of.put(TextDelta("Mine "))
        await asyncio.sleep(0.05)
        await log.append(turn, [STARTED, TextReset("theirs")], writer="another")
        told_of.put(TextDelta("still."))
        await asyncio.sleep(0.05)
        await told_of.close(1)
        theirs = [each for each in log._turns[turn].events if each.name == "text.reset"]
        assert theirs[-1].data["text"] == ("Mine still." if mine else "theirs")

    run(story)
