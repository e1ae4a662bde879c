"""Tool calls in every form that servers and models send them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.tests.asking import ask
from chat.tests.replies import Reply, call_part, calls, chunk, raw, sse, text, words
from chat.tests.scripted_server import ScriptedServer, scripted_server

pytestmark = pytest.mark.one_lane

__all__ = ["scripted_server"]

MILK = ("add_task", {"title": "Buy milk"})
BREAD = ("add_task", {"title": "Buy bread — twice “fresh”"})
DONE = sse("[DONE]")
STOP = chunk({}, finish_reason="stop")


def _fragments(*fragments: dict[str, Any]) -> Reply:
    return raw(*[chunk({"tool_calls": [one]}) for one in fragments], STOP, DONE)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(calls(MILK, BREAD), id="in one piece"),
        pytest.param(calls(MILK, BREAD, pieces=7), id="in fragments"),
        pytest.param(calls(MILK, BREAD, index=False), id="no index"),
        pytest.param(calls(MILK, BREAD, index=False, pieces=4), id="no index, in fragments"),
        pytest.param(calls(MILK, BREAD, index=0), id="one index for all"),
        pytest.param(calls(MILK, BREAD, index=0, ids=["", ""]), id="one index for all, no ids"),
        pytest.param(calls(MILK, BREAD, index=False, ids=["", ""]), id="no index, no ids"),
        pytest.param(calls(MILK, BREAD, ids=["call_0", "call_0"]), id="one id for two"),
        pytest.param(calls(MILK, BREAD, pieces=5, name_in_each=True), id="the name in each fragment"),
        pytest.param(
            calls(MILK, BREAD, pieces=5, name_in_each=True, index=False), id="the name in each, no index"
        ),
        pytest.param(calls(MILK, BREAD, finish_reason="stop"), id="finish_reason stop"),
        pytest.param(
            raw(
                chunk({"tool_calls": [call_part('{"title": "Buy milk"}', "add_task", id="a")]}, "tool_calls"),
                chunk({"tool_calls": [call_part(json.dumps(BREAD[1]), "add_task", id="b")]}),
                DONE,
            ),
            id="a call after the finish",
        ),
        pytest.param(
            _fragments(call_part(MILK[1], "add_task", index=0), call_part(BREAD[1], "add_task", index=1)),
            id="arguments as an object",
        ),
        pytest.param(
            raw(
                chunk({"tool_calls": [call_part(json.dumps(one), "add_task") for _, one in (MILK, BREAD)]}),
                STOP,
            ),
            id="two in one delta, no index",
        ),
    ],
)
def test_two_calls_in_every_form(scripted_server: ScriptedServer, reply: Reply) -> None:
    scripted_server.play([reply])
    heard = ask(scripted_server)
    assert heard.called == [MILK, BREAD]
    assert [call.invalid for call in heard.calls] == ["", ""]
    assert len({call.id for call in heard.calls}) == 2
    assert all(call.id for call in heard.calls)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(
            _fragments(
                call_part("", "add_", index=0, id="a"),
                call_part("", "task", index=0),
                call_part('{"title": "Buy milk"}', index=0),
            ),
            id="the name in pieces",
        ),
        pytest.param(
            _fragments(
                call_part('{"title": ', "add_task", index=0, id="a"),
                call_part('"Buy milk"}', "", index=0, id="b"),
            ),
            id="another id with each fragment",
        ),
        pytest.param(
            _fragments(
                call_part("{}", "add_task", index=0, id="a"), call_part('{"title": "Buy milk"}', index=0)
            ),
            id="an empty object first",
        ),
        pytest.param(
            _fragments(
                call_part('{"title"', "add_task", index=0, id="a"),
                call_part('{"title": "Buy milk"}', index=0, id="a"),
            ),
            id="each time from the beginning",
        ),
        pytest.param(
            _fragments(call_part('"{\\"title\\": \\"Buy milk\\"}"', "add_task", index=0)), id="encoded twice"
        ),
        pytest.param(
            raw(chunk({"function_call": {"name": "add_task", "arguments": '{"title": "Buy milk"}'}}), STOP),
            id="the old function_call",
        ),
        pytest.param(calls(("add_task", '{"title": "Buy milk",}')), id="trailing comma"),
        pytest.param(calls(("add_task", "{'title': 'Buy milk'}")), id="single quotes"),
        pytest.param(calls(("add_task", '```json\n{"title": "Buy milk"}\n```')), id="code fence"),
        pytest.param(calls(("add_task", '{"title": "Buy milk"')), id="unclosed brace"),
        pytest.param(calls(("add_task", '{title: "Buy milk"}')), id="bare key"),
        pytest.param(
            text('```json\n{"name": "add_task", "arguments": {"title": "Buy milk"}}\n```'), id="fenced"
        ),
        pytest.param(
            text(
                "<tool_call>\n", '{"name": "add_task", "arguments": {"title": "Buy milk"}}', "\n</tool_call>"
            ),
            id="tagged",
        ),
        pytest.param(
            text('[TOOL_REQUEST]{"name": "add_task", "arguments": {"title": "Buy milk"}}[END_TOOL_REQUEST]'),
            id="LM Studio's request",
        ),
        pytest.param(
            text(
                "<tool_call>\n<function=add_task>\n<parameter=title>\nBuy milk\n</parameter>\n"
                "</function>\n</tool_call>"
            ),
            id="Qwen's tags",
        ),
        pytest.param(
            text('{"name": "add_task", ', '"parameters": {"title": "Buy milk"}}'), id="bare call as text"
        ),
    ],
)
def test_one_call_in_odd_forms(scripted_server: ScriptedServer, reply: Reply) -> None:
    scripted_server.play([reply])
    heard = ask(scripted_server)
    assert heard.called == [MILK]
    assert heard.calls[0].invalid == ""
    assert heard.text == ""


def test_python_words_and_apostrophes_are_mended(scripted_server: ScriptedServer) -> None:
    scripted_server.play([calls(("add_task", "{'title': 'Bob's milk', 'x': True, 'y': None, 'z': [1, 2,]}"))])
    assert ask(scripted_server).called == [
        ("add_task", {"title": "Bob's milk", "x": True, "y": None, "z": [1, 2]})
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        '{"title": "Buy mi',
        '{"title": "Buy milk", "due": }',
        "[1, 2]",
        "Buy milk",
        '{"title": "a", "n": 1',
        "[" * 5000,
        '{"title": "Buy milk", "n": 1e999}',
        '{"title": "Buy milk", "n": 007}',
    ],
)
def test_arguments_beyond_mending_are_not_run(scripted_server: ScriptedServer, arguments: str) -> None:
    scripted_server.play([calls(("add_task", arguments))])
    [call] = ask(scripted_server).calls
    assert call.arguments == {}
    assert "one JSON object" in call.invalid


@pytest.mark.parametrize("arguments", ['{"title": "Buy milk"', ""])
def test_a_call_cut_off_by_the_length_limit_is_not_run(
    scripted_server: ScriptedServer, arguments: str
) -> None:
    scripted_server.play([calls(("add_task", arguments), finish_reason="length")])
    [call] = ask(scripted_server).calls
    assert "cut off" in call.invalid


def test_no_arguments_are_an_empty_object(scripted_server: ScriptedServer) -> None:
    scripted_server.play([calls(("list_tasks", ""))])
    [call] = ask(scripted_server).calls
    assert (call.arguments, call.invalid) == ({}, "")


def test_two_calls_without_arguments_in_one_delta(scripted_server: ScriptedServer) -> None:
    scripted_server.play(
        [raw(chunk({"tool_calls": [call_part("", "list_tasks"), call_part("", "list_tasks")]}), STOP)]
    )
    assert ask(scripted_server).called == [("list_tasks", {}), ("list_tasks", {})]


def test_a_call_without_arguments_before_another(scripted_server: ScriptedServer) -> None:
    scripted_server.play(
        [_fragments(call_part("", "list_tasks"), call_part('{"title": "Buy milk"}', "add_task"))]
    )
    assert ask(scripted_server).called == [("list_tasks", {}), MILK]


@pytest.mark.parametrize("index", [False, 0])
def test_a_malformed_call_does_not_swallow_the_next(
    scripted_server: ScriptedServer, index: bool | int
) -> None:
    scripted_server.play([calls(("add_task", '{"title": }'), MILK, ("list_tasks", {}), index=index)])
    first, second, third = ask(scripted_server).calls
    assert first.invalid
    assert (second.arguments, third.name) == (MILK[1], "list_tasks")


def test_text_before_calls_is_kept(scripted_server: ScriptedServer) -> None:
    scripted_server.play([calls(MILK, before="I add it.")])
    heard = ask(scripted_server)
    assert (heard.text, heard.called) == ("I add it.", [MILK])


@pytest.mark.parametrize(
    "said",
    [
        '```json\n{"name": "launch_rocket", "arguments": {}}\n```',
        '```python\nprint("add_task")\n```',
        'Do this:\n```json\n{"name": "add_task", "arguments": {"title": "x"}}\n```',
        '```json\n{"name": "add_task", "arguments": {"title": "x"}}\n```\nThat is how.',
        '{"title": "just JSON"}',
        "{not JSON}",
    ],
)
def test_text_that_only_looks_like_a_call_is_shown(scripted_server: ScriptedServer, said: str) -> None:
    scripted_server.play([words(said)])
    heard = ask(scripted_server)
    assert (heard.text, heard.calls) == (said, [])
