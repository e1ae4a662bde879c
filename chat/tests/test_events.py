"""The contract of an event log, for every log there is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import redis
from pytest import MonkeyPatch

from chat import events
from chat.events import (
    EventLog,
    Logged,
    Superseded,
    TextDelta,
    TextReset,
    ToolAnswered,
    TurnDone,
    TurnEvent,
    TurnFailed,
    TurnStarted,
)
from chat.events_local import LocalEventLog
from chat.events_redis import RedisEventLog

STARTED, DONE = TurnStarted("a-model", "scripted"), TurnDone("a-message", [])
FAILED = TurnFailed({"code": "assistant_unavailable", "message": "Away."})
WAIT = 10.0


@pytest.fixture(params=["local", "redis"])
def log(request: pytest.FixtureRequest, monkeypatch: MonkeyPatch) -> EventLog:
    monkeypatch.setattr(events, "HEARTBEAT", 0.2)
    if request.param == "redis":
        return RedisEventLog(request.getfixturevalue("redis_url"))
    return LocalEventLog()


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(WAIT):
            await story()

    asyncio.run(bounded())


async def append(log: EventLog, turn: UUID, *told: TurnEvent) -> None:
    for event in told:
        assert await log.append(turn, [event], writer="one")


async def read(log: EventLog, turn: UUID, after: str = "") -> list[Logged]:
    return [logged async for batch in log.follow(turn, after=after) for logged in batch]


async def next_event(reader: AsyncIterator[Sequence[Logged]]) -> Logged:
    """The newest event, once there is one."""
    while True:
        if batch := await anext(reader):
            return batch[-1]


def names(found: Sequence[Logged]) -> list[str]:
    return [logged.name for logged in found]


def test_events_come_whole_and_in_order(log: EventLog) -> None:
    async def story() -> None:
        turn = uuid4()
        answered = ToolAnswered("call_1", "add_task", "done", {"task": "WEB-1", "due": None}, True)
        await append(log, turn, STARTED, TextDelta("Grüße\n\n"), answered, DONE)
        found = await read(log, turn)
        assert names(found) == ["turn.started", "text.delta", "tool.result", "turn.done"]
        assert found[1].data == {"text": "Grüße\n\n"}
        assert found[2].data == {
            "id": "call_1",
            "name": "add_task",
            "status": "done",
            "result": {"task": "WEB-1", "due": None},
            "changed": True,
        }

    run(story)


def test_a_reader_goes_on_behind_any_event(log: EventLog) -> None:
    async def story() -> None:
        turn = uuid4()
        await append(log, turn, STARTED, *(TextDelta(str(number)) for number in range(5)), DONE)
        whole = await read(log, turn)
        for place, logged in enumerate(whole):
            assert await read(log, turn, logged.id) == whole[place + 1 :]
        for unknown in ("", "x", "1-", "-1", "0-0", "other-3"):
            assert await read(log, turn, unknown) == whole

    run(story)


def test_readers_wait_for_what_comes(log: EventLog) -> None:
    async def story() -> None:
        turn = uuid4()
        await append(log, turn, STARTED)
        readers = [asyncio.ensure_future(read(log, turn)) for _ in range(3)]
        for number in range(20):
            await append(log, turn, TextDelta(str(number)))
            await asyncio.sleep(0)
        await append(log, turn, DONE)
        first, *others = await asyncio.gather(*readers)
        assert names(first) == ["turn.started", *["text.delta"] * 20, "turn.done"]
        assert all(other == first for other in others)

    run(story)


def test_turns_do_not_mix(log: EventLog) -> None:
    async def story() -> None:
        one, two = uuid4(), uuid4()
        await append(log, one, STARTED, TextDelta("one"))
        await append(log, two, STARTED, TextDelta("two"), DONE)
        await append(log, one, DONE)
        assert [each.data["text"] for each in await read(log, one) if each.name == "text.delta"] == ["one"]
        assert [each.data["text"] for each in await read(log, two) if each.name == "text.delta"] == ["two"]

    run(story)


def test_an_unknown_turn_ends_at_once(log: EventLog) -> None:
    async def story() -> None:
        assert await read(log, uuid4()) == []
        assert await read(log, uuid4(), "5-5") == []

    run(story)


def test_a_reader_waits_for_a_run_that_is_about_to_begin() -> None:
    async def story() -> None:
        log, turn, other = LocalEventLog(), uuid4(), uuid4()
        log.expect(turn)
        log.expect(other)
        reading = asyncio.ensure_future(read(log, turn))
        in_vain = asyncio.ensure_future(read(log, other))
        await asyncio.sleep(0)
        await append(log, turn, STARTED, DONE)
        log.expect_no_more(turn)
        log.expect_no_more(other)
        assert names(await reading) == ["turn.started", "turn.done"]
        assert await in_vain == []
        assert await read(log, other) == []

    run(story)


def test_silence_is_told_and_ends_with_the_next_event(log: EventLog) -> None:
    async def story() -> None:
        turn = uuid4()
        await append(log, turn, STARTED)
        reader = log.follow(turn)
        assert (await next_event(reader)).name == "turn.started"
        assert not await anext(reader)
        assert not await anext(reader)
        await append(log, turn, DONE)
        assert (await next_event(reader)).name == "turn.done"
        with pytest.raises(StopAsyncIteration):
            await next_event(reader)

    run(story)


def test_a_turn_tried_again_begins_its_log_anew(log: EventLog) -> None:
    async def story() -> None:
        turn = uuid4()
        await append(log, turn, STARTED, TextDelta("first"), FAILED)
        ended = (await read(log, turn))[-1]
        await append(log, turn, STARTED, TextDelta("second"), DONE)
        assert [each.data["text"] for each in await read(log, turn) if each.name == "text.delta"] == [
            "second"
        ]
        resumed = await read(log, turn, ended.id)
        assert names(resumed) == ["turn.started", "text.delta", "turn.done"]

    run(story)


def test_a_reader_on_another_loop_is_woken(log: EventLog) -> None:
    turn = uuid4()
    begun, found = threading.Event(), []

    def follow() -> None:
        async def story() -> None:
            async for batch in log.follow(turn):
                begun.set()
                found.extend(names(batch))

        run(story)

    run(lambda: append(log, turn, STARTED))
    reader = threading.Thread(target=follow)
    reader.start()
    assert begun.wait(WAIT)
    run(lambda: append(log, turn, TextDelta("Hello"), DONE))
    reader.join(WAIT)
    assert found == ["turn.started", "text.delta", "turn.done"]


def test_a_reader_whose_loop_is_gone_disturbs_nobody(log: EventLog) -> None:
    turn = uuid4()
    left = []

    async def leave() -> None:
        await append(log, turn, STARTED)
        reader = log.follow(turn)
        await next_event(reader)
        left.append(reader)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave())
    loop.close()
    run(lambda: append(log, turn, TextDelta("Hello"), DONE))
    left.clear()


def test_a_log_of_another_process_does_not_know_the_old_ids() -> None:
    async def story() -> None:
        turn, old, new = uuid4(), LocalEventLog(), LocalEventLog()
        await append(old, turn, STARTED, TextDelta("old"))
        await append(new, turn, STARTED, TextDelta("new"), DONE)
        reader = old.follow(turn)
        seen = await next_event(reader)
        await reader.aclose()  # type: ignore[attr-defined]
        assert names(await read(new, turn, seen.id)) == ["turn.started", "text.delta", "turn.done"]

    run(story)


def test_old_turns_are_forgotten(monkeypatch: MonkeyPatch) -> None:
    async def story() -> None:
        log, old, new = LocalEventLog(), uuid4(), uuid4()
        await append(log, old, STARTED, DONE)
        assert names(await read(log, old)) == ["turn.started", "turn.done"]
        monkeypatch.setattr(events, "KEPT_AFTER_END", -1.0)
        await append(log, new, STARTED, DONE)
        assert await read(log, old) == []

    run(story)


def test_redis_that_is_away_fails_no_turn(tmp_path: Path) -> None:
    async def story() -> None:
        log, turn = RedisEventLog(f"unix://{tmp_path}/nothing"), uuid4()
        assert not await log.append(turn, [STARTED, TextDelta("Hello"), DONE], writer="one")
        assert await read(log, turn) == []

    run(story)


def test_a_log_that_lost_what_came_before_takes_nothing(log: EventLog) -> None:
    async def story() -> None:
        turn = uuid4()
        assert not await log.append(turn, [TextDelta("half of it")], writer="one")
        assert await read(log, turn) == []
        assert await log.append(turn, [STARTED, TextReset("all of it")], writer="one")
        assert await log.append(turn, [DONE], writer="one")
        assert names(await read(log, turn)) == ["turn.started", "text.reset", "turn.done"]

    run(story)


def test_only_the_run_that_began_last_may_write(log: EventLog) -> None:
    async def story() -> None:
        turn = uuid4()
        await append(log, turn, STARTED, TextDelta("old"))
        assert await log.append(turn, [STARTED, TextReset("new")], writer="another")
        with pytest.raises(Superseded):
            await log.append(turn, [TextDelta("a word too many")], writer="one")
        assert await log.append(turn, [DONE], writer="another")
        found = await read(log, turn)
        assert names(found) == ["turn.started", "text.delta", "turn.started", "text.reset", "turn.done"]

    run(story)


@pytest.fixture
def beside(redis_url: str, monkeypatch: MonkeyPatch) -> tuple[RedisEventLog, RedisEventLog]:
    """The log of the process that runs a turn, and that of another."""
    monkeypatch.setattr(events, "HEARTBEAT", 0.2)
    return RedisEventLog(redis_url), RedisEventLog(redis_url)


def test_a_reader_beside_the_run_asks_redis_nothing(
    beside: tuple[RedisEventLog, RedisEventLog], monkeypatch: MonkeyPatch
) -> None:
    async def story() -> None:
        (here, elsewhere), turn = beside, uuid4()
        here.expect(turn)
        monkeypatch.setattr(here, "_follow_redis", None)
        reader = here.follow(turn)
        waiting = asyncio.ensure_future(next_event(reader))
        await append(here, turn, STARTED, TextDelta("Well."))
        assert (await waiting).name in ("turn.started", "text.delta")
        await append(here, turn, DONE)
        found = await read(here, turn)
        assert names(found) == ["turn.started", "text.delta", "turn.done"]
        # Whoever goes on elsewhere finds the same places.
        assert found == await read(elsewhere, turn)
        assert await read(elsewhere, turn, found[0].id) == found[1:]
        here.expect_no_more(turn)

    run(story)


def test_a_reader_beside_the_run_goes_on_when_another_process_does(
    beside: tuple[RedisEventLog, RedisEventLog],
) -> None:
    async def story() -> None:
        (here, elsewhere), turn = beside, uuid4()
        here.expect(turn)
        reading = asyncio.create_task(read(here, turn))
        await append(here, turn, STARTED, TextDelta("One"))
        here.expect_no_more(turn)
        await append(elsewhere, turn, TextDelta(" two"), DONE)
        assert names(await reading) == ["turn.started", "text.delta", "text.delta", "turn.done"]

    run(story)


def test_a_run_that_goes_on_with_anothers_log_is_read_from_its_beginning(
    beside: tuple[RedisEventLog, RedisEventLog],
) -> None:
    async def story() -> None:
        (here, elsewhere), turn = beside, uuid4()
        await append(elsewhere, turn, STARTED, TextDelta("One"))
        here.expect(turn)
        early = asyncio.create_task(read(here, turn))
        await append(here, turn, STARTED, TextReset("One"), DONE)
        whole = [STARTED.name, TextDelta.name, STARTED.name, TextReset.name, DONE.name]
        late = await read(here, turn)
        assert names(await early) == names(late) == whole
        for place, seen in enumerate(late[:-1]):
            assert await read(here, turn, seen.id) == late[place + 1 :]
        here.expect_no_more(turn)

    run(story)


def test_a_reader_beside_the_run_is_told_anew_what_redis_has_lost(
    beside: tuple[RedisEventLog, RedisEventLog], redis_url: str
) -> None:
    async def story() -> None:
        (here, _), turn = beside, uuid4()
        here.expect(turn)
        reading = asyncio.create_task(read(here, turn))
        await append(here, turn, STARTED, TextDelta("One"))
        with redis.Redis.from_url(redis_url) as client:
            client.delete(f"tasklore:turn:{turn}")
        assert not await here.append(turn, [TextDelta(" two")], writer="one")
        before_it_is_told_again = names(await reading)
        await append(here, turn, STARTED, TextReset("One two"), DONE)
        assert before_it_is_told_again == ["turn.started", "text.delta"]
        assert names(await read(here, turn)) == ["turn.started", "text.reset", "turn.done"]
        here.expect_no_more(turn)

    run(story)
