"""Reads the JSON that models write: nearly right. It mends notation and never invents content."""

from __future__ import annotations

import re
from typing import Any

import orjson

MAX_CHARACTERS = 200_000
MAX_DEPTH = 60

_FENCE = re.compile(r"^```[\w-]*\s*\n?|\n?\s*```\s*$")
_WORD = re.compile(r"[A-Za-z_$][\w$-]*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS: dict[str, Any] = {"true": True, "True": True, "false": False, "False": False}
_WORDS |= {"null": None, "None": None, "undefined": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_STRING_END = re.compile(r"\s*(?:[,:}\]]|\Z)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Unreadable(ValueError):
    """Not JSON, and not near enough to it to be sure what was meant."""


def read_json(text: str, *, whole: bool = True) -> Any:
    """The value that `text` holds.

    Mends code fences, trailing commas, single quotes, bare keys, Python's True, False and None,
    raw line breaks in strings, and closing brackets missing at the end. `whole` says that the
    writer had finished: a text that was cut off gets no closing brackets, because what they
    would close is not all that was meant. Raises Unreadable.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"longer than {MAX_CHARACTERS} characters")
    try:
        return orjson.loads(text)
    except ValueError as error:
        reason = str(error)
    try:
        return _Reader(_FENCE.sub("", text.strip()), may_close=whole).read()
    except Unreadable:
        raise Unreadable(reason) from None


def read_object(text: str, *, whole: bool = True) -> dict[str, Any]:
    """The JSON object that `text` holds, also when it was encoded twice. Raises Unreadable."""
    value = read_json(text, whole=whole)
    if isinstance(value, str):
        value = read_json(value, whole=whole)
    if not isinstance(value, dict):
        raise Unreadable(f"found {_kind(value)} where an object must be")
    return value


def _kind(value: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return kinds.get(type(value), "a number")


class _Reader:
    def __init__(self, text: str, *, may_close: bool) -> None:
        self.text = text
        self.at = 0
        self.may_close = may_close

    def read(self) -> Any:
        value = self.value(0)
        self.space()
        if value == {} and self.peek() == "{":
            # Some servers open every call's arguments with "{}" and then send the real object.
            value = self.value(0)
            self.space()
        if self.at < len(self.text):
            raise Unreadable("text after the value")
        return value

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        self.space()
        start = self.peek()
        if start == "{":
            return self.object(depth)
        if start == "[":
            return self.list(depth)
        if start in ('"', "'"):
            return self.string()
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            if self.at == len(self.text):
                # "1" at the very end may be the beginning of "15".
                raise Unreadable("a number at the end")
            try:
                return orjson.loads(number.group())
            except ValueError:
                raise Unreadable(f"{number.group()[:20]} is no JSON number") from None
        if (word := _WORD.match(self.text, self.at)) and word.group() in _WORDS:
            self.at = word.end()
            return _WORDS[word.group()]
        raise Unreadable(f"no value at character {self.at + 1}")

    def closes(self, bracket: str) -> bool:
        self.space()
        if self.peek() == bracket:
            self.at += 1
            return True
        return self.may_close and self.at == len(self.text)

    def object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        while not self.closes("}"):
            key = self.key()
            self.space()
            if self.peek() != ":":
                raise Unreadable(f"no colon at character {self.at + 1}")
            self.at += 1
            found[key] = self.value(depth + 1)
            self.comma("}")
        return found

    def list(self, depth: int) -> list[Any]:
        found = []
        self.at += 1
        while not self.closes("]"):
            found.append(self.value(depth + 1))
            self.comma("]")
        return found

    def comma(self, bracket: str) -> None:
        self.space()
        if self.peek() == ",":
            self.at += 1
            self.space()
            if self.at == len(self.text):
                raise Unreadable("a comma at the end")
        elif self.peek() not in ("", bracket):
            raise Unreadable(f"no comma at character {self.at + 1}")

    def key(self) -> str:
        self.space()
        if self.peek() in ('"', "'"):
            return self.string()
        if word := _WORD.match(self.text, self.at):
            self.at = word.end()
            return word.group()
        raise Unreadable(f"no key at character {self.at + 1}")

    def string(self) -> str:
        quote = self.text[self.at]
        self.at += 1
        parts: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == "\\":
                parts.append(self.escape())
            elif char == quote and self.ends_string():
                return _LONE_SURROGATE.sub("\ufffd", _joined("".join(parts)))
            else:
                parts.append(char)
        raise Unreadable("a text without its end")

    def ends_string(self) -> bool:
        # An apostrophe inside a single-quoted text is not its end.
        return _STRING_END.match(self.text, self.at) is not None

    def escape(self) -> str:
        char = self.peek()
        self.at += 1
        if char != "u":
            return _ESCAPES.get(char, char)
        digits = self.text[self.at : self.at + 4]
        self.at += 4
        try:
            return chr(int(digits, 16))
        except ValueError:
            raise Unreadable("a broken \\u escape") from None


def _joined(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
