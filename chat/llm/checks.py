"""What the configured model server can do, found out by asking it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from chat.llm.openai_compatible import OpenAICompatible, ServerRefused, ToolMode
from chat.llm.types import (
    AssistantError,
    AssistantUnavailable,
    CallRequested,
    Request,
    Situation,
    Step,
    TextDelta,
    ToolSpec,
    Usage,
    UserMessage,
)

Outcome = Literal["works", "fails", "unknown"]

_PING = ToolSpec(
    "note_number",
    "Notes a number.",
    {
        "type": "object",
        "properties": {"number": {"type": "integer"}},
        "required": ["number"],
        "additionalProperties": False,
    },
)
_FORMS = {
    "json_schema": "It takes a JSON schema for its replies.",
    "json_object": "It takes no JSON schema, only JSON at large; calls came all the same.",
    "none": "It takes no output format; calls came all the same.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. `unknown`: it could not be tried, and nothing depends on it."""

    name: str
    outcome: Outcome
    detail: str = ""


@dataclass(slots=True)
class _Exchange:
    step: Step
    pieces: int = 0
    seconds: float = 0.0
    reported_usage: bool = False


async def run_checks(
    assistant: Callable[[ToolMode], OpenAICompatible], *, mode: ToolMode, embedding_model: str = ""
) -> AsyncIterator[Check]:
    """Yields each check as it is done, the last one `usable`: whether turns will work in `mode`.

    `assistant` gives one per tool mode, the same one each time.
    """
    native, by_json = assistant("native"), assistant("json")
    listing = await _listing(native)
    for check in listing:
        yield check
    if any(check.outcome == "fails" for check in listing if check.name != "model listed"):
        yield Check("usable", "fails", "Nothing else can be tried before this is mended.")
        return
    replies = await _replies(native)
    for check in replies:
        yield check
    if replies[0].outcome == "fails":
        yield Check("usable", "fails", "It gives no replies.")
        return
    tools = await _native_tools(native)
    yield tools
    schema = await _json_protocol(by_json)
    yield schema
    if embedding_model:
        yield await _embeddings(native, embedding_model)
    for sentence in ({**native.quirks.met, **by_json.quirks.met}).values():
        yield Check("quirk", "works", sentence)
    yield _verdict(mode, native=tools.outcome == "works", by_json=schema.outcome == "works")


async def _listing(assistant: OpenAICompatible) -> list[Check]:
    try:
        models = await assistant.models()
    except AssistantUnavailable as error:
        return [Check("reachable", "fails", str(error))]
    except ServerRefused as error:
        reachable = Check("reachable", "works", assistant.host)
        if error.status in (401, 403):
            return [reachable, Check("authorised", "fails", str(error))]
        return [
            reachable,
            Check("model listed", "unknown", f"It lists no models. {_hint(assistant)}".strip()),
        ]
    except AssistantError as error:
        return [Check("reachable", "fails", str(error))]
    return [
        Check("reachable", "works", assistant.host),
        Check("authorised", "works"),
        _listed(assistant.model, models),
    ]


def _hint(assistant: OpenAICompatible) -> str:
    if assistant.has_path:
        return ""
    return "OPENAI_BASE_URL has no path: most servers want /v1 at its end."


def _listed(model: str, models: list[str]) -> Check:
    if not models:
        return Check("model listed", "unknown", "It lists no models.")
    if {model, f"{model}:latest", model.removeprefix("models/")} & set(models):
        return Check("model listed", "works", model)
    some = ", ".join(models[:8]) + (", …" if len(models) > 8 else "")
    return Check("model listed", "fails", f"{model} is not among: {some}")


async def _replies(assistant: OpenAICompatible) -> list[Check]:
    try:
        exchange = await _exchange(assistant, "Count from one to twelve, in words.")
    except AssistantError as error:
        return [Check("replies", "fails", f"{error} {_hint(assistant)}".strip())]
    said = " ".join(exchange.step.text.split())[:60]
    replies = Check("replies", "works", f"“{said}” in {exchange.seconds:.1f} s")
    one_piece = {"one_piece", "no_stream"} & assistant.quirks.met.keys()
    if one_piece or exchange.pieces < 2:
        streaming = Check(
            "streaming", "fails", "The reply came in one piece; the page will not show it grow."
        )
    else:
        streaming = Check("streaming", "works", f"{exchange.pieces} pieces")
    usage = exchange.step.usage
    if exchange.reported_usage:
        counted = Check("usage", "works", f"{usage.prompt_tokens} tokens in, {usage.completion_tokens} out")
    else:
        counted = Check("usage", "fails", "It reports no tokens, so they cannot be counted.")
    return [replies, streaming, counted]


async def _native_tools(assistant: OpenAICompatible) -> Check:
    try:
        if await assistant.has_native_tools():
            return Check("native tools", "works")
    except AssistantError as error:
        return Check("native tools", "fails", str(error))
    return Check("native tools", "fails", "Asked to call a tool, it did not call it as one.")


async def _json_protocol(assistant: OpenAICompatible) -> Check:
    try:
        exchange = await _exchange(assistant, "Note the number 7 with the tool note_number.", tools=(_PING,))
    except AssistantError as error:
        return Check("JSON schema", "fails", str(error))
    if not any(call.name == _PING.name and not call.invalid for call in exchange.step.calls):
        return Check("JSON schema", "fails", "Asked to call a tool in JSON, it did not.")
    form = assistant.quirks.response_format
    return Check("JSON schema", "works", _FORMS[form])


async def _embeddings(assistant: OpenAICompatible, model: str) -> Check:
    try:
        vectors = await assistant.embed(["milk", "bread"], model=model)
    except AssistantError as error:
        return Check("embeddings", "fails", str(error))
    return Check("embeddings", "works", f"{model}, {len(vectors[0])} numbers each")


def _verdict(mode: ToolMode, *, native: bool, by_json: bool) -> Check:
    if not (native or by_json):
        return Check("usable", "fails", "It calls no tools in either way, so it cannot change any task.")
    if mode == "native" and not native:
        return Check("usable", "fails", "Set LLM_TOOL_MODE=json or auto: it has no native tools.")
    if mode == "json" and not by_json:
        return Check("usable", "fails", "Set LLM_TOOL_MODE=native or auto: it does not keep to JSON.")
    way = "native tools" if native and mode != "json" else "the JSON protocol"
    return Check("usable", "works", f"LLM_TOOL_MODE={mode} will use {way}.")


async def _exchange(assistant: OpenAICompatible, said: str, tools: tuple[ToolSpec, ...] = ()) -> _Exchange:
    request = Request("You are being tested.", (UserMessage(said),), tools, Situation(now=datetime.now(UTC)))
    exchange = _Exchange(Step())
    began = time.perf_counter()
    async with aclosing(assistant.reply(request)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                exchange.step.text += event.text
                exchange.pieces += event.pieces
            elif isinstance(event, CallRequested):
                exchange.step.calls.append(event.call)
            elif isinstance(event, Usage):
                exchange.step.usage = event
                exchange.reported_usage = True
    exchange.seconds = time.perf_counter() - began
    return exchange
