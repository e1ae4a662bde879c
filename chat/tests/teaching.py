"""A scripted model that answers in the chat, and suggests what to remember when it is asked afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chat.tests.replies import Reply, calls, text

Body = dict[str, Any]


def is_extraction(body: Body) -> bool:
    """Whether a request asks what the last exchange taught."""
    return "choose what their project must remember" in str(body["messages"][0]["content"])


def teaching(answer: str | Callable[[Body], Reply], items: Sequence[Any] | Reply) -> Callable[[Body], Reply]:
    """Every message is answered so, and every exchange teaches these."""
    taught = items if isinstance(items, Reply) else calls(("keep_memories", {"items": list(items)}))

    def reply(body: Body) -> Reply:
        if is_extraction(body):
            return taught
        return text(answer) if isinstance(answer, str) else answer(body)

    return reply


def item(value: str, **fields: Any) -> dict[str, Any]:
    """What a model writes for one item."""
    blank = {"key": "", "type": "context", "confidence": 0.95, "subject": "", "supersedes": ""}
    return {**blank, "value": value, **fields}
