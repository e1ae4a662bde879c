"""Who answers a person, and what that has used of the day's tokens, for pages."""

from __future__ import annotations

from django import template

from accounts.models import User
from chat.budgets import Budget, today
from chat.llm.selection import current_assistant_label

register = template.Library()


@register.simple_tag
def token_budget(user: User) -> Budget:
    return today(user)


@register.simple_tag
def assistant_in_use() -> str:
    return current_assistant_label()


@register.filter
def thousands(number: int) -> str:
    """`12,345`."""
    return f"{number:,}"
