"""What nobody waits for, while turns wait for their model to be asked."""

from __future__ import annotations

import asyncio

import pytest
from pytest import MonkeyPatch

from chat import rush
from chat.rush import Rush

pytestmark = pytest.mark.one_lane


async def do(here: Rush, done: list[str], name: str) -> None:
    async with here.calm():
        done.append(f"{name} begins")
        await asyncio.sleep(0)
        done.append(f"{name} ends")


def test_it_waits_until_nobody_is_in_a_hurry_and_then_goes_one_by_one() -> None:
    async def story() -> None:
        here, done = Rush(), list[str]()
        here.begin("one")
        here.begin("two")
        tasks = [asyncio.create_task(do(here, done, name)) for name in ("a", "b")]
        here.over("one")
        await asyncio.sleep(0.02)
        assert done == []
        here.over("two")
        here.over("two")
        await asyncio.gather(*tasks)
        assert done == ["a begins", "a ends", "b begins", "b ends"]

    asyncio.run(story())


def test_it_is_not_put_off_for_ever(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(rush, "LONGEST_WAIT", 0.05)

    async def story() -> None:
        here, done = Rush(), list[str]()
        here.begin("one")
        async with asyncio.timeout(0.09):
            await asyncio.gather(*[do(here, done, name) for name in "abcdef"])
        assert len(done) == 12

    asyncio.run(story())
