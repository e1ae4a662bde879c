"""Puts tool calls together from the fragments of a chat completion stream."""

from __future__ import annotations

import secrets
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import orjson

from chat.llm.openai_compatible.loose_json import Unreadable, read_object
from chat.llm.openai_compatible.quirks import Quirks
from chat.llm.openai_compatible.spoken import not_an_object
from chat.llm.types import ToolCall

Extra = Mapping[str, Any] | None

_LETTERS = string.ascii_letters + string.digits


def new_call_id() -> str:
    """Nine letters and digits: the strictest server's rule (Mistral) suits all others."""
    return "".join(secrets.choice(_LETTERS) for _ in range(9))


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    given: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None

    @property
    def complete(self) -> bool:
        if self.given is not None:
            return True
        try:
            return isinstance(orjson.loads("".join(self.pieces)), dict)
        except ValueError:
            return False


class CallGatherer:
    """Assembles tool calls from their fragments, whatever a server leaves out of them.

    Seen in the wild: no `index`; the same `index` for every call; no `id`, one `id` for two calls,
    or another `id` with each fragment; the name in each fragment, or in pieces; the arguments in
    pieces, in one, as an object, or each time from the beginning.
    """

    def __init__(self, known: Collection[str], quirks: Quirks) -> None:
        self._known = known
        self._quirks = quirks
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    def feed(self, fragments: list[Any]) -> None:
        for position, fragment in enumerate(fragments):
            if isinstance(fragment, dict):
                function = fragment.get("function")
                self._add(fragment, function if isinstance(function, dict) else {}, position)

    def calls(self, taken_ids: Collection[str], *, whole: bool) -> list[tuple[ToolCall, Extra]]:
        """The calls in order, each with an id that no call before it has, and what came beside it."""
        used = set(taken_ids)
        finished: list[tuple[ToolCall, Extra]] = []
        for call in self._calls:
            if not call.name and not call.pieces:
                continue
            if not call.id or call.id in used:
                self._quirks.note("call_ids_made", "It leaves out or repeats call ids; ours replace them.")
                call.id = new_call_id()
            used.add(call.id)
            arguments, invalid = self._arguments(call, whole=whole)
            finished.append((ToolCall(call.id, call.name, arguments, invalid), call.extra))
        return finished

    def _add(self, fragment: dict[str, Any], function: dict[str, Any], position: int) -> None:
        name, call_id = _text(function.get("name")), _text(fragment.get("id"))
        given = function.get("arguments", function.get("parameters"))
        call = self._call_for(fragment.get("index"), call_id, name, given, position)
        call.id = call.id or call_id
        if not call.name:
            call.name = name
        elif name != call.name and call.name not in self._known:
            call.name += name
        if isinstance(given, dict):
            call.given = given
        elif isinstance(given, str) and given:
            call.pieces.append(given)
        if isinstance(fragment.get("extra_content"), dict):
            call.extra = fragment["extra_content"]

    def _call_for(self, index: Any, call_id: str, name: str, given: Any, position: int) -> _Call:
        if not isinstance(index, int):
            self._quirks.note("no_index", "It streams tool calls without an index.")
            current = self._calls[-1] if self._calls else None
            if position and name:
                current = None
        else:
            current = self._by_index.get(index)
        if current is None or self._begins_another(current, call_id, name, given):
            if current is not None and isinstance(index, int):
                self._quirks.note("one_index", "It gives every tool call the same index.")
            current = _Call()
            self._calls.append(current)
        if isinstance(index, int):
            self._by_index[index] = current
        return current

    def _begins_another(self, call: _Call, call_id: str, name: str, given: Any) -> bool:
        if not name or not call.name:
            return False
        if call_id and call.id and call_id != call.id:
            return True
        if call.complete and given not in (None, ""):
            return True
        return name != call.name and call.name in self._known

    def _arguments(self, call: _Call, *, whole: bool) -> tuple[Mapping[str, Any], str]:
        if call.given is not None:
            return call.given, ""
        raw = "".join(call.pieces)
        if _each_from_the_beginning(call.pieces):
            raw = call.pieces[-1]
        if whole and raw.strip() in ("", "null"):
            return {}, ""
        try:
            return read_object(raw, whole=whole), ""
        except Unreadable as error:
            reason = error if whole else "they were cut off"
            return {}, not_an_object(reason)


def _each_from_the_beginning(pieces: list[str]) -> bool:
    return len(pieces) > 1 and all(
        len(later) > 1 and later.startswith(earlier) for earlier, later in pairwise(pieces)
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
