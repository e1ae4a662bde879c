"""Reads one reply from the data of its events."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import orjson

from chat.llm.openai_compatible.faults import Fault, from_error_object
from chat.llm.openai_compatible.gathering import CallGatherer, new_call_id
from chat.llm.openai_compatible.messages import Attached, Attachments
from chat.llm.openai_compatible.quirks import Quirks
from chat.llm.openai_compatible.spoken import TextReader
from chat.llm.openai_compatible.thoughts import ThoughtFilter
from chat.llm.types import CallRequested, Event, TextDelta, ToolCall, Usage


class ReplyReader:
    """Takes the data of a stream's events, gives the text to show, and at the end the rest.

    `known` are the names of the tools on offer, `taken_ids` the call ids used so far in the
    conversation, `key` the secret that no error may repeat.
    """

    def __init__(
        self,
        text_reader: TextReader,
        *,
        known: Collection[str],
        taken_ids: Collection[str],
        quirks: Quirks,
        key: str,
    ) -> None:
        self.done = False
        self.finish_reason = ""
        self.usage: Usage | None = None
        self.native_calls = 0
        self.pieces = 0
        self._text_reader = text_reader
        self._thoughts = ThoughtFilter(opened=quirks.opens_in_thought)
        self._calls = CallGatherer(known, quirks)
        self._taken_ids = taken_ids
        self._quirks = quirks
        self._key = key
        self._reasoning: list[str] = []

    @property
    def settled(self) -> bool:
        """The server has said that the reply is complete."""
        return self.done or bool(self.finish_reason)

    def feed(self, data: bytes) -> str:
        """The text to show after one event's data. Raises Fault for an error sent in the stream."""
        if data.strip() == b"[DONE]":
            self.done = True
            return ""
        return "".join([self._chunk(chunk) for chunk in _decoded(data)])

    def feed_whole(self, body: bytes) -> str:
        """The same for an answer that came as one JSON document, or is no reply at all."""
        try:
            answer = orjson.loads(body)
        except ValueError:
            raise Fault(
                "nonsense", "answered with something that is not its API. Check its address."
            ) from None
        if isinstance(answer, list) and answer:
            answer = answer[0]
        if not isinstance(answer, dict) or not answer.keys() & {"choices", "error"}:
            raise Fault("nonsense", "answered without a reply in it. Check its address and the model.")
        text = self._chunk(answer)
        self.done = True
        self._quirks.note("one_piece", "It answers a request for a stream in one piece.")
        return text

    def finish(self, attachments: Attachments) -> list[Event]:
        """What remains of a complete reply: held text, calls, usage.

        Raises Fault when the reply is not complete, because half of a call must never be run.
        """
        if not self.settled:
            raise Fault("broken")
        whole = self.finish_reason != "length"
        text = self._text_reader.feed(self._thoughts.close())
        held, found = self._text_reader.close(whole=whole)
        events: list[Event] = [TextDelta(text + held)] if text + held else []
        if self._thoughts.closed_unopened:
            self._quirks.opens_in_thought = True
            self._quirks.note("opens_in_thought", "Its replies begin inside a thinking block.")
        calls = self._calls.calls(self._taken_ids, whole=whole)
        self.native_calls = len(calls)
        for call, extra in calls:
            attachments.keep(call.id, Attached(extra, "".join(self._reasoning)))
            events.append(CallRequested(call))
        for one in found:
            events.append(CallRequested(ToolCall(new_call_id(), one.name, one.arguments, one.invalid)))
        if self.usage is not None:
            events.append(self.usage)
        return events

    def _chunk(self, chunk: dict[str, Any]) -> str:
        if error := chunk.get("error"):
            raise from_error_object(error, key=self._key)
        if usage := chunk.get("usage"):
            self._take_usage(usage)
        choices = chunk.get("choices")
        if not choices or not isinstance(choices, list) or not isinstance(choices[0], dict):
            return ""
        choice = choices[0]
        if error := choice.get("error"):
            raise from_error_object(error, key=self._key)
        if reason := choice.get("finish_reason"):
            self.finish_reason = str(reason)
        delta = choice.get("delta") or choice.get("message")
        return self._delta(delta) if isinstance(delta, dict) else ""

    def _delta(self, delta: dict[str, Any]) -> str:
        if calls := delta.get("tool_calls"):
            self._calls.feed(calls if isinstance(calls, list) else [calls])
        elif call := delta.get("function_call"):
            self._calls.feed([{"index": 0, "function": call}])
        if reasoning := delta.get("reasoning_content"):
            self._reasoning.append(str(reasoning))
        content = delta.get("content")
        if not content:
            return ""
        self.pieces += 1
        text = self._thoughts.feed(content if isinstance(content, str) else _text_of(content))
        return self._text_reader.feed(text) if text else ""

    def _take_usage(self, usage: Any) -> None:
        if isinstance(usage, dict):
            self.usage = Usage(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else 0


def _decoded(data: bytes) -> list[dict[str, Any]]:
    try:
        chunk = orjson.loads(data)
    except ValueError:
        if b"\n" in data:
            # Servers that leave out the empty line between events make one event of several.
            return [chunk for line in data.split(b"\n") for chunk in _decoded(line)]
        if data.lstrip()[:1] == b"{":
            raise Fault("broken") from None
        return []
    return [chunk] if isinstance(chunk, dict) else []


def _text_of(parts: Any) -> str:
    if isinstance(parts, dict):
        parts = [parts]
    if not isinstance(parts, list):
        return str(parts)
    texts = [
        part.get("text") for part in parts if isinstance(part, dict) and part.get("type", "text") == "text"
    ]
    return "".join(text for text in texts if isinstance(text, str))
