"""Under a reply: what it was reminded of, each a link to where that stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.urls import reverse

from chat.models import Message, Turn
from chat.recalled import Reference, shown_memories
from memory.models import MemoryItem
from memory.upkeep import DELETED

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    url: str


def chips_of(user: User, turns: Sequence[Turn]) -> Mapping[UUID, list[Chip]]:
    """The chips of each turn by its id; what is deleted by now has none."""
    found = {turn.pk: references for turn in turns if (references := _references(turn))}
    if not found:
        return {}
    every = [each for references in found.values() for each in references]
    named = {each["item"] for each in every if each["item"]}
    items = MemoryItem.objects.visible_to(user).filter(pk__in=named)
    said = {each["message"] for each in every if each["message"] and not each["item"]}
    messages = Message.objects.visible_to(user).filter(pk__in=said)
    there = {str(pk) for pk in items.exclude(reason=DELETED).values_list("pk", flat=True)}
    there |= {str(pk) for pk in messages.values_list("pk", flat=True)}
    return {
        pk: [_chip(user, each) for each in references if (each["item"] or each["message"]) in there]
        for pk, references in found.items()
    }


def _references(turn: Turn) -> list[Reference]:
    if turn.reply is None:
        return shown_memories(turn)
    return [
        cast(Reference, each) for each in turn.reply.metadata.get("recalled", ()) if isinstance(each, dict)
    ]


def _chip(user: User, reference: Reference) -> Chip:
    if reference["item"]:
        return Chip(reference["key"], reverse("memory-item", args=[reference["item"]]))
    at = datetime.fromisoformat(reference["at"]).astimezone(user.zone)
    what = "What you said" if reference["role"] == Message.Role.USER else "The answer"
    page = reverse("conversation", args=[reference["conversation"]])
    where = f"{page}?message={reference['message']}#message-{reference['message']}"
    return Chip(f"{what} on {at.day} {at:%b}", where)
