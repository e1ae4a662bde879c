"""The JSON protocol, for models and servers without native tool calls, and the choice between both."""

from __future__ import annotations

import json
import re

import pytest

from chat.llm.types import AssistantMessage, AssistantRefused, AssistantUnavailable, ToolCall, ToolResult
from chat.tests.asking import ask, hear, request
from chat.tests.replies import CUT, Reply, calls, error, text, words
from chat.tests.scripted_server import ScriptedServer, scripted_server

pytestmark = pytest.mark.one_lane

__all__ = ["scripted_server"]

MILK = ("add_task", {"title": "Buy milk"})
READY = calls(("ready", {"word": "yes"}))


def _in_pieces(said: str, size: int = 1) -> Reply:
    return text(*[said[place : place + size] for place in range(0, len(said), size)])


def test_what_is_sent(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text('{"answer": "Hi"}')])
    ask(scripted_server, request("Hello"), tool_mode="json")
    [body] = scripted_server.bodies
    assert "tools" not in body
    system, user = body["messages"]
    assert system["role"] == "system"
    assert system["content"].startswith("You keep tasks.")
    assert "add_task: Adds a task." in system["content"]
    assert user == {"role": "user", "content": "Hello"}
    answer, called = body["response_format"]["json_schema"]["schema"]["anyOf"]
    assert answer["required"] == ["answer"]
    names = [call["properties"]["name"]["enum"] for call in called["properties"]["calls"]["items"]["anyOf"]]
    assert names == [["add_task"], ["list_tasks"]]


def test_calls_and_results_go_back_as_plain_messages(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text('{"answer": "Done"}')])
    made = AssistantMessage("", (ToolCall("a", *MILK), ToolCall("b", "list_tasks", {})))
    results = [ToolResult("a", "add_task", {"task": "INBOX-1"}), ToolResult("b", "list_tasks", {"tasks": []})]
    ask(
        scripted_server,
        request("Hi", AssistantMessage("Hello!"), "Add milk", made, *results),
        tool_mode="json",
    )
    _, *messages = scripted_server.bodies[0]["messages"]
    assert [one["role"] for one in messages] == ["user", "assistant", "user", "assistant", "user"]
    assert json.loads(messages[1]["content"]) == {"answer": "Hello!"}
    assert json.loads(messages[3]["content"])["calls"][0] == {"name": "add_task", "arguments": MILK[1]}
    assert '{"name":"add_task","result":{"task":"INBOX-1"}}' in messages[4]["content"]
    assert '{"name":"list_tasks","result":{"tasks":[]}}' in messages[4]["content"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_the_answer_streams_out_of_its_json(scripted_server: ScriptedServer, size: int) -> None:
    said = 'Say "hi" \\ to\nZoë \U0001f600 and {braces}\t/'
    scripted_server.play([_in_pieces(json.dumps({"answer": said}), size)])
    heard = ask(scripted_server, tool_mode="json")
    assert heard.text == said
    assert heard.calls == []


def test_the_answer_streams_while_its_json_does(scripted_server: ScriptedServer) -> None:
    whole = json.dumps({"answer": "one two three four five"})
    scripted_server.play([words(whole, pause=0.03)])
    heard = ask(scripted_server, tool_mode="json")
    assert heard.text == "one two three four five"
    assert len(heard.deltas) >= 4


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ('```json\n{"answer": "Hi"}\n```', "Hi"),
        ('{\n  "answer" : "Hi"\n}', "Hi"),
        ("Hi, {name}. It is `done`.", "Hi, {name}. It is `done`."),
        ('{"response": "Hi"}', "Hi"),
        ('{"answer": "broken \\u00zz escape"}', "broken 00zz escape"),
        ('{"answer": "lone \\ud83d end"}', "lone � end"),
        ('<think>{"answer": "no"}</think>{"answer": "Hi"}', "Hi"),
        ('{"answer": "Hi", "calls": []}', "Hi"),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_answers_of_every_form(scripted_server: ScriptedServer, reply: str, said: str, size: int) -> None:
    scripted_server.play([_in_pieces(reply, size)])
    heard = ask(scripted_server, tool_mode="json")
    assert heard.text == said
    assert heard.calls == []


CALL = '{"name": "add_task", "arguments": {"title": "Buy milk"}}'


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (f'{{"calls": [{CALL}]}}', ""),
        (f'```json\n{{"calls": [{CALL}]}}\n```', ""),
        (f'{{"answer": "I add it.", "calls": [{CALL}]}}', "I add it."),
        (f'{{"calls": [{CALL}], "answer": ""}}', ""),
        (f"[{CALL}]", ""),
        (CALL, ""),
        ('{"tool": "add_task", "args": {"title": "Buy milk"}}', ""),
        (
            '{"tool_calls": [{"function": {"name": "add_task", "arguments": {"title": "Buy milk"}}}]}',
            "",
        ),
        (f"I add it now.\n```json\n{CALL}\n```", "I add it now.\n"),
        (f"<tool_call>{CALL}</tool_call>", ""),
        ("<tool_call><function=add_task><parameter=title>Buy milk</parameter></function></tool_call>", ""),
        (f"```\n{CALL}\n```", ""),
        ("{'calls': [{'name': 'add_task', 'arguments': {'title': 'Buy milk',}}]}", ""),
        (f'{{"calls": [{CALL}]', ""),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_calls_of_every_form(scripted_server: ScriptedServer, reply: str, said: str, size: int) -> None:
    scripted_server.play([_in_pieces(reply, size)])
    heard = ask(scripted_server, tool_mode="json")
    assert (heard.called, heard.text) == ([MILK], said)
    assert re.fullmatch("[a-zA-Z0-9]{9}", heard.calls[0].id)


def test_two_calls_and_an_unknown_one(scripted_server: ScriptedServer) -> None:
    wanted = [{"name": "list_tasks", "arguments": {}}, {"name": "launch", "arguments": {"to": "moon"}}]
    scripted_server.play([text(json.dumps({"calls": wanted}))])
    heard = ask(scripted_server, tool_mode="json")
    assert heard.called == [("list_tasks", {}), ("launch", {"to": "moon"})]


@pytest.mark.parametrize(
    "reply",
    [
        text('{"calls": [{"name": "add_task", "arguments": {"title": "Buy mi'),
        text('{"calls": [{"name": "add_task", "arguments": {"title": "Buy milk"}}', finish_reason="length"),
        text('{"calls": [{"name": "add_task", "arguments": ["Buy milk"]}]}'),
    ],
)
def test_calls_beyond_mending_are_not_run(scripted_server: ScriptedServer, reply: Reply) -> None:
    scripted_server.play([reply])
    [call] = ask(scripted_server, tool_mode="json").calls
    assert (call.name, call.arguments) == ("add_task", {})
    assert "one JSON object" in call.invalid


def test_calls_cut_by_the_network_are_never_run(scripted_server: ScriptedServer) -> None:
    scripted_server.play([Reply([{"content": f'{{"calls": [{CALL}]}}'}, CUT])] * 3)
    heard = hear(scripted_server, tool_mode="json")
    assert heard.calls == []
    assert isinstance(heard.error, AssistantUnavailable)


def test_the_output_format_steps_down_as_the_server_refuses(scripted_server: ScriptedServer) -> None:
    scripted_server.play(
        [
            error(400, "Invalid schema for response_format 'reply'"),
            error(400, "'response_format.type' must be 'json_schema' or 'text'"),
            text('{"answer": "Hi"}'),
            text('{"answer": "Again"}'),
        ]
    )
    heard = ask(scripted_server, request("One"), request("Two"), tool_mode="json")
    assert (heard.text, heard.waits) == ("Again", [])
    kinds = [body.get("response_format", {}).get("type") for body in scripted_server.bodies]
    assert kinds == ["json_schema", "json_object", None, None]


def test_without_tools_the_answer_is_plain_text(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text('{"answer": "Hi"}')])
    heard = ask(scripted_server, request("Title?", tools=[]), tool_mode="json")
    assert heard.text == '{"answer": "Hi"}'
    assert "response_format" not in scripted_server.bodies[0]
    assert scripted_server.bodies[0]["messages"][0]["content"] == "You keep tasks."


def test_auto_asks_once_and_stays_native(scripted_server: ScriptedServer) -> None:
    scripted_server.play([READY, calls(MILK), text("Hi")])
    heard = ask(scripted_server, request("Add milk"), request("Hello"), tool_mode="auto")
    assert heard.text == "Hi"
    probe, first, second = scripted_server.bodies
    assert [tool["function"]["name"] for tool in probe["tools"]] == ["ready"]
    assert "tool_choice" not in probe
    assert [len(body["tools"]) for body in (first, second)] == [2, 2]


@pytest.mark.parametrize(
    "probed",
    [
        text("I am ready."),
        text('```json\n{"name": "ready", "arguments": {"word": "yes"}}\n```'),
        text('<tool_call>{"name": "ready", "arguments": {"word": "yes"}}</tool_call>'),
        error(400, "tiny does not support tools"),
        error(500, "tools param requires --jinja flag"),
    ],
    ids=["only text", "fenced block", "tagged", "refused", "refused with a 500"],
)
def test_auto_takes_the_json_way(scripted_server: ScriptedServer, probed: Reply) -> None:
    scripted_server.play([probed, text(f'{{"calls": [{CALL}]}}'), text('{"answer": "Hi"}')])
    heard = ask(scripted_server, request("Add milk"), request("Hello"), tool_mode="auto")
    assert (heard.text, heard.waits) == ("Hi", [])
    assert ["tools" in body for body in scripted_server.bodies] == [True, False, False]


def test_auto_changes_its_way_when_tools_are_refused_later(scripted_server: ScriptedServer) -> None:
    scripted_server.play(
        [READY, error(404, "No endpoints found that support tool use."), text('{"answer": "Hi"}')]
    )
    assert ask(scripted_server, tool_mode="auto").text == "Hi"
    refusal = error(400, "This model does not support tools.")
    scripted_server.play([READY, refusal, text('{"answer": "One"}'), text('{"answer": "Two"}')])
    assert ask(scripted_server, request("1"), request("2"), tool_mode="auto").text == "Two"
    assert ["tools" in body for body in scripted_server.bodies] == [True, True, False, False]


def test_a_failed_probe_is_not_remembered(scripted_server: ScriptedServer) -> None:
    scripted_server.play([error(401, "Bad key."), READY, text("Hi")])
    first = hear(scripted_server, request("One"), request("Two"), tool_mode="auto")
    assert first.text == "Hi"
    assert len(scripted_server.requests) == 3


def test_auto_does_not_probe_for_a_request_without_tools(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("A title")])
    assert ask(scripted_server, request("Title?", tools=[]), tool_mode="auto").text == "A title"


def test_a_refused_key_fails_the_probe(scripted_server: ScriptedServer) -> None:
    scripted_server.key = "sk-the-right-key-000000"
    heard = hear(scripted_server, tool_mode="auto")
    assert isinstance(heard.error, AssistantRefused)


@pytest.mark.parametrize("mode", ["native", "json"])
@pytest.mark.parametrize(
    ("said", "call"),
    [
        (
            "add buy milk tomorrow at 5pm, high priority",
            ("add_task", {"title": "Buy milk", "due": "tomorrow at 5pm", "priority": "high"}),
        ),
        ("show my list", ("list_tasks", {"status": "open"})),
        ("change buy milk to friday", ("update_task", {"task": "buy milk", "due": "friday"})),
        ("set buy milk priority to low", ("update_task", {"task": "buy milk", "priority": "low"})),
        ("make buy milk low priority", ("update_task", {"task": "buy milk", "priority": "low"})),
        ("complete buy milk", ("complete_task", {"task": "buy milk"})),
        ("undo", ("undo", {})),
    ],
)
def test_the_story_in_both_ways(
    scripted_server: ScriptedServer, said: str, call: tuple[str, dict[str, str]], mode: str
) -> None:
    scripted_server.perform("story")
    [made] = ask(scripted_server, request(said), tool_mode=mode).calls
    assert (made.name, made.arguments) == call
    step = request(said, AssistantMessage("", (made,)), ToolResult(made.id, made.name, {"title": "Buy milk"}))
    assert ask(scripted_server, step, tool_mode=mode).text == "Done: Buy milk."


@pytest.mark.parametrize("script", ["fenced", "json", "no_response_format"])
def test_named_scripts_reach_the_tool_and_the_answer(scripted_server: ScriptedServer, script: str) -> None:
    scripted_server.perform(script)
    [call] = ask(scripted_server, tool_mode="auto").calls
    assert (call.name, call.arguments["title"]) == ("add_task", "Buy milk")
    made = AssistantMessage("", (call,))
    step = request("Add milk", made, ToolResult(call.id, "add_task", {"task": "INBOX-1"}))
    assert ask(scripted_server, step, tool_mode="auto").text == "I have added it to your list."
