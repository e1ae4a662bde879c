"""A Request as the body of a chat completion, for servers with native tool calls."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from chat.llm.openai_compatible.quirks import Quirks
from chat.llm.types import AssistantMessage, ChatMessage, Request, ToolCall, ToolResult, ToolSpec, UserMessage

Wire = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attached:
    """What a server sent beside a call and wants to see again: Gemini's signature, a reasoning."""

    extra: Mapping[str, Any] | None = None
    reasoning: str = ""


class Attachments:
    """The attachments of recent calls by call id, kept in memory; the oldest go first."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._kept: OrderedDict[str, Attached] = OrderedDict()

    def keep(self, call_id: str, attached: Attached) -> None:
        if attached.extra or attached.reasoning:
            self._kept[call_id] = attached
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def of(self, call_id: str) -> Attached:
        return self._kept.get(call_id, Attached())


def to_json(value: Any) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def native_messages(request: Request, quirks: Quirks, attachments: Attachments) -> list[Wire]:
    messages = [_native(message, quirks, attachments) for message in request.messages]
    return arranged(request.system, [message for message in messages if message], quirks)


def native_tools(tools: tuple[ToolSpec, ...], quirks: Quirks) -> list[Wire]:
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters) if quirks.closed_schemas else _opened(tool.parameters),
            },
        }
        for tool in tools
    ]


def _opened(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        return {key: _opened(value) for key, value in schema.items() if key != "additionalProperties"}
    return [_opened(item) for item in schema] if isinstance(schema, list) else schema


def arranged(system: str, messages: list[Wire], quirks: Quirks) -> list[Wire]:
    """With the system prompt where this server takes it, and roles alternating if it must have that."""
    if system:
        messages = [{"role": "system" if quirks.system_role else "user", "content": system}, *messages]
    return merged(messages) if quirks.must_alternate or not quirks.system_role else messages


def merged(messages: list[Wire]) -> list[Wire]:
    """Neighbouring plain messages of one role put together."""
    result: list[Wire] = []
    for message in messages:
        last = result[-1] if result else {}
        if _plain_text(last) and _plain_text(message) and last["role"] == message["role"]:
            result[-1] = {"role": message["role"], "content": f"{last['content']}\n\n{message['content']}"}
        else:
            result.append(message)
    return result


def _plain_text(message: Wire) -> bool:
    return message.keys() == {"role", "content"} and isinstance(message["content"], str)


def _native(message: ChatMessage, quirks: Quirks, attachments: Attachments) -> Wire | None:
    if isinstance(message, UserMessage):
        return {"role": "user", "content": message.text}
    if isinstance(message, ToolResult):
        call_id = _wire_id(message.call_id, quirks)
        return {"role": "tool", "tool_call_id": call_id, "content": to_json(message.content)}
    if message.calls:
        return _calling(message, quirks, attachments)
    return {"role": "assistant", "content": message.text} if message.text else None


def _calling(message: AssistantMessage, quirks: Quirks, attachments: Attachments) -> Wire:
    wire: Wire = {
        "role": "assistant",
        "content": message.text or None,
        "tool_calls": [_native_call(call, quirks, attachments) for call in message.calls],
    }
    reasoning = attachments.of(message.calls[0].id).reasoning
    if quirks.reasoning == "always" or (reasoning and quirks.reasoning == "as_given"):
        wire["reasoning_content"] = reasoning
    return wire


def _native_call(call: ToolCall, quirks: Quirks, attachments: Attachments) -> Wire:
    wire: Wire = {
        "id": _wire_id(call.id, quirks),
        "type": "function",
        "function": {"name": call.name, "arguments": to_json(call.arguments)},
    }
    if extra := attachments.of(call.id).extra:
        wire["extra_content"] = dict(extra)
    return wire


def _wire_id(call_id: str, quirks: Quirks) -> str:
    if not quirks.nine_character_ids or (len(call_id) == 9 and call_id.isalnum()):
        return call_id
    return hashlib.sha256(call_id.encode()).hexdigest()[:9]
