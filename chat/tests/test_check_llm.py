"""`manage.py check_llm` against a server that can, one that cannot, and none."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from chat.tests import scripts
from chat.tests.asking import KEY
from chat.tests.replies import Reply, calls, error, page, text, words
from chat.tests.scripted_server import ScriptedServer, scripted_server

pytestmark = pytest.mark.one_lane

__all__ = ["scripted_server"]

ANSWER = words("one two three four five six")


@pytest.fixture
def configured(scripted_server: ScriptedServer, settings: Settings) -> ScriptedServer:
    settings.OPENAI_BASE_URL = scripted_server.base_url
    settings.OPENAI_API_KEY = KEY
    settings.OPENAI_MODEL = "scripted"
    settings.OPENAI_EMBEDDING_MODEL = ""
    settings.LLM_TOOL_MODE = "auto"
    settings.LLM_TIMEOUT = 5.0
    scripted_server.perform(able)
    return scripted_server


def able(body: dict[str, Any]) -> Reply:
    """Everything works."""
    if "tools" in body:
        return calls(("ready", {"word": "yes"}))
    if "response_format" in body:
        return text('{"calls": [{"name": "note_number", "arguments": {"number": 7}}]}')
    return ANSWER


def checked() -> dict[str, tuple[str, str]]:
    out = StringIO()
    try:
        call_command("check_llm", stdout=out)
    except CommandError as failure:
        out.write(f"  FAILS  exit          {failure}\n")
    lines = [line for line in out.getvalue().splitlines() if line.startswith("  ")]
    return {line[9:23].strip(): (line[2:8].strip(), line[23:]) for line in lines}


def test_without_a_server_the_built_in_assistant_answers(settings: Settings) -> None:
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    out = StringIO()
    call_command("check_llm", stdout=out)
    assert "built-in assistant" in out.getvalue()
    assert "OPENAI_MODEL" in out.getvalue()


def test_a_server_that_can_do_everything(configured: ScriptedServer, settings: Settings) -> None:
    settings.OPENAI_EMBEDDING_MODEL = "tiny-embeddings"
    found = checked()
    names = ["reachable", "authorised", "model listed", "replies", "streaming", "usage"]
    names += ["native tools", "JSON schema", "embeddings", "usable"]
    assert {name: outcome for name, (outcome, _) in found.items()} == dict.fromkeys(names, "ok")
    assert found["streaming"][1] == "6 pieces"
    assert found["usage"][1] == "11 tokens in, 7 out"
    assert found["embeddings"][1] == "tiny-embeddings, 3 numbers each"
    assert found["usable"][1] == "LLM_TOOL_MODE=auto will use native tools."
    embedding = next(one for one in configured.others if one.path == "/v1/embeddings")
    assert embedding.body == {"model": "tiny-embeddings", "input": ["milk", "bread"]}


def test_a_server_without_native_tools(configured: ScriptedServer) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        return error(400, "scripted does not support tools") if "tools" in body else able(body)

    configured.perform(answer)
    found = checked()
    assert found["native tools"][0] == "FAILS"
    assert found["JSON schema"][0] == "ok"
    assert found["usable"] == ("ok", "LLM_TOOL_MODE=auto will use the JSON protocol.")


def test_a_server_that_ignores_tools_and_fences_its_calls(configured: ScriptedServer) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        if "tools" in body:
            return scripts.SCRIPTS["fenced"]()(body)
        return able(body)

    configured.perform(answer)
    found = checked()
    assert found["native tools"][0] == "FAILS"
    assert found["usable"][0] == "ok"


def test_a_server_that_refuses_response_format_and_stream_options(configured: ScriptedServer) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        for refused in ("response_format", "stream_options"):
            if refused in body:
                return error(400, f"Unknown parameter: '{refused}'.")
        if "note_number" in str(body["messages"]):
            return text('```json\n{"name": "note_number", "arguments": {"number": 7}}\n```')
        return able(body)

    configured.perform(answer)
    found = checked()
    assert found["usage"][0] == "FAILS"
    assert found["JSON schema"] == ("ok", "It takes no output format; calls came all the same.")
    assert found["usable"][0] == "ok"
    assert "quirk" in found


def test_a_server_that_answers_in_one_piece(configured: ScriptedServer) -> None:
    document = '{"choices": [{"message": {"content": "one two three"}, "finish_reason": "stop"}]}'

    def answer(body: dict[str, Any]) -> Reply:
        plain = "tools" not in body and "response_format" not in body
        return page(document, content_type="application/json") if plain else able(body)

    configured.perform(answer)
    found = checked()
    assert found["streaming"][0] == "FAILS"
    assert found["usable"][0] == "ok"


def test_a_key_that_is_refused(configured: ScriptedServer) -> None:
    configured.key = "sk-the-right-key-000000"
    found = checked()
    assert found["reachable"][0] == "ok"
    assert found["authorised"][0] == "FAILS"
    assert found["exit"][1] == "The model server cannot be used as it is configured."
    assert configured.requests == []
    assert KEY not in str(found)


def test_nobody_listens(configured: ScriptedServer, settings: Settings) -> None:
    configured.close()
    found = checked()
    assert found["reachable"][0] == "FAILS"
    assert found["usable"][0] == "FAILS"
    assert "exit" in found


def test_a_model_that_is_not_there(configured: ScriptedServer, settings: Settings) -> None:
    settings.OPENAI_MODEL = "gpt-9"
    configured.perform(lambda body: error(404, "The model `gpt-9` does not exist."))
    found = checked()
    assert found["model listed"] == ("FAILS", "gpt-9 is not among: scripted")
    assert found["replies"][0] == "FAILS"
    assert "exit" in found


def test_an_address_without_its_path(configured: ScriptedServer, settings: Settings) -> None:
    settings.OPENAI_BASE_URL = configured.base_url.removesuffix("/v1")
    found = checked()
    assert "most servers want /v1" in found["replies"][1]
    assert "exit" in found


def test_a_model_that_calls_nothing(configured: ScriptedServer) -> None:
    configured.perform(lambda body: ANSWER)
    found = checked()
    assert found["usable"] == ("FAILS", "It calls no tools in either way, so it cannot change any task.")


def test_a_mode_that_the_server_cannot(configured: ScriptedServer, settings: Settings) -> None:
    settings.LLM_TOOL_MODE = "native"
    configured.perform(lambda body: ANSWER if "tools" in body else able(body))
    found = checked()
    assert found["usable"] == ("FAILS", "Set LLM_TOOL_MODE=json or auto: it has no native tools.")
    assert "exit" in found
