"""What a line was read as: calls to make, a question back, a reply, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """At most one of `calls`, `question` and `reply` is filled. None of them: not understood.

    `choices` answer the question: each can be sent as the next message. `reply` is small talk.
    """

    calls: tuple[Call, ...] = ()
    question: str = ""
    choices: tuple[str, ...] = ()
    reply: str = ""

    @property
    def understood(self) -> bool:
        return bool(self.calls or self.question or self.reply)


NOT_UNDERSTOOD = Reading()


def calling(name: str, /, **arguments: object) -> Reading:
    return Reading(calls=(Call(name, {k: v for k, v in arguments.items() if v not in ("", None, [])}),))


def asking(question: str, *choices: str) -> Reading:
    return Reading(question=question, choices=choices)
