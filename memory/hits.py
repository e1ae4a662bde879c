"""What a recall answers with: the items and messages behind the entries that were ranked best."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from accounts.statements import OneOf, Statement
from memory.models import MESSAGE, RecallEntry
from memory.words import stems

if TYPE_CHECKING:
    from memory.privacy import LocalOnly
    from memory.ranking import Ranked

_ITEM = [
    f"item__{name}"
    for name in (
        "pk", "key", "value", "type", "source_message", "source_message__conversation", "subject", "thread",
        "occurred_at", "valid_from", "local_only", "last_recalled_at",
    )
]  # fmt: skip
_MESSAGE = [f"message__{name}" for name in ("pk", "content", "conversation", "role", "created_at")]
_CHOSEN = OneOf("id", "entries")
_ITEMS = Statement(lambda: RecallEntry.objects.filter(_CHOSEN).exclude(item=None).values_list("pk", *_ITEM))
_MESSAGES = Statement(
    lambda: (
        RecallEntry.objects.filter(_CHOSEN).exclude(message=None).values_list("pk", *_MESSAGE, "local_only")
    )
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a hit comes from: a message when there is one, and who, where and when as far as known."""

    message_id: UUID | None
    conversation_id: UUID | None
    subject: str
    thread: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hit:
    """`type` is an item's type, or `message` for something said; `score` compares hits of one recall only,
    `fit`, from 0 to 1, those of any: how much of the question the hit meets.

    `why` is a sentence fragment on why it is here; `item_id` is None for a message, and `recalled_at` is when
    an item was recalled last before.
    """

    key: str
    value: str
    type: str
    score: float
    why: str
    source: Source
    item_id: UUID | None
    local_only: bool
    fit: float
    recalled_at: datetime | None = field(default=None, compare=False)


def read_hits(ranked: Sequence[Ranked], limit: int, private: LocalOnly | None) -> list[Hit]:
    """The best `limit`; a message that an item was made from, or that repeats a better item, gives way."""
    chosen = [each.entry_id for each in ranked]
    items = {row[0]: row for row in _ITEMS.rows(entries=chosen)}
    said = {row[0]: row for row in _MESSAGES.rows(entries=chosen)} if len(items) < len(ranked) else {}
    hits: list[Hit] = []
    made_from = {_id(row[5]) for row in items.values()}
    for each in ranked:
        if (row := items.get(each.entry_id)) is not None:
            hits.append(_item_hit(row, each))
        elif (row := said.get(each.entry_id)) is not None:
            is_private = private is not None and private.holds(row[2])
            if not (is_private or _id(row[1]) in made_from or _repeats(row[2], hits)):
                hits.append(_message_hit(row, each))
        if len(hits) == limit:
            break
    return hits


def _item_hit(row: Sequence[Any], ranked: Ranked) -> Hit:
    _, pk, key, value, kind, message, talk, subject, thread, occurred_at, valid_from, local, recalled_at = row
    at = _moment(occurred_at) or _moment(valid_from)
    assert at is not None
    source = Source(_id(message), _id(talk), subject, thread, at)
    return Hit(
        key, value, kind, ranked.score, ranked.why, source, _id(pk), bool(local), ranked.fit,
        _moment(recalled_at),
    )  # fmt: skip


def _message_hit(row: Sequence[Any], ranked: Ranked) -> Hit:
    _, pk, content, conversation, role, created_at, local = row
    at = _moment(created_at)
    assert at is not None
    source = Source(_id(pk), _id(conversation), role, "", at)
    key = f"message:{source.message_id}"
    return Hit(key, content, MESSAGE, ranked.score, ranked.why, source, None, bool(local), ranked.fit)


def _repeats(text: str, hits: Collection[Hit]) -> bool:
    said = set(stems(text))
    values = [set(stems(hit.value)) for hit in hits if hit.item_id]
    return any(len(said & value) >= 0.9 * len(said) for value in values)


def _id(value: Any) -> UUID | None:
    """SQLite's driver has ids as hexadecimal digits, and moments without their zone."""
    return UUID(value) if isinstance(value, str) else value


def _moment(value: datetime | str | None) -> datetime | None:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
