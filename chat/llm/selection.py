"""Which assistant answers: the configured model, or the built-in one."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from chat.llm.types import Assistant
from memory.hosts import leaves_machine

BUILT_IN = "built-in"


def model_configured() -> bool:
    return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)


def is_remote(provider: str) -> bool:
    """Whether what this assistant is told leaves the machine: so it is for every model but one that answers
    at a loopback address."""
    return provider != BUILT_IN and leaves_machine(settings.OPENAI_BASE_URL)


def current_assistant() -> Assistant:
    return model_assistant() if model_configured() else built_in_assistant()


def assistant_to_go_on(provider: str, steps: int) -> Assistant:
    """Who answers a turn that `provider` had brought so far: a take-over by the built-in one holds for its
    later steps too."""
    if steps and provider == BUILT_IN and model_configured():
        return built_in_assistant()
    return current_assistant()


def current_assistant_label() -> str:
    """Who answers, for people: `Built-in assistant`, or the model's name and its server."""
    if not model_configured():
        return "Built-in assistant"
    assistant = model_assistant()
    return f"{assistant.model} · {assistant.provider}"


@cache
def model_assistant() -> Assistant:
    from chat.llm.openai_compatible import from_settings

    assistant = from_settings()
    assert assistant is not None
    return assistant


@cache
def built_in_assistant() -> Assistant:
    from chat.llm.offline import BuiltIn

    return BuiltIn()
