"""Every way in which a model server answers, and what is left behind: turn, messages, calls, tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from chat.models import Turn
from chat.tests.person import Person
from chat.tests.replies import CUT, Pause, Reply, calls, error, hang, raw, text, words
from chat.tests.scripted_server import ScriptedServer
from chat.tests.scripts import BREAD, CLOSING, MILK
from tasks.changes import Origin
from tasks.models import Change, Door, Task
from tasks.operations import add_task, ensure_inbox

ASKED = "Milk and bread are nearly gone."


def tasks() -> list[str]:
    return [str(task) for task in Task.objects.order_by("number")]


def called(turn: dict[str, Any]) -> list[tuple[str, str]]:
    return [(call["name"], call["status"]) for call in turn["tool_calls"]]


def receipts(turn: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["verb"], each["ref"]) for each in turn["receipts"]]


def errors_of(turn: dict[str, Any]) -> list[tuple[str, str]]:
    found = [call["result"]["error"] for call in turn["tool_calls"] if call["status"] == "failed"]
    return [(each["code"], each["message"]) for each in found]


def assert_done(turn: dict[str, Any], person: Person, model: ScriptedServer, said: str) -> None:
    assert (turn["status"], turn["error"], turn["text"]) == ("done", None, said)
    assert (turn["provider"], turn["model"]) == (model.base_url.split("/")[2], "scripted")
    assert person.messages() == [("user", ASKED), ("assistant", said)]
    assert turn["finished_at"]


def assert_failed(turn: dict[str, Any], person: Person, *, code: str, partial: str = "") -> None:
    """Failed, in words, and nothing was said to have been done."""
    assert (turn["status"], turn["reply"], turn["text"]) == ("failed", None, partial)
    assert turn["error"]["code"] == code
    assert turn["error"]["message"].startswith("The model server at 127.0.0.1:")
    assert person.messages() == [("user", ASKED)]
    row = Turn.objects.get(pk=turn["id"])
    assert (row.lease_owner, row.lease_expires_at) == ("", None)


WITH_MILK = ["fragments", "one_piece", "stop_reason", "no_stream_options", "failing_once", "fenced"]


@pytest.mark.parametrize("script", WITH_MILK)
def test_one_call_adds_one_task(person: Person, model: ScriptedServer, script: str) -> None:
    model.perform(script)
    turn = person.say(ASKED)
    assert_done(turn, person, model, CLOSING)
    assert called(turn) == [("add_task", "done")]
    assert turn["tool_calls"][0]["arguments"] == MILK
    assert tasks() == ["INBOX-1 Buy milk"]
    assert receipts(turn) == [("create", "INBOX-1")]


@pytest.mark.parametrize("script", ["two_calls", "no_index", "one_index"])
def test_two_calls_at_once_run_in_order(person: Person, model: ScriptedServer, script: str) -> None:
    model.perform(script)
    turn = person.say(ASKED)
    assert_done(turn, person, model, CLOSING)
    assert [call["arguments"] for call in turn["tool_calls"]] == [MILK, BREAD]
    assert called(turn) == [("add_task", "done"), ("add_task", "done")]
    assert tasks() == ["INBOX-1 Buy milk", "INBOX-2 Buy bread"]
    assert receipts(turn) == [("create", "INBOX-1"), ("create", "INBOX-2")]


def test_nearly_right_json_is_mended(person: Person, model: ScriptedServer) -> None:
    model.perform("repairable")
    turn = person.say(ASKED)
    assert_done(turn, person, model, CLOSING)
    assert turn["tool_calls"][0]["arguments"] == {"title": "Buy milk", "priority": "high"}
    assert tasks() == ["INBOX-1 Buy milk"]


WRONG_CALLS: dict[str, tuple[tuple[str, Any], str, list[str]]] = {
    "malformed JSON": (("add_task", '{"title": "Buy milk", "due": }'), "invalid", ["JSON object"]),
    "an unknown tool": (("launch_rocket", {"to": "the moon"}), "invalid", ["launch_rocket", "add_task"]),
    "an unknown argument": (("add_task", {"title": "Milk", "colour": "red"}), "invalid", ["colour", "title"]),
    "a missing argument": (("add_task", {"priority": "high"}), "invalid", ["title", "required"]),
    "a wrong type": (("add_task", {"title": ["Milk"]}), "invalid", ["title"]),
    "a wrong choice": (("add_task", {"title": "Milk", "priority": "huge"}), "invalid", ["'high'"]),
    "a date nobody can read": (("add_task", {"title": "Milk", "due": "when pigs fly"}), "invalid", ["due"]),
    "a missing task": (("complete_task", {"task": "Learn Danish"}), "not_found", ["Learn Danish"]),
    "a missing project": (("add_task", {"title": "Milk", "project": "NOPE"}), "not_found", ["INBOX"]),
    "an ambiguous task": (("complete_task", {"task": "tea"}), "ambiguous", ["by its number"]),
    "a NUL": (("add_task", {"title": "Mi\0lk"}), "invalid", ["NUL"]),
    "a lone surrogate": (("add_task", '{"title": "Mi\\ud800lk"}'), "", []),
    "NaN": (("list_tasks", '{"limit": NaN}'), "invalid", []),
    "a huge number": (("list_tasks", '{"limit": 1e30}'), "invalid", ["number"]),
    "deep nesting": (("add_task", '{"title": ' + "[" * 50 + "]" * 50 + "}"), "invalid", []),
    "another person's id": (("add_task", {"title": "Milk", "user": "charlie"}), "invalid", ["user"]),
}


def have_two_teas(person: Person) -> None:
    inbox = ensure_inbox(person.user)
    for title in ("Green tea", "Black tea"):
        add_task(actor=person.user, origin=Origin(Door.API), project=inbox, title=title)


@pytest.mark.parametrize("case", WRONG_CALLS)
def test_a_wrong_call_changes_nothing_and_tells_the_model(
    person: Person, model: ScriptedServer, case: str
) -> None:
    call, code, hints = WRONG_CALLS[case]
    have_two_teas(person)
    before = tasks()
    model.play([calls(call), text(CLOSING)])
    turn = person.say(ASKED)
    assert (turn["status"], turn["error"], turn["text"]) == ("done", None, CLOSING)
    told = model.bodies[1]["messages"][-1]
    assert told["role"] == "tool"
    if not code:
        # What a text cannot hold is replaced, and the call runs.
        assert [task.split(" ", 1)[1] for task in tasks()[2:]] == ["Mi\ufffdlk"]
        return
    assert called(turn) == [(call[0], "failed")]
    ((found, message),) = errors_of(turn)
    assert found == code
    assert all(hint in message for hint in hints), message
    assert message in told["content"].replace('\\"', '"')
    assert tasks() == before
    assert turn["receipts"] == []


def test_an_ambiguous_task_names_the_candidates(person: Person, model: ScriptedServer) -> None:
    have_two_teas(person)
    model.play([calls(("complete_task", {"task": "tea"})), text("Which one?")])
    turn = person.say(ASKED)
    candidates = turn["tool_calls"][0]["result"]["error"]["candidates"]
    assert {each["task"]: each["title"] for each in candidates} == {
        "INBOX-1": "Green tea",
        "INBOX-2": "Black tea",
    }


def test_a_mended_call_after_an_error_result(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", {"name": "Buy milk"})), calls(("add_task", BREAD)), text("Added.")])
    turn = person.say(ASKED)
    assert_done(turn, person, model, "Added.")
    assert called(turn) == [("add_task", "failed"), ("add_task", "done")]
    assert tasks() == ["INBOX-1 Buy bread"]


def test_what_the_model_is_sent(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", MILK), before="One moment."), text("Added it.")])
    turn = person.say("Please add milk.")
    assert turn["text"] == "One moment.\n\nAdded it."
    first, second = model.bodies
    names = {tool["function"]["name"] for tool in first["tools"]}
    assert {"add_task", "list_tasks", "complete_task", "undo"} <= names
    assert [message["role"] for message in first["messages"]] == ["system", "user"]
    assert first["messages"][1]["content"].endswith("Please add milk.")
    assert "Project: INBOX." in first["messages"][1]["content"]
    asked, answered = second["messages"][-2:]
    assert (asked["role"], asked["content"]) == ("assistant", "One moment.")
    assert asked["tool_calls"][0]["function"]["name"] == "add_task"
    assert answered["tool_call_id"] == asked["tool_calls"][0]["id"]
    assert '"INBOX-1"' in answered["content"]


def test_the_history_reaches_the_model_up_to_its_window(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.CONTEXT_WINDOW_SIZE = 2
    model.play([text("One."), text("Two."), text("Three.")])
    for message in ("First", "Second", "Third"):
        person.say(message)
    *history, last = model.bodies[2]["messages"][1:]
    assert [each["role"] for each in history] == ["user", "assistant"]
    assert (history[0]["content"].splitlines()[-1], history[1]["content"]) == ("Second", "Two.")
    assert last["content"].endswith("\n\nThird")


def test_usage_is_added_up_over_the_steps(person: Person, model: ScriptedServer) -> None:
    model.perform("one_piece")
    turn = person.say(ASKED)
    assert turn["usage"] == {"prompt_tokens": 22, "completion_tokens": 14}
    assert Turn.objects.get().reply.tokens_used == 36  # type: ignore[union-attr]


@pytest.mark.parametrize("tokens", [-5, 10**15])
def test_a_nonsensical_usage_breaks_nothing(person: Person, model: ScriptedServer, tokens: int) -> None:
    usage = {"prompt_tokens": tokens, "completion_tokens": tokens}
    model.play([calls(("add_task", MILK), usage=usage), text("Added.", usage=usage)])
    assert_done(person.say(ASKED), person, model, "Added.")


def test_a_rate_limit_that_passes(person: Person, model: ScriptedServer) -> None:
    model.play([error(429, "Slow down.", retry_after="0"), calls(("add_task", MILK)), text("Added.")])
    turn = person.say(ASKED)
    assert_done(turn, person, model, "Added.")
    assert tasks() == ["INBOX-1 Buy milk"]


FOREVER: dict[str, tuple[Callable[[], Reply], str, int]] = {
    "429": (lambda: error(429, "Slow down.", retry_after="0"), "429 three times: Slow down.", 3),
    "500": (lambda: error(500, "The model crashed.", retry_after="0"), "500 three times", 3),
    "a hang": (hang, "said nothing for 0.3 seconds", 1),
    "cut before any text": (lambda: raw(CUT), "broke off its reply", 3),
    "cut in a call": (
        lambda: Reply([*calls(("add_task", MILK), pieces=4).deltas[:-1], CUT]),
        "broke off its reply",
        3,
    ),
    "an empty reply": (lambda: text(""), "gave an empty reply three times", 3),
}


@pytest.mark.parametrize("case", FOREVER)
def test_a_model_that_never_answers_fails_the_turn(
    person: Person, model: ScriptedServer, settings: Settings, case: str
) -> None:
    reply, sentence, attempts = FOREVER[case]
    settings.LLM_TIMEOUT = 0.3
    model.perform(lambda body: reply())
    turn = person.say(ASKED)
    assert_failed(turn, person, code="assistant_unavailable")
    assert sentence in turn["error"]["message"]
    assert (turn["tool_calls"], turn["receipts"], tasks()) == ([], [], [])
    assert len(model.requests) == attempts
    assert Turn.objects.get().draft == ""


def test_a_stream_cut_in_its_text_keeps_the_text(person: Person, model: ScriptedServer) -> None:
    model.play([Reply([{"content": "I will add "}, {"content": "it"}, CUT])])
    turn = person.say(ASKED)
    assert_failed(turn, person, code="assistant_unavailable", partial="I will add it")
    assert (turn["tool_calls"], tasks(), len(model.requests)) == ([], [], 1)


def test_a_stream_cut_after_a_call_keeps_what_was_done(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", MILK), before="Adding."), Reply([{"content": "I have"}, CUT])])
    turn = person.say(ASKED)
    assert_failed(turn, person, code="assistant_unavailable", partial="Adding.\n\nI have")
    assert called(turn) == [("add_task", "done")]
    assert receipts(turn) == [("create", "INBOX-1")]
    assert tasks() == ["INBOX-1 Buy milk"]
    assert Turn.objects.get().draft == "Adding."


def test_a_refused_key_fails_at_once(person: Person, model: ScriptedServer) -> None:
    model.perform("bad_key")
    turn = person.say("Add buy milk")
    assert (turn["status"], turn["error"]["code"], turn["reply"]) == ("failed", "assistant_refused", None)
    assert "did not accept the key" in turn["error"]["message"]
    assert (tasks(), len(model.requests)) == ([], 1)


def test_an_error_text_that_no_database_holds(person: Person, model: ScriptedServer) -> None:
    model.perform(lambda body: error(400, "Bad\0 request \ud800."))
    turn = person.say(ASKED)
    assert_failed(turn, person, code="assistant_refused")
    assert "\0" not in turn["error"]["message"]


def test_text_that_no_database_holds_is_replaced(person: Person, model: ScriptedServer) -> None:
    model.play([text("One\0 two", " three")])
    turn = person.say(ASKED)
    assert_done(turn, person, model, "One\ufffd two three")


def test_an_endless_loop_of_calls_ends_at_the_step_bound(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.TURN_MAX_STEPS = 3
    model.perform("endless")
    turn = person.say(ASKED)
    said = "I stopped after 3 steps, before I was finished. What was done so far is kept."
    assert_done(turn, person, model, said)
    assert called(turn) == [("add_task", "done")] * 3
    assert tasks() == ["INBOX-1 Task 1", "INBOX-2 Task 2", "INBOX-3 Task 3"]
    assert len(receipts(turn)) == 3
    assert len(model.requests) == 3


def test_a_step_beyond_the_bound_of_calls_is_not_run(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.TURN_MAX_TOOL_CALLS = 3
    pair = calls(("add_task", MILK), ("add_task", BREAD))
    model.perform(lambda body: pair)
    turn = person.say(ASKED)
    assert_done(turn, person, model, "I stopped at 3 tool calls. What was done so far is kept.")
    assert called(turn) == [("add_task", "done")] * 2
    assert tasks() == ["INBOX-1 Buy milk", "INBOX-2 Buy bread"]


def test_a_turn_ends_at_the_bound_of_seconds(
    person: Person, model: ScriptedServer, settings: Settings
) -> None:
    settings.TURN_MAX_SECONDS = 1.0
    model.play([Reply([{"content": "Well"}, Pause(30.0), {"content": " then"}])])
    turn = person.say(ASKED)
    said = "I stopped after 1 seconds, before I was finished. What was done so far is kept."
    assert_done(turn, person, model, f"Well\n\n{said}")
    assert model.wait_until(lambda server: server.hung_up == 1)


def test_a_claim_without_a_change_has_no_receipts(person: Person, model: ScriptedServer) -> None:
    model.play([words("Done! I have added milk to your list.")])
    turn = person.say(ASKED)
    assert_done(turn, person, model, "Done! I have added milk to your list.")
    assert (turn["tool_calls"], turn["receipts"], tasks()) == ([], [], [])
    assert not Change.objects.exists()


def test_silence_after_a_change_points_at_the_receipts(person: Person, model: ScriptedServer) -> None:
    model.play([calls(("add_task", MILK)), text("")])
    assert_done(person.say(ASKED), person, model, "What changed is listed below.")


@pytest.mark.parametrize("call", [("add_task", {"name": "Milk"}), ("list_tasks", {})])
def test_silence_after_no_change_is_not_called_done(
    person: Person, model: ScriptedServer, call: tuple[str, Any]
) -> None:
    model.play([calls(call), text("")])
    assert_done(person.say(ASKED), person, model, "The assistant gave no answer.")
