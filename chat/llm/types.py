"""What goes into an assistant and what comes out: frozen values and a closed union of events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

JSON = Any


@dataclass(frozen=True, slots=True)
class UserMessage:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as the assistant asked for it.

    `arguments` is the decoded JSON object. When the assistant sent something that is not a JSON
    object, `arguments` is empty and `invalid` says why in words the assistant can act on; such a
    call is answered with an error result and never run.
    """

    id: str
    name: str
    arguments: Mapping[str, JSON]
    invalid: str = ""


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    text: str
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The answer to one call. `content` is the result object; `failed` when it is an error."""

    call_id: str
    name: str
    content: Mapping[str, JSON]
    failed: bool = False


ChatMessage = UserMessage | AssistantMessage | ToolResult


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as an assistant sees it; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class KnownTask:
    """A task that a person's words may refer to. `ref` is `WEB-12`; `done` tasks can be reopened; `due` is
    local ISO text (`2026-11-30`, `2026-11-30T17:00`) or empty."""

    ref: str
    title: str
    done: bool = False
    due: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the built-in assistant reads words against; a model gets the same facts as prompt text.

    `now` is aware, in the user's time zone; `day_first` when they write the fifth of June as 5/6. `listed`
    are the refs of the last list shown, in the order shown ("the second"). `touched` are the refs that the
    previous turn changed ("it").
    """

    now: datetime
    project: str = ""
    tasks: Sequence[KnownTask] = ()
    listed: Sequence[str] = ()
    touched: Sequence[str] = ()
    projects: Sequence[str] = ()
    day_first: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One step: answer the last message, with text, with tool calls, or with both.

    `messages` ends with a UserMessage, or with the ToolResults of the previous step's calls.
    """

    system: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[ToolSpec, ...]
    situation: Situation


@dataclass(frozen=True, slots=True)
class TextDelta:
    """`pieces` is in how many the model sent it, where that is known: what came together is one text."""

    text: str
    pieces: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class CallRequested:
    call: ToolCall


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Choices:
    """A question's answers to click: each is shown, and sent as the next message when clicked."""

    options: tuple[str, ...]


Event = TextDelta | CallRequested | Usage | Choices


class AssistantError(Exception):
    """The assistant cannot answer. `str(error)` is one sentence for the person who asked."""

    code = "assistant_error"


class AssistantUnavailable(AssistantError):
    """It did not answer in time, broke off, or said 429 or 5xx until the retries ran out."""

    code = "assistant_unavailable"


class AssistantRefused(AssistantError):
    """It answered with an error that trying again will not mend: a bad key, an unknown model."""

    code = "assistant_refused"


class Assistant(Protocol):
    """Streams one step. Raises AssistantError; cancelling the task closes the connection."""

    provider: str
    model: str

    def reply(self, request: Request) -> AsyncIterator[Event]: ...


@dataclass(slots=True)
class Step:
    """A step as gathered from its events."""

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    usage: Usage = Usage(0, 0)
    choices: tuple[str, ...] = ()
