"""Asking an OpenAI-compatible assistant in a test, each time in an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chat.llm.openai_compatible import OpenAICompatible
from chat.llm.types import (
    AssistantError,
    CallRequested,
    ChatMessage,
    Event,
    Request,
    Situation,
    TextDelta,
    ToolCall,
    ToolSpec,
    Usage,
    UserMessage,
)
from chat.tests.scripted_server import ScriptedServer

KEY = "sk-test-1234567890abcdef"

ADD_TASK = ToolSpec(
    "add_task",
    "Adds a task.",
    {
        "type": "object",
        "properties": {"title": {"type": "string"}, "priority": {"enum": ["low", "medium", "high"]}},
        "required": ["title"],
        "additionalProperties": False,
    },
)
LIST_TASKS = ToolSpec("list_tasks", "Lists tasks.", {"type": "object", "properties": {}})
TOOLS = (ADD_TASK, LIST_TASKS)


@dataclass(slots=True)
class Heard:
    """What came of asking: the text deltas, the calls, the usage, and the waits between attempts."""

    deltas: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    usage: Usage | None = None
    waits: list[float] = field(default_factory=list)
    error: Exception | None = None

    @property
    def text(self) -> str:
        return "".join(self.deltas)

    @property
    def called(self) -> list[tuple[str, dict[str, Any]]]:
        return [(call.name, dict(call.arguments)) for call in self.calls]

    def take(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            self.deltas.append(event.text)
        elif isinstance(event, CallRequested):
            self.calls.append(event.call)
        elif isinstance(event, Usage):
            self.usage = event


def request(
    *messages: ChatMessage | str, tools: Sequence[ToolSpec] = TOOLS, system: str = "You keep tasks."
) -> Request:
    said = tuple(UserMessage(one) if isinstance(one, str) else one for one in messages or ("Hello",))
    return Request(system, said, tuple(tools), Situation(now=datetime(2026, 11, 22, 12, tzinfo=UTC)))


def assistant(server: ScriptedServer, **settings: Any) -> OpenAICompatible:
    chosen: dict[str, Any] = {"api_key": KEY, "model": "scripted", "tool_mode": "native", "timeout": 5.0}
    return OpenAICompatible(**{"base_url": server.base_url, **chosen, **settings})


def ask(server: ScriptedServer, *requests: Request, **settings: Any) -> Heard:
    """The answer to the last request, after the ones before it. Raises what the assistant raises."""
    heard = hear(server, *requests, **settings)
    if heard.error is not None:
        raise heard.error
    return heard


def hear(server: ScriptedServer, *requests: Request, **settings: Any) -> Heard:
    """The same for a request that may fail: an AssistantError is in `error`."""
    heard = Heard()

    async def wait(seconds: float) -> None:
        heard.waits.append(seconds)

    async def run() -> Heard:
        asked = assistant(server, **{"sleep": wait, **settings})
        answers = [Heard() for _ in requests] or [Heard()]
        try:
            for answer, one in zip(answers, requests or (request(),), strict=True):
                await _hear(asked, one, answer)
        finally:
            await asked.close()
        answers[-1].waits = heard.waits
        return answers[-1]

    return asyncio.run(run())


async def _hear(asked: OpenAICompatible, one: Request, answer: Heard) -> None:
    try:
        async for event in asked.reply(one):
            answer.take(event)
    except AssistantError as error:
        answer.error = error
