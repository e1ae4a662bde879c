"""What a memory item may hold, checked once for every door; a refusal names the field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from django.utils import timezone

from accounts.errors import Invalid
from memory.models import MemoryItem
from memory.words import content_words
from tasks.text import clean_line, clean_text

if TYPE_CHECKING:
    from accounts.models import User

MAX_KEY = 120
MAX_VALUE = 8000
KEY_WORDS = 6
# Under /api/memory/ these are other addresses than an item's.
TAKEN = ("store", "recall", "count", "clear")
TAKEN_ENDS = ("/", "/approve", "/reject", "/restore")


class MemoryFields(TypedDict, total=False):
    """`value` and `type` make an item. Without a `key` it gets one of its own. A time without a zone is in
    the actor's; `occurred_at` is when it was said, `thread` where."""

    key: str
    value: str
    type: str
    subject: str
    thread: str
    occurred_at: datetime | None
    relevance: float
    confidence: float
    expires_at: datetime | None
    local_only: bool


def clean_fields(actor: User, given: Mapping[str, Any], *, complete: bool) -> dict[str, Any]:
    """The fields as they are stored; `complete` when an item must come of them. Raises Invalid."""
    unknown = sorted(set(given) - set(MemoryFields.__annotations__))
    if unknown:
        known = ", ".join(MemoryFields.__annotations__)
        raise Invalid.field(str(unknown[0])[:60], f"is not known; known are {known}.")
    for name in ("value", "type") if complete else ():
        if name not in given:
            raise Invalid.field(name, "is required.")
    return {name: _clean(actor, name, value) for name, value in given.items()}


def own_key(item: MemoryItem) -> str:
    """A key for an item that was given none: its first words, and the end of its id."""
    stem = "-".join(content_words(item.value)[:KEY_WORDS])[: MAX_KEY - 9].strip("-")
    return f"{stem or item.type}-{item.pk.hex[-8:]}"


def _clean(actor: User, name: str, value: Any) -> Any:
    if name == "value":
        text = clean_text(value, name, longest=MAX_VALUE)
        return text or clean_line(text, name, longest=MAX_VALUE)
    if name == "key":
        return _addressable(clean_line(value, name, longest=MAX_KEY))
    if name in ("subject", "thread"):
        return clean_line(value, name, longest=MAX_KEY, required=False)
    if name == "type":
        if value not in MemoryItem.Type.values:
            raise Invalid.field(name, f"must be one of {', '.join(MemoryItem.Type.values)}.")
        return value
    if name == "local_only":
        if not isinstance(value, bool):
            raise Invalid.field(name, "must be true or false.")
        return value
    if name in ("relevance", "confidence"):
        return share(value, name)
    return _instant(actor, name, value)


def _addressable(key: str) -> str:
    # Who deletes an item by its address must not clear the project's memory because of how it is called.
    if key in TAKEN or key.endswith(TAKEN_ENDS):
        raise Invalid.field("key", f"must not be {', '.join(TAKEN)}, nor end in {', '.join(TAKEN_ENDS)}.")
    return key


def share(value: Any, name: str) -> float:
    """A number from 0 to 1. Raises Invalid."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or not 0 <= value <= 1:
        raise Invalid.field(name, "must be a number from 0 to 1.")
    return float(value)


def _instant(actor: User, name: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise Invalid.field(name, "must be a date and time, such as 2026-11-30T17:00:00Z.")
    if not 1900 <= value.year <= 9000:
        raise Invalid.field(name, "must lie between the years 1900 and 9000.")
    instant = value.replace(tzinfo=actor.zone) if value.tzinfo is None else value
    if name == "expires_at" and instant <= timezone.now():
        raise Invalid.field(name, "must lie in the future.")
    return instant
