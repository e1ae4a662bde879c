"""What goes wrong between us and a model server, and what a person is told of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import orjson

from chat.llm.types import AssistantError, AssistantRefused, AssistantUnavailable

MAX_MESSAGE = 300
MAX_BODY = 8000

Kind = Literal["status", "unreachable", "silent", "broken", "empty", "nonsense"]

_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times"}
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_SECRET = re.compile(r"\b(?:(?:sk|gsk|pk|key)[-_]|AIza)[-_A-Za-z0-9*]{8,}|(?i:bearer)\s+\S+")
_LASTING = re.compile(
    r"insufficient_quota|billing|exceeded your current quota|credit balance"
    r"|context (?:size|length|window)|maximum context",
    re.I,
)
_NO_TOOLS = re.compile(
    r"not support (?:tool|function)|tools? (?:is|are|use is|calling is) not supported"
    r"|unsupported param\w*:? '?tools|tools param requires|tool choice requires|support tool use"
    r"|cannot use tools|only user and assistant roles|(?:parameter|property|supplied):? '?tools?\b"
    r"|tool_choice.*(?:unsupported|not supported)|extra inputs.*\btools\b",
    re.I | re.S,
)


class ServerRefused(AssistantRefused):
    """A refusal with the HTTP status of the server's answer; 0 when it was no HTTP error."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ToolsRefused(ServerRefused):
    """The server or its model has no native tool calls."""


class Fault(Exception):
    """One attempt that failed.

    `kind`: an HTTP or in-stream error status; no connection; silence beyond the time-out; a reply
    that broke off; a reply with nothing in it; an answer that is not of this protocol.
    `message` may be shown; `body` is what the server sent, for recognising what it objects to.
    `retry_after`: the seconds that the server asked to wait.
    """

    def __init__(
        self,
        kind: Kind,
        message: str = "",
        *,
        status: int = 0,
        body: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.body = body or message
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """Whether the same request may do better in a moment."""
        if self.kind == "status":
            return self.status in _PASSING and not _LASTING.search(self.body)
        return self.kind in ("unreachable", "broken", "empty")

    @property
    def refuses_tools(self) -> bool:
        return self.kind == "status" and bool(_NO_TOOLS.search(self.body))

    def error(self, host: str, attempts: int) -> AssistantError:
        """The sentence for the person, as the error to raise."""
        times = _TIMES.get(attempts, f"{attempts} times")
        said = f": {self.message}" if self.message else "."
        if self.kind == "status" and self.passing:
            return AssistantUnavailable(f"The model server at {host} answered {self.status} {times}{said}")
        if self.kind in ("status", "nonsense"):
            return ServerRefused(_refusal(self, host, said), self.status)
        sentence = {
            "unreachable": f"The model server at {host} could not be reached ({times} tried){said}",
            "silent": f"The model server at {host} said nothing for {self.message} seconds.",
            "broken": f"The model server at {host} broke off its reply{said}",
            "empty": f"The model server at {host} gave an empty reply {times}.",
        }[self.kind]
        return AssistantUnavailable(sentence)


def _refusal(fault: Fault, host: str, said: str) -> str:
    if fault.kind == "nonsense":
        return f"The model server at {host} {fault.message}"
    lead = {
        401: f"The model server at {host} did not accept the key (401)",
        403: f"The model server at {host} does not allow this (403)",
        404: f"The model server at {host} does not know this model or address (404)",
    }.get(fault.status, f"The model server at {host} refused the request ({fault.status})")
    return lead + said


def from_response(status: int, headers: Mapping[str, str], body: str, *, key: str) -> Fault:
    message = masked(error_text(body), key)
    retry_after = _retry_after(headers)
    return Fault("status", message, status=status, body=body[:MAX_BODY], retry_after=retry_after)


def from_error_object(error: Any, *, key: str) -> Fault:
    """A fault from an `error` that came in a stream or under status 200."""
    status = 0
    if isinstance(error, Mapping):
        codes = (error.get("code"), error.get("status"), error.get("status_code"))
        numbers = [int(str(code)) for code in codes if str(code).isdigit()]
        status = next((number for number in numbers if 400 <= number <= 599), 0)
    message = masked(_message_of(error), key)
    if status == 0:
        status = 400 if re.search(r"unexpected endpoint|invalid|not found", message, re.I) else 500
    return Fault("status", message, status=status)


def masked(text: str, key: str) -> str:
    """`text` on one line, trimmed, without the key or anything that looks like one."""
    if key:
        text = text.replace(key, "***")
    text = " ".join(_SECRET.sub("***", text).split())
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1].rstrip() + "…"


def error_text(body: str) -> str:
    """The server's own words from the body of an error; nothing from an HTML page but its title."""
    try:
        return _message_of(orjson.loads(body))
    except ValueError:
        pass
    if "<html" in body[:2000].lower() or body.lstrip().startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", body, re.I | re.S)
        return title.group(1) if title else ""
    return body[: MAX_MESSAGE * 4]


def _message_of(found: Any) -> str:
    if isinstance(found, list):
        return "; ".join(filter(None, (_message_of(item) for item in found[:3])))
    if not isinstance(found, Mapping):
        return str(found or "")
    for name in ("error", "message", "detail", "msg"):
        if inner := found.get(name):
            return _message_of(inner)
    return ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    milliseconds = headers.get("retry-after-ms", "")
    if milliseconds.isdigit():
        return int(milliseconds) / 1000
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return None
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(asked)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
