"""What a person has used of the day's tokens, for pages."""

from __future__ import annotations

from django import template

from accounts.models import User
from chat.budgets import Budget, today

register = template.Library()


@register.simple_tag
def token_budget(user: User) -> Budget:
    return today(user)


@register.filter
def thousands(number: int) -> str:
    """`12,345`."""
    return f"{number:,}"
