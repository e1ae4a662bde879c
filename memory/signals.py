"""What is said in a conversation can be recalled as soon as it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from memory.indexing import index_message

if TYPE_CHECKING:
    from chat.models import Message


@receiver(post_save, sender="chat.Message")
def make_searchable(instance: Message, created: bool, raw: bool, **_: Any) -> None:
    if created and not raw:
        index_message(instance)
