"""Replies of a model server in the true wire format, to be played by the scripted server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence between two pieces."""

    seconds: float


class _Mark:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


CUT = _Mark("CUT")
"""The connection is reset here."""
HANG = _Mark("HANG")
"""Nothing more comes; the connection stays open."""

Piece = bytes | Pause | _Mark


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. `chunks` are a stream's pieces as they leave, `document` a whole body.

    With neither, it is a completion whose form follows what was asked: `deltas` as a stream, or
    `message` in one document. Each item of `deltas` is a delta object or any other piece.
    """

    deltas: Sequence[Mapping[str, Any] | Piece] = ()
    message: Mapping[str, Any] = field(default_factory=dict)
    finish_reason: str | None = "stop"
    usage: Mapping[str, int] | None = field(
        default_factory=lambda: {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    )
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Sequence[Piece] | None = None
    document: bytes | None = None
    done: bool = True
    hangs_after_headers: bool = False

    def streams(self, body: Mapping[str, Any]) -> bool:
        return self.document is None and (self.chunks is not None or bool(body.get("stream")))

    def content_type(self, body: Mapping[str, Any]) -> str:
        if "Content-Type" in self.headers:
            return self.headers["Content-Type"]
        return "text/event-stream" if self.streams(body) else "application/json"

    def pieces(self, body: Mapping[str, Any]) -> list[Piece]:
        if self.document is not None:
            return [self.document]
        if self.chunks is not None:
            return list(self.chunks)
        if not body.get("stream"):
            return [json.dumps(self._completion(body)).encode()]
        return self._stream(body)

    def events(self) -> list[bytes]:
        """The events of the deltas alone, without an end."""
        return [chunk(delta) for delta in self.deltas if isinstance(delta, Mapping)]

    def _stream(self, body: Mapping[str, Any]) -> list[Piece]:
        pieces: list[Piece] = []
        for delta in self.deltas:
            pieces.append(chunk(delta) if isinstance(delta, Mapping) else delta)
        if any(piece is CUT or piece is HANG for piece in pieces):
            return pieces
        if self.finish_reason:
            pieces.append(chunk({}, finish_reason=self.finish_reason))
        wanted = (body.get("stream_options") or {}).get("include_usage")
        if self.usage and wanted:
            pieces.append(sse({"choices": [], "usage": self.usage}))
        if self.done:
            pieces.append(sse("[DONE]"))
        return pieces

    def _completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        choice = {"index": 0, "message": self.message, "finish_reason": self.finish_reason}
        completion = {"id": "chatcmpl-1", "object": "chat.completion", "model": body.get("model")}
        return completion | {"choices": [choice], "usage": self.usage}


def sse(value: Any) -> bytes:
    """One event with this as its data."""
    data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"data: {data}\n\n".encode()


def chunk(delta: Mapping[str, Any], finish_reason: str | None = None) -> bytes:
    """The event of one delta, with all that a real chunk has around it."""
    return sse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1790000000,
            "model": "scripted",
            "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}],
        }
    )


def text(*parts: str, **rest: Any) -> Reply:
    """Says this, one delta for each part."""
    deltas: list[Mapping[str, Any] | Piece] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": part} for part in parts]
    return Reply(deltas, {"role": "assistant", "content": "".join(parts)}, **rest)


def words(said: str, *, pause: float = 0.0, **rest: Any) -> Reply:
    """Says this in deltas of a word each, as models do, with a pause before each one."""
    parts = said.split(" ")
    deltas: list[Mapping[str, Any] | Piece] = []
    for position, part in enumerate(parts):
        if pause:
            deltas.append(Pause(pause))
        deltas.append({"content": part if position == 0 else " " + part})
    return Reply(deltas, {"role": "assistant", "content": said}, **rest)


def calls(
    *wanted: tuple[str, Any],
    pieces: int = 1,
    index: bool | int = True,
    ids: Sequence[str] | None = None,
    name_in_each: bool = False,
    finish_reason: str = "tool_calls",
    before: str = "",
    **rest: Any,
) -> Reply:
    """Calls tools. Each is a name and its arguments: an object, or the raw text to send.

    `pieces`: in how many fragments the arguments leave. `index`: whether there is one, or the one
    that all calls get. `ids`: those to send instead of `call_1`, `call_2`.
    """
    deltas: list[Mapping[str, Any] | Piece] = [{"role": "assistant", "content": before or None}]
    message_calls = []
    for position, (name, arguments) in enumerate(wanted):
        raw = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        call_id = ids[position] if ids is not None else f"call_{position + 1}"
        number = {} if index is False else {"index": position if index is True else index}
        function = {"name": name, "arguments": raw}
        message_calls.append({"id": call_id, "type": "function", "function": function})
        for place, part in enumerate(_cut_in(raw, pieces)):
            fragment: dict[str, Any] = {**number, "function": {"arguments": part}}
            if place == 0:
                fragment |= {"id": call_id, "type": "function"}
            if place == 0 or name_in_each:
                fragment["function"]["name"] = name
            deltas.append({"tool_calls": [fragment]})
    message = {"role": "assistant", "content": before or None, "tool_calls": message_calls}
    return Reply(deltas, message, finish_reason, **rest)


def call_part(
    arguments: str | dict[str, Any] | None = None, name: str | None = None, **rest: Any
) -> dict[str, Any]:
    """One fragment of a tool call, with just what is given."""
    function = {"arguments": arguments, "name": name}
    return {"function": {key: value for key, value in function.items() if value is not None}, **rest}


def error(
    status: int, message: str = "The server failed.", *, code: str | None = None, **headers: str
) -> Reply:
    """An error answer; `retry_after="1"` and the like become headers."""
    document = json.dumps({"error": {"message": message, "type": "error", "param": None, "code": code}})
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(status=status, headers=named, document=document.encode())


def hang() -> Reply:
    """Takes the request and never answers."""
    return Reply(chunks=[HANG])


def raw(*pieces: Piece | str, **rest: Any) -> Reply:
    """A stream of exactly these pieces."""
    chunks = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    return Reply(chunks=chunks, **rest)


def page(document: str, *, status: int = 200, content_type: str = "text/html") -> Reply:
    """A body that is not a stream: an HTML page, a plain document."""
    return Reply(status=status, headers={"Content-Type": content_type}, document=document.encode())


def _cut_in(raw_text: str, pieces: int) -> list[str]:
    size = max(1, -(-len(raw_text) // pieces))
    return [raw_text[start : start + size] for start in range(0, len(raw_text), size)] or [""]
