"""What a failing model server leads to: another attempt, a changed request, or a clear sentence."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from chat.llm.openai_compatible import OpenAICompatible
from chat.llm.types import (
    AssistantMessage,
    AssistantRefused,
    AssistantUnavailable,
    TextDelta,
    ToolCall,
    ToolResult,
)
from chat.tests.asking import ADD_TASK, KEY, ask, assistant, hear, request
from chat.tests.replies import CUT, HANG, Reply, calls, chunk, error, hang, page, raw, sse, text
from chat.tests.scripted_server import ScriptedServer, scripted_server

pytestmark = pytest.mark.one_lane

__all__ = ["scripted_server"]

MILK = ("add_task", {"title": "Buy milk"})


@pytest.mark.parametrize(
    "failing",
    [
        error(500),
        error(503),
        error(429),
        raw(CUT),
        Reply([chunk({"tool_calls": []}), CUT]),
        raw(sse({"error": {"message": "Overloaded", "code": 503}})),
        text(),
    ],
    ids=["500", "503", "429", "reset", "cut before text", "error in the stream", "empty"],
)
def test_another_attempt_before_the_first_event(scripted_server: ScriptedServer, failing: Reply) -> None:
    scripted_server.play([failing, failing, calls(MILK)])
    heard = ask(scripted_server)
    assert heard.called == [MILK]
    assert len(scripted_server.requests) == 3
    first, second = heard.waits
    assert 0.3 < first < 0.7
    assert 0.7 < second < 1.3


def test_attempts_end_in_a_clear_sentence(scripted_server: ScriptedServer) -> None:
    scripted_server.play([error(500, "The model crashed.")] * 4)
    heard = hear(scripted_server)
    assert isinstance(heard.error, AssistantUnavailable)
    host = f"127.0.0.1:{scripted_server.port}"
    assert str(heard.error) == f"The model server at {host} answered 500 three times: The model crashed."
    assert len(scripted_server.requests) == 3


def _in(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"retry_after": "3"}, 3, 3),
        ({"retry_after": "0.25"}, 0.25, 0.25),
        ({"retry_after_ms": "1500"}, 1.5, 1.5),
        ({"retry_after": "3600"}, 20, 20),
        ({"retry_after": "-5"}, 0, 0),
        ({"retry_after": "soon"}, 0.3, 0.7),
    ],
)
def test_retry_after_is_honoured(
    scripted_server: ScriptedServer, headers: dict[str, str], least: float, most: float
) -> None:
    scripted_server.play([error(429, **headers), text("Hi")])
    [wait] = ask(scripted_server).waits
    assert least <= wait <= most


def test_retry_after_as_a_date(scripted_server: ScriptedServer) -> None:
    scripted_server.play([error(503, retry_after=_in(10)), error(503, retry_after=_in(-10)), text("Hi")])
    first, second = ask(scripted_server).waits
    assert 5 < first <= 10
    assert second == 0


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (error(401, f"Incorrect API key provided: {KEY}."), "did not accept the key (401)"),
        (error(403, "Region not allowed."), "Region not allowed."),
        (error(404, "The model `gpt-9` does not exist."), "`gpt-9` does not exist"),
        (error(400, "Context length exceeded."), "Context length exceeded."),
        (
            error(429, "You exceeded your current quota.", code="insufficient_quota"),
            "exceeded your current quota",
        ),
        (
            page('[{"error": {"code": 400, "message": "API key not valid."}}]', status=400),
            "API key not valid.",
        ),
        (page('{"error": "model not found"}', status=404), "model not found"),
        (page('{"detail": [{"loc": ["body"], "msg": "Field required"}]}', status=422), "Field required"),
        (page("<html><title>Sign in</title><body>" + "x" * 9000 + "</body></html>", status=403), "Sign in"),
        (page("<!doctype html><html><body>Welcome</body></html>"), "Check its address"),
        (page('{"status": "ok"}', content_type="application/json"), "without a reply"),
        (page('{"error": "Unexpected endpoint or method."}'), "Unexpected endpoint"),
        (raw(sse({"error": {"message": "Invalid schema", "code": 400}})), "Invalid schema"),
        (raw('error: {"code": 400, "message": "Prompt too long."}\n\ndata: [DONE]\n\n'), "Prompt too long."),
        (error(500, "The request exceeds the available context size."), "available context size"),
    ],
)
def test_refusals_are_told_at_once(scripted_server: ScriptedServer, reply: Reply, part: str) -> None:
    scripted_server.play([reply, text("Never asked")])
    heard = hear(scripted_server)
    assert isinstance(heard.error, AssistantRefused)
    assert part in str(heard.error)
    assert len(str(heard.error)) < 450
    assert "<" not in str(heard.error)
    assert len(scripted_server.requests) == 1


def test_the_key_is_never_shown(scripted_server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    scripted_server.key = "sk-another-key-entirely-000"
    with caplog.at_level(logging.DEBUG):
        refused = hear(scripted_server)
        scripted_server.key = ""
        scripted_server.play([error(500, f"Bad header: Bearer {KEY} and sk-proj-abcdefgh12345")] * 3)
        failed = hear(scripted_server)
        scripted_server.play([error(400, "No such secret: local-secret-42")])
        local = hear(scripted_server, api_key="local-secret-42")
    assert "No such secret: ***" in str(local.error)
    shown = f"{refused.error} {failed.error} {caplog.text}"
    assert "***" in str(refused.error)
    assert KEY not in shown
    assert "sk-proj-abcdefgh12345" not in shown


@pytest.mark.parametrize(
    "reply",
    [
        Reply([{"content": "I will"}, CUT]),
        raw(chunk({"content": "I will"})),
        raw(chunk({"content": "I will"}), 'data: {"choices": [{"del'),
        raw(chunk({"content": "I will"}), sse({"error": {"message": "Out of memory"}})),
        Reply([{"content": "I will"}, *calls(MILK, pieces=3).deltas[:-1], CUT]),
        raw(chunk({"content": "I will"}), *calls(MILK).events()[1:]),
    ],
    ids=["reset", "ended", "half an event", "an error", "reset in a call", "ended after a call"],
)
def test_a_reply_that_breaks_off_is_not_asked_again(scripted_server: ScriptedServer, reply: Reply) -> None:
    scripted_server.play([reply, text("Never asked")])
    heard = hear(scripted_server)
    assert heard.text == "I will"
    assert heard.calls == []
    assert isinstance(heard.error, AssistantUnavailable)
    assert "broke off" in str(heard.error)
    assert len(scripted_server.requests) == 1


def test_a_call_cut_in_the_middle_is_never_run(scripted_server: ScriptedServer) -> None:
    cut = Reply([*calls(MILK, pieces=4).deltas[:-1], CUT])
    ended = raw(*calls(MILK).events())
    scripted_server.play([cut, ended, cut])
    heard = hear(scripted_server)
    assert heard.calls == []
    assert "broke off" in str(heard.error)


def test_silence_before_a_reply(scripted_server: ScriptedServer) -> None:
    scripted_server.play([hang(), text("Never asked")])
    heard = hear(scripted_server, timeout=0.3)
    assert isinstance(heard.error, AssistantUnavailable)
    assert "said nothing for 0.3 seconds" in str(heard.error)
    assert len(scripted_server.requests) == 1


def test_silence_in_a_reply(scripted_server: ScriptedServer) -> None:
    scripted_server.play([Reply([{"content": "I"}, HANG])])
    heard = hear(scripted_server, timeout=0.3)
    assert heard.text == "I"
    assert "broke off" in str(heard.error)
    assert "0.3 seconds" in str(heard.error)


def test_nobody_listens(scripted_server: ScriptedServer) -> None:
    scripted_server.close()
    heard = hear(scripted_server)
    assert isinstance(heard.error, AssistantUnavailable)
    assert "could not be reached (three times tried)" in str(heard.error)
    assert len(heard.waits) == 2


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"base_url": "localhost:11434"}, "OPENAI_BASE_URL"),
        ({"base_url": "ftp://x/v1"}, "OPENAI_BASE_URL"),
        ({"api_key": "sk-“quoted”"}, "OPENAI_API_KEY"),
        ({"model": ""}, "OPENAI_MODEL"),
    ],
)
def test_settings_that_cannot_work(
    scripted_server: ScriptedServer, settings: dict[str, Any], part: str
) -> None:
    heard = hear(scripted_server, **settings)
    assert isinstance(heard.error, AssistantRefused)
    assert part in str(heard.error)
    assert scripted_server.requests == []


@pytest.mark.parametrize("way", ["cancel the task", "close the iterator"])
def test_leaving_hangs_up_at_once(scripted_server: ScriptedServer, way: str) -> None:
    scripted_server.play([Reply([{"content": "I"}, HANG])])

    async def run() -> None:
        asked = assistant(scripted_server, timeout=60)
        heard = asyncio.Event()

        async def listen() -> None:
            events = asked.reply(request())
            async for event in events:
                assert event == TextDelta("I")
                heard.set()
                if way == "close the iterator":
                    await events.aclose()

        task = asyncio.create_task(listen())
        await heard.wait()
        if way == "cancel the task":
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            await task
        gone = await asyncio.to_thread(scripted_server.wait_until, lambda server: server.hung_up == 1, 5)
        assert gone
        await asked.close()

    asyncio.run(run())


def test_cancelling_before_the_reply_begins_hangs_up(scripted_server: ScriptedServer) -> None:
    scripted_server.play([hang()])

    async def run() -> None:
        asked = assistant(scripted_server, timeout=60)
        task = asyncio.create_task(anext(asked.reply(request())))
        assert await asyncio.to_thread(scripted_server.wait_until, lambda server: server.streaming == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(scripted_server.wait_until, lambda server: server.hung_up == 1, 5)
        await asked.close()

    asyncio.run(run())


def test_stream_options_refused(scripted_server: ScriptedServer) -> None:
    refusal = page('{"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs"}]}', status=422)
    scripted_server.play([refusal, text("Hi"), text("Again")])
    heard = ask(scripted_server, request("One"), request("Two"))
    assert (heard.text, heard.waits) == ("Again", [])
    assert ["stream_options" in body for body in scripted_server.bodies] == [True, False, False]


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "System role not supported"),
        error(400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
        error(500, "Conversation roles must alternate user/assistant/user/assistant/..."),
    ],
)
def test_the_system_message_is_folded_into_the_first(scripted_server: ScriptedServer, refusal: Reply) -> None:
    scripted_server.play([refusal, text("Hi")])
    ask(scripted_server, request("One", "Two", AssistantMessage("Three"), "Four"))
    assert [(one["role"], one["content"]) for one in scripted_server.bodies[1]["messages"]] == [
        ("user", "You keep tasks.\n\nOne\n\nTwo"),
        ("assistant", "Three"),
        ("user", "Four"),
    ]


def test_a_server_that_does_not_stream(scripted_server: ScriptedServer) -> None:
    refusal = error(400, "Your organization must be verified to stream this model.")
    scripted_server.play([refusal, calls(MILK)])
    heard = ask(scripted_server)
    assert heard.called == [MILK]
    assert scripted_server.bodies[1]["stream"] is False
    assert "stream_options" not in scripted_server.bodies[1]


def test_schemas_without_additional_properties(scripted_server: ScriptedServer) -> None:
    refusal = error(400, "Unknown name \"additionalProperties\" at 'tools.function_declarations[0]'")
    scripted_server.play([refusal, text("Hi")])
    ask(scripted_server)
    before, after = (body["tools"][0]["function"]["parameters"] for body in scripted_server.bodies)
    assert before == dict(ADD_TASK.parameters)
    assert after == {key: value for key, value in before.items() if key != "additionalProperties"}


def test_reasoning_that_is_refused_or_wanted_back(scripted_server: ScriptedServer) -> None:
    made = AssistantMessage("", (ToolCall("a1", "add_task", {"title": "Buy milk"}),))
    step = request("Add milk", made, ToolResult("a1", "add_task", {}))
    scripted_server.play(
        [error(400, "Missing `reasoning_content` field in the assistant message"), text("Hi")]
    )
    ask(scripted_server, step)
    assert [body["messages"][2].get("reasoning_content") for body in scripted_server.bodies] == [None, ""]
    thinking = Reply([{"reasoning_content": "Hm."}, *calls(MILK, ids=["a1"]).deltas])
    scripted_server.play([thinking, error(400, "property 'reasoning_content' is unsupported"), text("Hi")])
    ask(scripted_server, request("Add milk"), step)
    sent = [body["messages"][2].get("reasoning_content") for body in scripted_server.bodies[1:]]
    assert sent == ["Hm.", None]


def test_call_ids_of_nine_characters(scripted_server: ScriptedServer) -> None:
    refusal = error(400, "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.")
    scripted_server.play([refusal, text("Done")])
    made = AssistantMessage("", (ToolCall("call_1", "add_task", {"title": "Buy milk"}),))
    ask(scripted_server, request("Add milk", made, ToolResult("call_1", "add_task", {})))
    _, _, calling, result = scripted_server.bodies[1]["messages"]
    call_id = calling["tool_calls"][0]["id"]
    assert len(call_id) == 9
    assert call_id.isalnum()
    assert result["tool_call_id"] == call_id


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "registry.ollama.ai/library/tiny does not support tools"),
        error(500, "tools param requires --jinja flag"),
        error(500, "Unsupported param: tools"),
        error(500, "Cannot use tools with stream"),
        error(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        error(404, "No endpoints found that support tool use."),
    ],
)
def test_native_tools_refused(scripted_server: ScriptedServer, refusal: Reply) -> None:
    scripted_server.play([refusal])
    heard = hear(scripted_server)
    assert isinstance(heard.error, AssistantRefused)
    assert "LLM_TOOL_MODE=json" in str(heard.error)


def test_several_loops_use_one_assistant(scripted_server: ScriptedServer) -> None:
    scripted_server.play([text("One"), text("Two")])
    asked: OpenAICompatible = assistant(scripted_server)

    async def once() -> str:
        said = [event.text async for event in asked.reply(request()) if isinstance(event, TextDelta)]
        await asked.close()
        return "".join(said)

    assert [asyncio.run(once()), asyncio.run(once())] == ["One", "Two"]
