"""The two doors of the reading: `understand`, pure and plain, and `read`, with the situation in mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chat.llm.types import Situation

from .acting import Context
from .messages import read_message
from .outcome import Reading
from .references import Known


def understand(
    text: str, *, now: datetime, tasks: Sequence[Mapping[str, Any]] = (), day_first: bool = False
) -> list[dict[str, Any]]:
    """The tool calls that `text` asks for, as {"name", "arguments"}; dates are local ISO text.

    `now` is the user's local time; `day_first` reads 5/6 as the fifth of June. `tasks` are {"id", "title"}
    that references may resolve to; a reference that fits none stays the words themselves. A request for help
    is a call named "help". Small talk, questions back and what is not understood are an empty list. No text
    raises.
    """
    known = tuple(Known(str(each["id"]), str(each["title"]), bool(each.get("done", False))) for each in tasks)
    reading = read_message(text, Context(now, known, day_first=day_first))
    return [{"name": call.name, "arguments": dict(call.arguments)} for call in reading.calls]


def read(text: str, situation: Situation) -> Reading:
    """As `understand`, with its questions, choices and small talk, and with the turn before in mind."""
    known = tuple(Known(task.ref, task.title, task.done) for task in situation.tasks)
    return read_message(
        text,
        Context(
            situation.now,
            known,
            situation.listed,
            situation.touched,
            situation.projects,
            situation.day_first,
        ),
    )
