"""What turns and tools do, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.metrics import Counter

if TYPE_CHECKING:
    from chat.models import Turn

TURNS = Counter("tasklore_turns", "Turns that ended, by status and assistant.", ("status", "provider"))
TOKENS = Counter("tasklore_tokens", "Tokens of ended turns, as servers report them.", ("kind", "provider"))
TOOL_CALLS = Counter("tasklore_tool_calls", "Tool calls, by tool and outcome.", ("name", "outcome"))
MODEL_REQUESTS = Counter(
    "tasklore_model_requests", "Requests to models, by purpose: sent, or over a person's budget.",
    ("purpose", "outcome"),
)  # fmt: skip
MODEL_TOKENS = Counter(
    "tasklore_model_tokens", "Tokens counted against budgets; estimated where a server reports none.",
    ("kind", "purpose"),
)  # fmt: skip


def count_turn(turn: Turn) -> None:
    """Counts a turn that has ended."""
    TURNS.add(turn.status, turn.provider)
    TOKENS.add("prompt", turn.provider, count=turn.prompt_tokens)
    TOKENS.add("completion", turn.provider, count=turn.completion_tokens)
