"""Replies read over real HTTP from a server that does what real servers do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.llm.types import AssistantMessage, ChatMessage, ToolCall, ToolResult, Usage, UserMessage
from chat.tests.asking import ADD_TASK, KEY, TOOLS, ask, request
from chat.tests.replies import Pause, Reply, call_part, calls, chunk, page, raw, sse, text, words
from chat.tests.scripted_server import ScriptedServer, scripted_server

pytestmark = pytest.mark.one_lane

__all__ = ["scripted_server"]

MILK = ("add_task", {"title": "Buy milk"})
BREAD = ("add_task", {"title": "Buy bread — twice “fresh”"})
DONE = sse("[DONE]")
STOP = chunk({}, finish_reason="stop")


def test_what_is_sent(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("Hi")])
    ask(scripted_server, request("Hello", tools=[ADD_TASK]))
    [received] = scripted_server.requests
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.headers["accept-encoding"] == "identity"
    assert received.body == {
        "model": "scripted",
        "messages": [
            {"role": "system", "content": "You keep tasks."},
            {"role": "user", "content": "Hello"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "add_task",
                    "description": "Adds a task.",
                    "parameters": dict(ADD_TASK.parameters),
                },
            }
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_no_key_sends_no_authorization(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("Hi")])
    assert ask(scripted_server, api_key="").text == "Hi"
    assert "authorization" not in scripted_server.requests[0].headers


def test_without_tools_the_key_is_left_out(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("Hi")])
    ask(scripted_server, request("Hello", tools=[]))
    assert "tools" not in scripted_server.bodies[0]


def test_a_step_with_results_is_sent_as_the_server_knows_it(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("Done")])
    made = AssistantMessage("", (ToolCall("call_1", "add_task", {"title": "Buy milk"}),))
    ask(scripted_server, request("Add milk", made, ToolResult("call_1", "add_task", {"task": "INBOX-1"})))
    _, user, calling, result = scripted_server.bodies[0]["messages"]
    assert user == {"role": "user", "content": "Add milk"}
    assert calling["content"] is None
    [call] = calling["tool_calls"]
    assert (call["id"], call["type"], call["function"]["name"]) == ("call_1", "function", "add_task")
    assert json.loads(call["function"]["arguments"]) == {"title": "Buy milk"}
    assert result == {"role": "tool", "tool_call_id": "call_1", "content": '{"task":"INBOX-1"}'}


def test_text_arrives_delta_by_delta_with_usage(scripted_server: ScriptedServer) -> None:
    # Pieces that arrive while the machine does something else are read as one: no shorter.
    scripted_server.play([words("Hello my wörld ☕", pause=0.5)])
    heard = ask(scripted_server)
    assert heard.deltas == ["Hello", " my", " wörld", " ☕"]
    assert heard.usage == Usage(11, 7)


@pytest.mark.parametrize("tokens", ["many", None, [7], {}])
def test_a_usage_that_is_no_number_counts_nothing(scripted_server: ScriptedServer, tokens: object) -> None:
    scripted_server.play([text("Hi", usage={"prompt_tokens": tokens, "completion_tokens": 7})])
    assert ask(scripted_server).usage == Usage(0, 7)


def test_no_usage_block_gives_no_usage(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("Hi", usage=None)])
    assert ask(scripted_server).usage is None


def _in_single_bytes() -> Reply:
    stream = b"".join([chunk({"content": "Grüße ☕"}), STOP, DONE])
    return raw(*[stream[place : place + 1] for place in range(len(stream))])


def _crlf(*events: bytes) -> list[bytes]:
    stream = b"".join(events).replace(b"\n", b"\r\n")
    middle = stream.index(b"\r\n") + 1
    return [stream[:middle], stream[middle:]]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(_in_single_bytes(), "Grüße ☕", id="one byte at a time"),
        pytest.param(raw(*_crlf(chunk({"content": "Hi"}), STOP, DONE)), "Hi", id="CRLF, cut in two"),
        pytest.param(
            raw(": ping\n\n", chunk({"content": "Hi"}), ":\n\n", "event: x\nid: 3\nretry: 5\n\n", STOP, DONE),
            "Hi",
            id="comments and other fields",
        ),
        pytest.param(
            raw('data: {"choices": [{"delta":\ndata: {"content": "Hi"}}]}\n\n', STOP, DONE),
            "Hi",
            id="data over two lines",
        ),
        pytest.param(
            raw(chunk({"content": "A"})[:-1], chunk({"content": "B"})[:-1], b"\n", STOP, DONE),
            "AB",
            id="no empty line between events",
        ),
        pytest.param(
            raw('data: {"choices": [{"delta":\r', '\ndata: {"content": "Hi"}}]}\r\n\r\n', STOP, DONE),
            "Hi",
            id="data over two lines, the CRLF cut in two",
        ),
        pytest.param(
            raw(chunk({"content": "Hi"})[:-2] + b"\r", "\rdata: [DONE]\r\r"), "Hi", id="CR alone, cut in two"
        ),
        pytest.param(raw(chunk({"content": "Hi"}), STOP), "Hi", id="no [DONE]"),
        pytest.param(raw(chunk({"content": "Hi"}), DONE), "Hi", id="no finish_reason"),
        pytest.param(raw(chunk({"content": "Hi"}), b"data: [DONE]"), "Hi", id="no last line end"),
        pytest.param(raw(chunk({"content": "Hi"}).replace(b"data: ", b"data:"), DONE), "Hi", id="no space"),
        pytest.param(raw(STOP, chunk({"content": "Hi"}), DONE), "Hi", id="text after the finish"),
        pytest.param(
            raw(chunk({"content": None}), chunk({"content": "Hi"}), sse({"choices": []}), STOP, DONE),
            "Hi",
            id="null content and no choices",
        ),
        pytest.param(
            raw(chunk({"content": [{"type": "text", "text": "Hi"}, {"type": "thinking"}]}), STOP, DONE),
            "Hi",
            id="content as parts",
        ),
        pytest.param(
            raw(chunk({"reasoning_content": "Hm."}), chunk({"content": "Hi"}), STOP, DONE),
            "Hi",
            id="reasoning beside the content",
        ),
        pytest.param(
            text("<th", "ink>", "Hm. <b>", "</thi", "nk>", "\n\nHi"), "Hi", id="thinking in the text"
        ),
        pytest.param(text("<", "b> Hi"), "<b> Hi", id="no thinking after all"),
        pytest.param(text("Use <think> tags"), "Use <think> tags", id="a tag further on is text"),
    ],
)
def test_streams_of_every_form(scripted_server: ScriptedServer, reply: Reply, said: str) -> None:
    scripted_server.play([reply] * 3)
    assert ask(scripted_server).text == said


def test_an_answer_in_one_document_to_a_request_for_a_stream(scripted_server: ScriptedServer) -> None:
    document = {
        "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }
    scripted_server.play([page(json.dumps(document), content_type="application/json")])
    heard = ask(scripted_server)
    assert (heard.text, heard.usage) == ("Hi", Usage(3, 1))


def test_a_template_that_opens_the_thinking_is_learned(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("Hm.", "</think>", "First"), text("Let me see.", "</think>", "\nSecond")])
    assert ask(scripted_server, request("One"), request("Two")).text == "Second"


def test_a_server_that_keeps_the_connection_open_after_the_end(scripted_server: ScriptedServer) -> None:
    scripted_server.play([raw(chunk({"content": "Hi"}), STOP, DONE, Pause(60))])
    assert ask(scripted_server).text == "Hi"


def test_an_id_that_the_conversation_has_used_is_replaced(scripted_server: ScriptedServer) -> None:
    made = AssistantMessage("", (ToolCall("call_1", "add_task", {"title": "Buy milk"}),))
    scripted_server.play([calls(BREAD, ids=["call_1"])])
    step = request("Add both", made, ToolResult("call_1", "add_task", {"task": "INBOX-1"}))
    [call] = ask(scripted_server, step).calls
    assert call.id != "call_1"
    assert call.id.isalnum()
    assert len(call.id) == 9


@pytest.mark.parametrize(
    ("delta", "sent"),
    [
        ({"tool_calls": [{"extra_content": {"google": {"thought_signature": "c2ln"}}}]}, "extra_content"),
        ({"reasoning_content": "Milk, then."}, "reasoning_content"),
    ],
)
def test_what_came_beside_a_call_goes_back_with_it(
    scripted_server: ScriptedServer, delta: dict[str, Any], sent: str
) -> None:
    call = chunk({"tool_calls": [call_part('{"title": "Buy milk"}', "add_task", id="a1")]})
    scripted_server.play([raw(call, chunk(delta), STOP), text("Done")])
    made = AssistantMessage("", (ToolCall("a1", "add_task", {"title": "Buy milk"}),))
    ask(scripted_server, request("Add milk"), request("Add milk", made, ToolResult("a1", "add_task", {})))
    calling = scripted_server.bodies[1]["messages"][2]
    expected = delta.get(sent) or delta["tool_calls"][0][sent]
    assert {**calling, **calling["tool_calls"][0]}[sent] == expected


def test_an_empty_reply_after_results_is_an_end(scripted_server: ScriptedServer) -> None:
    made = AssistantMessage("", (ToolCall("a", "add_task", {"title": "Buy milk"}),))
    scripted_server.play([text()])
    heard = ask(scripted_server, request("Add milk", made, ToolResult("a", "add_task", {})))
    assert (heard.text, heard.calls) == ("", [])


def test_connections_are_kept(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("One"), text("Two"), text("Three")])
    assert ask(scripted_server, request("1"), request("2"), request("3")).text == "Three"
    assert scripted_server.connections == 1


def test_the_openai_package_is_imported_on_first_use() -> None:
    import subprocess
    import sys

    program = "import sys, chat.llm.openai_compatible; print({'openai', 'httpx2'} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"


def test_many_tools_and_messages_go_out_in_order(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("Hi")])
    said: list[ChatMessage] = [UserMessage("One"), AssistantMessage("Two"), UserMessage("Three")]
    ask(scripted_server, request(*said, tools=TOOLS))
    assert [message["content"] for message in scripted_server.bodies[0]["messages"][1:]] == [
        "One",
        "Two",
        "Three",
    ]
    assert [tool["function"]["name"] for tool in scripted_server.bodies[0]["tools"]] == [
        "add_task",
        "list_tasks",
    ]
