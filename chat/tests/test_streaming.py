"""A turn as server-sent events: whole, resumed, from the log or from the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.test import AsyncClient
from pytest import MonkeyPatch

from chat import events, streaming
from chat.models import Turn
from chat.tests.person import Frame, Person, frames, names_of, text_of
from chat.tests.replies import CUT, HANG, Pause, Reply, calls, hang, text, words
from chat.tests.scripted_server import ScriptedServer
from chat.tests.scripts import MILK
from chat.worker import worker

ASKED = "Milk is nearly gone."
SAID = "One moment.\n\nI have added it to your list."


@pytest.fixture
def added(person: Person, model: ScriptedServer) -> str:
    """A finished turn with text, a call and text."""
    model.play([calls(("add_task", MILK), before="One moment."), words("I have added it to your list.")])
    turn = person.say(ASKED)
    assert (turn["status"], turn["text"]) == ("done", SAID)
    return str(turn["id"])


def named(read: list[Frame], name: str) -> Frame:
    (found,) = [frame for frame in read if frame.name == name]
    return found


def test_the_stream_tells_the_whole_turn(person: Person, added: str) -> None:
    read, turn = person.read(added), person.turn(added)
    assert names_of(read) == [
        "turn.started", "text.delta", "tool.call", "tool.result", "text.delta", "turn.done",
    ]  # fmt: skip
    assert text_of(read) == person.messages()[-1][1] == SAID
    assert named(read, "turn.started").data == {"provider": turn["provider"], "model": "scripted"}
    assert named(read, "tool.call").data == {"id": "call_1", "name": "add_task", "arguments": MILK}
    result = named(read, "tool.result").data
    assert (result["id"], result["name"], result["status"], result["changed"]) == (
        "call_1",
        "add_task",
        "done",
        True,
    )
    assert result["result"]["task"] == "INBOX-1"
    assert named(read, "turn.done").data == {"message": turn["reply"], "receipts": turn["receipts"]}


def test_the_answer_keeps_proxies_from_holding_it_back(person: Person, added: str) -> None:
    async def headers() -> dict[str, str]:
        response = await person.open_stream(added)
        return dict(response.headers)

    found = async_to_sync(headers)()
    assert found["X-Accel-Buffering"] == "no"
    assert "no-cache" in found["Cache-Control"]


def test_every_place_resumes_without_gap_or_repeat(person: Person, added: str) -> None:
    whole = [frame for frame in person.read(added) if frame.name]
    assert len({frame.id for frame in whole}) == len(whole)
    for place, frame in enumerate(whole):
        rest = [each for each in person.read(added, frame.id) if each.name]
        if frame is whole[-1]:
            # All was read: what the rows say is told again, and replaces what there is.
            assert names_of(rest) == ["turn.started", "text.reset", "turn.done"]
        else:
            assert rest == whole[place + 1 :]


@pytest.mark.parametrize(
    "seen", ["of-another-log", "abc-1", "-", "0-0", "9" * 30, "é", "1-99999999999999999999"]
)
def test_an_unknown_place_begins_anew(person: Person, added: str, seen: str) -> None:
    read = person.read(added, seen)
    assert (text_of(read), names_of(read)[-1]) == (SAID, "turn.done")


def test_without_a_log_the_rows_tell_it(person: Person, added: str, fresh_log: Callable[[], None]) -> None:
    seen = person.read(added)[1].id
    fresh_log()
    for last_event_id in ("", seen):
        read = person.read(added, last_event_id)
        assert names_of(read) == ["turn.started", "text.reset", "turn.done"]
        assert text_of(read) == SAID
        turn = person.turn(added)
        assert named(read, "turn.done").data == {"message": turn["reply"], "receipts": turn["receipts"]}


def test_without_a_log_a_failure_is_told_with_its_text(
    person: Person, model: ScriptedServer, fresh_log: Callable[[], None]
) -> None:
    model.play([Reply([{"content": "I will"}, CUT])])
    turn = person.say(ASKED)
    from_log = person.read(turn["id"])
    fresh_log()
    from_rows = person.read(turn["id"])
    for read in (from_log, from_rows):
        assert text_of(read) == "I will"
        assert named(read, "turn.failed").data == {"error": turn["error"]}


def test_a_reader_who_comes_before_the_first_event(person: Person, model: ScriptedServer) -> None:
    model.play([words("Well, let me think about that.", pause=0.01)])
    turn_id = person.post(ASKED)["turn"]
    read = person.read(turn_id)
    assert (text_of(read), names_of(read)[-1]) == ("Well, let me think about that.", "turn.done")


def test_a_log_that_was_late_repeats_no_word_of_the_rows(
    person: Person, model: ScriptedServer, monkeypatch: MonkeyPatch
) -> None:
    model.play([calls(("add_task", MILK), before="One moment."), Reply([Pause(0.4), {"content": "Added."}])])
    turn_id = person.post(ASKED)["turn"]
    assert model.wait_until(lambda server: len(server.requests) == 2)
    log, looks = events.event_log(), []

    class Late:
        async def follow(self, turn_id: UUID, *, after: str = "") -> AsyncIterator[Sequence[events.Logged]]:
            looks.append(after)
            if len(looks) > 1:
                async for batch in log.follow(turn_id, after=after):
                    yield batch

    monkeypatch.setattr(streaming, "event_log", Late)
    read = async_to_sync(whole)(person, turn_id)
    first = named(read[: names_of(read).index("text.reset") + 1], "text.reset")
    assert first.data == {"text": "One moment."}
    assert text_of(read) == "One moment.\n\nAdded."
    # Whoever comes back after the rows is told the log from its beginning, too.
    assert text_of([first, *person.read(turn_id, first.id)]) == "One moment.\n\nAdded."


async def whole(person: Person, turn_id: str) -> list[Frame]:
    return [frame async for frame in person.stream(turn_id)]


def test_a_reader_who_comes_back_in_a_silence_keeps_the_words_that_are_not_stored(
    person: Person, model: ScriptedServer, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.05)
    model.play([Reply([{"content": "Well, "}, Pause(0.6), {"content": "yes."}])])
    turn_id = person.post(ASKED)["turn"]

    async def until_the_first_words() -> list[Frame]:
        seen = []
        async for frame in person.stream(turn_id):
            seen.append(frame)
            if frame.name == "text.delta":
                break
        return seen

    seen = async_to_sync(until_the_first_words)()
    rest = person.read(turn_id, seen[-1].id)
    assert names_of(rest) == ["text.delta", "turn.done"]
    assert text_of([*seen, *rest]) == "Well, yes."


def test_many_readers_see_the_same(person: Person, model: ScriptedServer) -> None:
    model.play([words("Well, let me think about that.", pause=0.02)])
    turn_id = person.post(ASKED)["turn"]

    async def everyone() -> list[str]:
        async def one() -> str:
            return text_of([frame async for frame in person.stream(turn_id)])

        return await asyncio.gather(*(one() for _ in range(5)))

    assert set(async_to_sync(everyone)()) == {"Well, let me think about that."}


def test_a_message_can_be_answered_by_its_stream(person: Person, model: ScriptedServer) -> None:
    model.play([words("Hello to you.")])

    async def say() -> list[Frame]:
        client = AsyncClient()
        client.cookies = person.client.cookies
        response: Any = await client.post(
            "/api/chat/",
            {"message": "Hello"},
            content_type="application/json",
            headers={"Accept": "text/event-stream"},
        )
        return [frame async for frame in frames(response.streaming_content)]

    read = async_to_sync(say)()
    assert (text_of(read), names_of(read)[-1]) == ("Hello to you.", "turn.done")


def test_a_reader_who_leaves_does_not_stop_the_turn(person: Person, model: ScriptedServer) -> None:
    model.play([Reply([{"content": "I will"}, Pause(0.3), {"content": " add it."}])])
    turn_id = person.post(ASKED)["turn"]

    async def leave_early() -> None:
        async for frame in person.stream(turn_id):
            if frame.name == "text.delta":
                return

    async_to_sync(leave_early)()
    turn = person.ended(turn_id)
    assert (turn["status"], turn["text"]) == ("done", "I will add it.")
    assert model.hung_up == 0


def test_a_caller_who_hangs_up_does_not_stop_the_turn(person: Person, model: ScriptedServer) -> None:
    model.play([Reply([{"content": "I will"}, Pause(0.3), {"content": " add it."}])])
    path = f"/api/conversations/{person.conversation}/messages/"

    async def hang_up() -> None:
        client = AsyncClient()
        client.cookies = person.client.cookies
        asking = asyncio.ensure_future(client.post(path, {"message": ASKED}, content_type="application/json"))
        while not await asyncio.to_thread(model.wait_until, lambda server: server.streaming == 1):
            pass
        asking.cancel()
        await asyncio.wait({asking})

    async_to_sync(hang_up)()
    turn = person.ended(str(Turn.objects.get().pk))
    assert (turn["status"], turn["text"], model.hung_up) == ("done", "I will add it.", 0)


def test_silence_is_filled_with_comments(
    person: Person, model: ScriptedServer, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.05)
    model.play([hang()])
    turn_id = person.post(ASKED)["turn"]
    assert model.wait_until(lambda server: len(server.requests) == 1)

    async def comments() -> list[Frame]:
        found: list[Frame] = []
        async for frame in person.stream(turn_id):
            found.append(frame)
            if sum(bool(each.comment) for each in found) == 3 and names_of(found):
                break
        return found

    read = async_to_sync(comments)()
    assert "turn.started" in names_of(read)
    assert {each.comment for each in read if each.comment} == {"keep-alive"}


def test_an_end_that_the_log_missed_is_told_after_a_silence(
    person: Person, model: ScriptedServer, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.05)
    model.play([Reply([{"content": "Well"}, HANG])])
    turn_id = person.post(ASKED)["turn"]
    began = asyncio.Event()

    async def read() -> list[Frame]:
        found = []
        async for frame in person.stream(turn_id):
            found.append(frame)
            if frame.name == "text.delta" and not began.is_set():
                began.set()
                await asyncio.to_thread(end_elsewhere)
        return found

    def end_elsewhere() -> None:
        # As another worker leaves it that took the turn over and gave it up.
        Turn.objects.filter(pk=turn_id).update(
            status="interrupted", lease_owner="", error={"code": "interrupted", "message": "It went down."}
        )
        connections.close_all()

    found = async_to_sync(read)()
    assert found[-1].name == "turn.failed"
    assert found[-1].data["error"]["code"] == "interrupted"


def test_a_retry_is_shown_from_its_beginning(person: Person, model: ScriptedServer) -> None:
    model.play([Reply([{"content": "I will"}, CUT]), Reply([Pause(0.1), {"content": "Here I am."}])])
    failed = person.say(ASKED)
    seen = [frame for frame in person.read(failed["id"]) if frame.name]
    assert seen[-1].name == "turn.failed"
    person.act("retry", failed["id"])
    anew = person.read(failed["id"])
    resumed = [*seen, *person.read(failed["id"], seen[-2].id)]
    for read in (anew, resumed):
        assert (names_of(read)[-1], text_of(read)) == ("turn.done", "Here I am.")


def test_a_reader_who_is_there_before_the_retry_has_begun(person: Person, model: ScriptedServer) -> None:
    model.play([Reply([{"content": "I will"}, CUT]), text("Here I am.")])
    failed = person.say(ASKED)
    # As the rows are between the retry's answer and the worker's first event.
    Turn.objects.filter(pk=failed["id"]).update(status="queued", error={}, finished_at=None)

    async def read() -> list[Frame]:
        found = []
        async for frame in person.stream(failed["id"]):
            found.append(frame)
            if frame.comment and len(found) < 20 and not begun.is_set():
                begun.set()
                worker().submit(UUID(failed["id"]))
        return found

    begun = asyncio.Event()
    read_frames = async_to_sync(read)()
    assert "turn.failed" not in names_of(read_frames)
    assert (names_of(read_frames)[-1], text_of(read_frames)) == ("turn.done", "Here I am.")


def test_the_stream_of_a_deleted_conversation_ends(
    person: Person, added: str, fresh_log: Callable[[], None]
) -> None:
    async def delete_under_way() -> list[Frame]:
        response = await person.open_stream(added)
        await asyncio.to_thread(delete)
        return [frame async for frame in frames(response.streaming_content)]  # type: ignore[arg-type]

    def delete() -> None:
        person.request("delete", f"conversations/{person.conversation}/", expect=204)
        connections.close_all()

    fresh_log()
    read = async_to_sync(delete_under_way)()
    assert (read[-1].name, read[-1].data["error"]["code"]) == ("turn.failed", "not_found")
