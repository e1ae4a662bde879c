"""When the model cannot be reached, the built-in assistant answers plain commands, and says so."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from chat.llm.selection import model_assistant
from chat.models import Message, Turn
from chat.tests.person import Person, names_of, text_of
from chat.tests.replies import CUT, Reply, calls, error, hang, text
from chat.tests.scripted_server import ScriptedServer
from tasks.models import Task

COMMAND = "add buy milk tomorrow at 5pm, high priority"
PROSE = "I wonder whether the milk in the fridge is still good."


@pytest.fixture
def refused(settings: Settings) -> Iterator[int]:
    """A model at a port where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{port}/v1"
        settings.OPENAI_MODEL = "scripted"
        settings.LLM_TIMEOUT = 1.0
        model_assistant.cache_clear()
        yield port
    model_assistant.cache_clear()


def test_a_plain_command_is_carried_out(person: Person, refused: int) -> None:
    turn = person.say(COMMAND)
    assert (turn["status"], turn["provider"], turn["error"]) == ("done", "built-in", None)
    assert [(call["name"], call["status"]) for call in turn["tool_calls"]] == [("add_task", "done")]
    task = Task.objects.get()
    assert (task.title.lower(), task.priority, task.due_at is not None) == ("buy milk", "high", True)
    assert [each["ref"] for each in turn["receipts"]] == ["INBOX-1"]
    assert f"127.0.0.1:{refused}" in turn["notice"]
    assert "built-in assistant" in turn["notice"]
    assert Message.objects.get(role="assistant").metadata["notice"] == turn["notice"]
    read = person.read(turn["id"])
    assert [frame.data["provider"] for frame in read if frame.name == "turn.started"][-1] == "built-in"
    assert (names_of(read)[-1], text_of(read)) == ("turn.done", turn["text"])


def test_what_it_does_not_understand_fails_with_the_reason(person: Person, refused: int) -> None:
    turn = person.say(PROSE)
    assert (turn["status"], turn["reply"], turn["tool_calls"]) == ("failed", None, [])
    assert turn["error"]["code"] == "assistant_unavailable"
    assert "could not be reached" in turn["error"]["message"]
    assert turn["provider"] == f"127.0.0.1:{refused}"
    assert not Task.objects.exists()


def test_a_retry_asks_the_model_again(person: Person, model: ScriptedServer) -> None:
    model.play([error(503, retry_after="0")] * 3 + [text("It smells fine.")])
    failed = person.say(PROSE)
    assert failed["status"] == "failed"
    person.act("retry", failed["id"])
    turn = person.ended(failed["id"])
    assert (turn["status"], turn["text"], turn["notice"]) == ("done", "It smells fine.", "")
    assert turn["provider"] == model.base_url.split("/")[2]


@pytest.mark.parametrize("reply", [hang(), error(429, retry_after="0"), error(500, retry_after="0")])
def test_it_takes_over_from_a_model_that_does_not_answer(
    person: Person, model: ScriptedServer, settings: Settings, reply: Reply
) -> None:
    settings.LLM_TIMEOUT = 0.3
    model.perform(lambda body: reply)
    turn = person.say(COMMAND)
    assert (turn["status"], turn["provider"]) == ("done", "built-in")
    assert Task.objects.get().title.lower() == "buy milk"


def test_it_does_not_go_on_where_the_model_has_begun(person: Person, model: ScriptedServer) -> None:
    model.play([Reply([{"content": "I will"}, CUT])])
    turn = person.say(COMMAND)
    assert (turn["status"], turn["text"], Task.objects.count()) == ("failed", "I will", 0)
    model.play([calls(("add_task", {"title": "Buy milk"})), *[error(500, retry_after="0")] * 3])
    turn = person.say(COMMAND)
    assert (turn["status"], turn["provider"]) == ("failed", model.base_url.split("/")[2])
    assert [task.title for task in Task.objects.all()] == ["Buy milk"]


def test_a_refused_key_is_not_papered_over(person: Person, model: ScriptedServer) -> None:
    model.perform("bad_key")
    turn = person.say(COMMAND)
    assert (turn["status"], turn["error"]["code"], Task.objects.count()) == ("failed", "assistant_refused", 0)


def test_after_an_approval_the_stand_in_stays(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", {"title": "Buy milk"})), text("Added.")])
    person.say("Milk is nearly gone.")
    model.perform(lambda body: error(500, retry_after="0"))
    turn = person.say("delete INBOX-1", expect=202)
    assert (turn["status"], turn["provider"]) == ("awaiting_approval", "built-in")
    asked = len(model.requests)
    person.act("approve", turn["id"])
    turn = person.ended(turn["id"])
    assert (turn["status"], turn["provider"], len(model.requests)) == ("done", "built-in", asked)
    assert Task.objects.get().deleted_at is not None


def test_with_no_model_the_built_in_assistant_answers_without_notice(person: Person) -> None:
    turn = person.say(COMMAND)
    assert (turn["status"], turn["provider"], turn["notice"]) == ("done", "built-in", "")
    assert Task.objects.get().title.lower() == "buy milk"
    lost = person.say(PROSE)
    assert (lost["status"], lost["receipts"], len(lost["choices"])) == ("done", [], 3)
    assert Turn.objects.count() == 2
