"""What a person said and was answered, and what their models used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.personal_data import Part
from chat.models import Conversation, Message, TokenUse, ToolCall, Turn

if TYPE_CHECKING:
    from accounts.models import User

PARTS = [
    Part("conversations", lambda user: Conversation.objects.filter(user=user)),
    Part("messages", lambda user: Message.objects.filter(Q(conversation__user=user) | Q(author=user))),
    Part(
        "turns",
        lambda user: Turn.objects.filter(conversation__user=user),
        ("lease_owner", "lease_expires_at", "stop_requested", "indexed_at"),
    ),
    Part("tool_calls", lambda user: ToolCall.objects.filter(turn__conversation__user=user)),
    Part("token_use", lambda user: TokenUse.objects.filter(user=user)),
]


def forget(user: User) -> None:
    """Stops what still runs for them: a worker finds its turn gone the next time it looks."""
    own = Q(conversation__user=user) | Q(user_message__author=user)
    Turn.objects.filter(own, status__in=Turn.LIVE).update(stop_requested=True)
