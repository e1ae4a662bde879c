"""The assistant behind an OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import structlog
from django.conf import settings

from chat.llm.openai_compatible import json_protocol
from chat.llm.openai_compatible.connection import Connection
from chat.llm.openai_compatible.faults import Fault, ServerRefused, ToolsRefused
from chat.llm.openai_compatible.messages import Attachments, Wire, native_messages, native_tools
from chat.llm.openai_compatible.quirks import Quirks
from chat.llm.openai_compatible.relay import texts_of
from chat.llm.openai_compatible.reply_reader import ReplyReader
from chat.llm.openai_compatible.spoken import PlainText, SpokenCalls, TextReader
from chat.llm.types import (
    AssistantMessage,
    AssistantRefused,
    AssistantUnavailable,
    CallRequested,
    Event,
    Request,
    Situation,
    TextDelta,
    ToolSpec,
    UserMessage,
)

OPENAI_URL = "https://api.openai.com/v1"
LONGEST_WAIT = 20.0

ToolMode = Literal["auto", "native", "json"]
_Way = Literal["native", "json", "probe"]

_PROVIDERS = {
    "api.openai.com": "OpenAI",
    "generativelanguage.googleapis.com": "Gemini",
    "api.deepseek.com": "DeepSeek",
    "api.mistral.ai": "Mistral",
    "api.groq.com": "Groq",
    "openrouter.ai": "OpenRouter",
}

_PROBE_TOOL = ToolSpec(
    "ready",
    "Reports that tools work.",
    {
        "type": "object",
        "properties": {"word": {"type": "string"}},
        "required": ["word"],
        "additionalProperties": False,
    },
)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Trial:
    """The attempts at one reply."""

    way: _Way
    began: float = field(default_factory=time.perf_counter)
    attempts: int = 0
    started: bool = False
    sent_format: bool = False
    reader: ReplyReader | None = None


class OpenAICompatible:
    """Streams replies from a server that speaks OpenAI's chat completions.

    `base_url` ends before `/chat/completions` (empty: OpenAI's own). `tool_mode`: `native` uses the
    `tools` parameter, `json` a JSON protocol in the text, `auto` asks the server once which it can.
    `timeout` is the longest silence in seconds. `sleep` waits between attempts. What a server
    turned out to need is kept in `quirks`: use one instance for as long as its settings hold.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        tool_mode: ToolMode = "auto",
        timeout: float = 60.0,
        max_attempts: int = 3,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        address = (base_url.strip() or OPENAI_URL).rstrip("/")
        self._key = api_key.strip()
        self._address = address
        self.host = urlsplit(address).netloc.rpartition("@")[2]
        self.provider = _PROVIDERS.get(self.host, self.host)
        self.has_path = bool(urlsplit(address).path)
        self.model = model.strip()
        self.tool_mode = tool_mode
        self.quirks = Quirks()
        self._native: bool | None = None
        self._probing: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._attachments = Attachments()
        self._timeout = timeout
        self._max_attempts = max_attempts
        self._sleep = sleep
        self._connection = Connection(base_url=address, api_key=self._key, timeout=timeout)

    async def reply(self, request: Request) -> AsyncGenerator[Event, None]:
        """Streams one step: text as it comes, then calls, then usage if the server told it.

        Calls come only after the server has ended its reply, so a reply that breaks off calls
        nothing. Close the iterator (`contextlib.aclosing`) or cancel the task to hang up.
        """
        self._check_settings()
        way = await self._way(request)
        try:
            async with aclosing(self._tried(request, way)) as events:
                async for event in events:
                    yield event
            return
        except ToolsRefused:
            if self.tool_mode != "auto" or way == "json":
                raise
        self._native = False
        async with aclosing(self._tried(request, "json")) as events:
            async for event in events:
                yield event

    async def models(self) -> list[str]:
        """The names of the models on offer. Raises AssistantError."""
        found = await self._asked(self._connection.get_json("/models"))
        listed = found.get("data", found.get("models")) if isinstance(found, dict) else found
        if not isinstance(listed, list):
            return []
        names = [item.get("id") or item.get("name") for item in listed if isinstance(item, dict)]
        return [str(name).removeprefix("models/") for name in names if name]

    async def embed(self, texts: list[str], *, model: str) -> list[list[float]]:
        """One vector per text, in order. Raises AssistantError."""
        found = await self._asked(self._connection.post_json("/embeddings", {"model": model, "input": texts}))
        items = found.get("data") if isinstance(found, dict) else None
        if not isinstance(items, list) or len(items) != len(texts):
            raise ServerRefused(f"The model server at {self.host} gave no embeddings.")
        return [item["embedding"] for item in sorted(items, key=lambda item: item.get("index", 0))]

    async def has_native_tools(self) -> bool:
        """Asks the model to call a tool, and whether the call came as one. Raises AssistantError."""
        request = Request(
            system="This is a test of tool calls.",
            messages=(UserMessage('Call the tool "ready" with the word "yes". Do not write text.'),),
            tools=(_PROBE_TOOL,),
            situation=Situation(now=datetime.now(UTC)),
        )
        called = False
        try:
            async with aclosing(self._tried(request, "probe")) as events:
                async for event in events:
                    called = called or isinstance(event, CallRequested)
        except ToolsRefused:
            called = False
        if not called:
            self.quirks.note("no_tools", "It has no native tool calls; the JSON protocol replaces them.")
        log.info("assistant_probed", provider=self.provider, model=self.model, native_tools=called)
        return called

    async def close(self) -> None:
        """Closes the connections of the running event loop."""
        await self._connection.close()

    def _check_settings(self) -> None:
        parts = urlsplit(self._address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AssistantRefused(f"OPENAI_BASE_URL is not an http or https address: {self._address}")
        if not self._key.isascii():
            raise AssistantRefused("OPENAI_API_KEY has characters that no key has; copy it again.")
        if not self.model:
            raise AssistantRefused(f"No model is chosen for {self.host}: set OPENAI_MODEL.")

    async def _asked(self, answer: Awaitable[Any]) -> Any:
        self._check_settings()
        try:
            return await answer
        except Fault as fault:
            raise fault.error(self.host, 1) from None

    async def _way(self, request: Request) -> _Way:
        if self.tool_mode != "auto":
            return self.tool_mode
        if self._native is None and _uses_tools(request):
            lock = self._probing.setdefault(asyncio.get_running_loop(), asyncio.Lock())
            async with lock:
                if self._native is None:
                    self._native = await self.has_native_tools()
        return "json" if self._native is False else "native"

    async def _tried(self, request: Request, way: _Way) -> AsyncGenerator[Event, None]:
        trial = _Trial(way)
        while True:
            try:
                async with aclosing(self._attempt(request, trial)) as events:
                    async for event in events:
                        trial.started = True
                        yield event
            except Fault as fault:
                await self._recover(fault, trial)
            else:
                self._log_reply(trial)
                return

    async def _attempt(self, request: Request, trial: _Trial) -> AsyncGenerator[Event, None]:
        payload = self._payload(request, trial.way)
        trial.sent_format = "response_format" in payload
        reader = trial.reader = self._reader(request, trial.way)
        said, told = False, 0
        async with self._connection.chat(payload) as body, aclosing(texts_of(body, reader)) as texts:
            async for text in texts:
                if text:
                    pieces, told = reader.pieces - told, reader.pieces
                    said = True
                    yield TextDelta(text, pieces)
        rest = reader.finish(self._attachments)
        if not said and not _says_something(rest) and isinstance(request.messages[-1], UserMessage):
            raise Fault("empty")
        for event in rest:
            yield event

    def _payload(self, request: Request, way: _Way) -> Wire:
        payload: Wire = {"model": self.model}
        if way == "json":
            payload["messages"] = json_protocol.json_messages(request, self.quirks)
            if form := json_protocol.response_format(request.tools, self.quirks):
                payload["response_format"] = form
        else:
            payload["messages"] = native_messages(request, self.quirks, self._attachments)
            if request.tools:
                payload["tools"] = native_tools(request.tools, self.quirks)
        payload["stream"] = self.quirks.streams
        if self.quirks.streams and self.quirks.usage_on_request:
            payload["stream_options"] = {"include_usage": True}
        return payload

    def _reader(self, request: Request, way: _Way) -> ReplyReader:
        known = frozenset(tool.name for tool in request.tools)
        text_reader: TextReader = PlainText()
        if way == "json" and known:
            text_reader = json_protocol.AnswerReader(known)
        elif way == "native" and known:
            text_reader = SpokenCalls(known)
        taken = {
            call.id
            for message in request.messages
            if isinstance(message, AssistantMessage)
            for call in message.calls
        }
        return ReplyReader(text_reader, known=known, taken_ids=taken, quirks=self.quirks, key=self._key)

    async def _recover(self, fault: Fault, trial: _Trial) -> None:
        """Returns when the request should be sent again; raises what the person is told otherwise."""
        if trial.started:
            raise _broken_off(fault, self.host) from fault
        if fault.refuses_tools and trial.way != "json":
            hint = "Set LLM_TOOL_MODE=json."
            raise ToolsRefused(f"{fault.error(self.host, 1)} {hint}", fault.status) from fault
        if self.quirks.learn(fault, sent_format=trial.sent_format):
            log.info("assistant_adapted", provider=self.provider, model=self.model, reason=fault.message)
            return
        trial.attempts += 1
        if not fault.passing or trial.attempts >= self._max_attempts:
            error = fault.error(self.host, trial.attempts)
            log.warning("assistant_failed", error=str(error), **self._facts(trial))
            raise error from fault
        delay = _delay(fault, trial.attempts)
        log.info("assistant_retrying", reason=fault.kind, delay=round(delay, 2), **self._facts(trial))
        await self._sleep(delay)

    def _log_reply(self, trial: _Trial) -> None:
        usage = trial.reader.usage if trial.reader else None
        log.info(
            "assistant_replied",
            prompt_tokens=usage.prompt_tokens if usage else None,
            completion_tokens=usage.completion_tokens if usage else None,
            **self._facts(trial) | {"attempts": trial.attempts + 1},
        )

    def _facts(self, trial: _Trial) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "model": self.model,
            "way": trial.way,
            "attempts": trial.attempts,
            "latency_ms": round((time.perf_counter() - trial.began) * 1000),
        }


def from_settings(tool_mode: ToolMode | None = None) -> OpenAICompatible | None:
    """The assistant that the settings describe, the same one while they stay the same.

    `tool_mode` replaces LLM_TOOL_MODE. None when neither OPENAI_API_KEY nor OPENAI_BASE_URL is
    set: the built-in one answers then.
    """
    if not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
        return None
    return _assistant(
        settings.OPENAI_BASE_URL,
        settings.OPENAI_API_KEY,
        settings.OPENAI_MODEL,
        tool_mode or settings.LLM_TOOL_MODE,
        settings.LLM_TIMEOUT,
    )


@lru_cache(maxsize=8)
def _assistant(
    base_url: str, api_key: str, model: str, tool_mode: ToolMode, timeout: float
) -> OpenAICompatible:
    return OpenAICompatible(
        base_url=base_url, api_key=api_key, model=model, tool_mode=tool_mode, timeout=timeout
    )


def _says_something(events: list[Event]) -> bool:
    return any(isinstance(event, TextDelta | CallRequested) for event in events)


def _uses_tools(request: Request) -> bool:
    return bool(request.tools) or any(
        isinstance(message, AssistantMessage) and message.calls for message in request.messages
    )


def _broken_off(fault: Fault, host: str) -> AssistantUnavailable:
    if fault.kind == "silent":
        reason = f" after {fault.message} seconds of silence."
    else:
        reason = f": {fault.message}" if fault.message else "."
    return AssistantUnavailable(f"The model server at {host} broke off in the middle of its reply{reason}")


def _delay(fault: Fault, attempts: int) -> float:
    if fault.retry_after is not None:
        return min(fault.retry_after, LONGEST_WAIT)
    return min(LONGEST_WAIT, 0.5 * 2.0 ** (attempts - 1)) * random.uniform(0.75, 1.25)
