"""Turns in the real server: a worker that dies, callers who leave, a small pool under hanging models."""

from __future__ import annotations

import signal

import pytest

from chat.models import Turn
from chat.tests.person import Person
from chat.tests.replies import Pause, Reply, calls, hang, text
from chat.tests.scripted_server import ScriptedServer
from chat.tests.scripts import MILK
from chat.tests.serving import Server, serving
from tasks.models import Change, Task

ASKED = "Milk is nearly gone."


def settings_for(model: ScriptedServer, **more: str) -> dict[str, str]:
    known = {"OPENAI_BASE_URL": model.base_url, "OPENAI_MODEL": "scripted", "LLM_TOOL_MODE": "native"}
    return {**known, **more}


def post(server: Server, person: Person) -> str:
    """A message, and the id of the turn that answers it."""
    path = f"/api/conversations/{person.conversation}/messages/"
    status, body = server.ask("POST", path, {"message": ASKED}, Prefer="respond-async")
    assert status == 202
    return str(body["turn"])


def read_to_the_end(server: Server, turn_id: str) -> str:
    stream = server.open("GET", f"/api/turns/{turn_id}/events/")
    assert stream.status == 200
    return stream.read().decode()


@pytest.mark.parametrize(("death", "lease", "attempts"), [("SIGKILL", "1", 1), ("SIGTERM", "60", 0)])
def test_a_turn_outlives_its_server(
    person: Person, scripted_server: ScriptedServer, death: str, lease: str, attempts: int
) -> None:
    model = scripted_server
    model.play([calls(("add_task", MILK), before="Adding."), hang(), text("Milk is on it.")])
    settings = settings_for(model, TURN_LEASE_SECONDS=lease)
    with serving(person, settings) as first:
        turn_id = post(first, person)
        assert model.wait_until(lambda server: len(server.requests) == 2)
        first.end(signal.Signals[death])
    assert Turn.objects.get().status in ("running", "queued")
    with serving(person, settings) as second:
        assert read_to_the_end(second, turn_id).endswith("\n\n")
    turn = person.turn(turn_id)
    assert (turn["status"], turn["text"]) == ("done", "Adding.\n\nMilk is on it.")
    assert [call["status"] for call in turn["tool_calls"]] == ["done"]
    assert [task.title for task in Task.objects.all()] == ["Buy milk"]
    assert (Change.objects.count(), len(model.requests)) == (1, 3)
    assert Turn.objects.get().attempts == attempts


def test_whoever_leaves_leaves_the_turn_running(person: Person, scripted_server: ScriptedServer) -> None:
    model = scripted_server
    model.play([Reply([{"content": "I will"}, Pause(1.0), {"content": " add it."}])])
    path = f"/api/conversations/{person.conversation}/messages/"
    with serving(person, settings_for(model)) as server:
        waiting = server.begin("POST", path, {"message": ASKED})
        assert model.wait_until(lambda scripted: scripted.streaming == 1)
        turn_id = str(Turn.objects.get().pk)
        stream = server.open("GET", f"/api/turns/{turn_id}/events/")
        while b"I will" not in stream.readline():
            pass
        waiting.close()
        stream.close()
        assert "event: turn.done" in read_to_the_end(server, turn_id)
    turn = person.turn(turn_id)
    assert (turn["status"], turn["text"], model.hung_up) == ("done", "I will add it.", 0)


def test_hanging_turns_and_their_readers_hold_no_connection(
    person: Person, scripted_server: ScriptedServer
) -> None:
    model = scripted_server
    model.perform(lambda body: hang())
    with serving(person, settings_for(model, DATABASE_POOL="4")) as server:
        streams = []
        for _ in range(8):
            person.begin_anew()
            turn_id = post(server, person)
            streams.append(server.open("GET", f"/api/turns/{turn_id}/events/"))
            while b"turn.started" not in streams[-1].readline():
                pass
        person.begin_anew()
        path = f"/api/conversations/{person.conversation}/messages/"
        waiting = server.begin("POST", path, {"message": ASKED})
        assert model.wait_until(lambda scripted: scripted.streaming == 9)
        status, found = server.ask("GET", "/api/conversations/")
        assert (status, found["count"]) == (200, 9)
        for stream in streams:
            stream.close()
        waiting.close()
