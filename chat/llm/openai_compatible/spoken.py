"""Tool calls written as text, by models whose server does not turn them into tool calls."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from chat.llm.openai_compatible.loose_json import Unreadable, read_json, read_object

_OPENERS = (
    "```",
    "<tool_call>",
    "<function_call>",
    "[TOOL_CALLS]",
    "[TOOL_REQUEST]",
    "<|python_tag|>",
    "{",
    "[{",
)
_CODE = re.compile(r"```(?!\s|json|tool)[\w+-]+")
_BLOCK = re.compile(
    r"```(?:json|tool_calls?|tool_code)?\s*\n?(?P<fence>.*?)(?:```|\Z)"
    r"|<(?P<tag>tool_call|function_call)>(?P<tagged>.*?)(?:</(?P=tag)>|\Z)"
    r"|\[TOOL_REQUEST\](?P<requested>.*?)(?:\[END_TOOL_REQUEST\]|\Z)"
    r"|(?:\[TOOL_CALLS\]|<\|python_tag\|>)(?P<marked>.*)\Z",
    re.S,
)
_INSIDES = ("fence", "tagged", "requested", "marked")
_XML_CALL = re.compile(r"\s*<function=(?P<name>[\w.-]+)>(?P<inside>.*?)</function>\s*", re.S)
_XML_ARGUMENT = re.compile(r"<parameter=(?P<name>[\w.-]+)>\n?(?P<value>.*?)\n?</parameter>", re.S)


@dataclass(frozen=True, slots=True)
class Found:
    """A call read from text; `invalid` as in ToolCall."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    invalid: str = ""


class TextReader(Protocol):
    """Takes a reply's text as it streams and tells what of it to show and what it calls."""

    def feed(self, text: str) -> str: ...

    def close(self, *, whole: bool) -> tuple[str, list[Found]]: ...


class PlainText:
    """Shows everything."""

    def feed(self, text: str) -> str:
        return text

    def close(self, *, whole: bool) -> tuple[str, list[Found]]:
        return "", []


class SpokenCalls:
    """Shows text as it comes, except a reply that is nothing but calls of known tools.

    A reply that begins like one is held until it is clear that it is none, or to its end.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._held = ""
        self._released = False

    def feed(self, text: str) -> str:
        if self._released:
            return text
        self._held += text
        if self._may_be_calls(self._held.lstrip()):
            return ""
        return self._release()

    def close(self, *, whole: bool) -> tuple[str, list[Found]]:
        calls = _only_calls(self._held, whole=whole)
        if calls and all(call.name in self._known for call in calls):
            return "", calls
        return self._release(), []

    def _may_be_calls(self, text: str) -> bool:
        if not text:
            return True
        if _CODE.match(text) and "\n" in text:
            return False
        return any(text.startswith(opener) or opener.startswith(text) for opener in _OPENERS)

    def _release(self) -> str:
        self._released = True
        text, self._held = self._held, ""
        return text


def found_calls(value: Any) -> list[Found]:
    """The calls in a decoded JSON value, in any of the shapes that models write them."""
    if isinstance(value, list):
        return [call for item in value for call in found_calls(item)]
    if not isinstance(value, dict):
        return []
    for key in ("calls", "tool_calls"):
        if isinstance(value.get(key), list):
            return found_calls(value[key])
    if isinstance(value.get("function"), dict):
        value = value["function"]
    name = next((value[key] for key in ("name", "tool", "tool_name", "function") if key in value), None)
    keys = ("arguments", "parameters", "args", "input")
    given = next((value[key] for key in keys if key in value), None)
    if not isinstance(name, str) or not name:
        return []
    if given is None and not any(key in value for key in keys) and len(value) > 1:
        return []
    return [_found(name, given)]


def blocks(text: str) -> tuple[str, list[str]]:
    """The text outside of fenced blocks and call tags, and what is inside each of them."""
    inside = [next((match[name] for name in _INSIDES if match[name]), "") for match in _BLOCK.finditer(text)]
    return _BLOCK.sub("", text).strip(), inside


def calls_in(text: str, *, whole: bool) -> list[Found]:
    """The calls that a block of text holds, in JSON or in Qwen's tags. Raises Unreadable."""
    if match := _XML_CALL.fullmatch(text):
        given = _XML_ARGUMENT.finditer(match["inside"])
        return [Found(match["name"], {one["name"]: _value(one["value"]) for one in given})]
    return found_calls(read_json(text.strip(), whole=whole))


def _value(text: str) -> Any:
    try:
        return read_json(text)
    except Unreadable:
        return text


def _found(name: str, given: Any) -> Found:
    if given is None:
        return Found(name)
    if isinstance(given, dict):
        return Found(name, given)
    try:
        return Found(name, read_object(given) if isinstance(given, str) else read_object("[]"))
    except Unreadable as error:
        return Found(name, invalid=not_an_object(error))


def not_an_object(reason: object) -> str:
    return f"The arguments are not one JSON object: {reason}. Send the call again with one JSON object."


def _only_calls(text: str, *, whole: bool) -> list[Found]:
    outside, inside = blocks(text)
    if inside and outside:
        return []
    found: list[Found] = []
    for block in inside or [text]:
        try:
            calls = calls_in(block, whole=whole)
        except Unreadable:
            return []
        if not calls:
            return []
        found += calls
    return found
