"""Which entries one recall may see: every rule in SQL, before anything is ranked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import DateTimeField, FloatField, Q, QuerySet

from accounts.statements import THE_USER, OneOf, Slot, Statement
from memory.models import RecallEntry
from memory.querysets import RecallEntryQuerySet
from memory.search import search_for

if TYPE_CHECKING:
    from accounts.models import User
    from tasks.models import Project

Rows = list[tuple[Any, ...]]

_NOW: Any = Slot("now", DateTimeField())
_AS_OF: Any = Slot("as_of", DateTimeField())


@dataclass(frozen=True, slots=True)
class Scope:
    """What is current at `now`, or was held true `as_of`, narrowed by what else is given."""

    actor: User
    project: Project
    now: datetime
    as_of: datetime | None = None
    types: Collection[str] = ()
    min_confidence: float | None = None
    include_local: bool = True
    without_messages: Collection[UUID] = ()

    def rows(self, *columns: str, limit: int | None = None) -> Rows:
        """Columns of every entry."""
        return self._statement(columns).rows(limit=limit, **self._slots())

    def with_ids(self, ids: Collection[int], *columns: str) -> Rows:
        """Columns of those of the entries that have these ids."""
        return self._statement(columns, "ids").rows(ids=ids, **self._slots())

    def with_tokens(self, tokens: Collection[int], *columns: str) -> Rows:
        """Columns of the entries that hold any of these tokens."""
        if not tokens:
            return []
        asked = search_for("default").any_of(tokens)
        return self._statement(columns, "asked").rows(asked=asked, **self._slots())

    def seal(self, most: int) -> tuple[int, int]:
        """That of the stamps of the entries, or of `most` of them; see `seal_of`."""
        sql = "SELECT count(*), sum(stamp >> 16) FROM ({} LIMIT %s) AS held"
        count, total = self._statement(("stamp",)).inside(sql, most, **self._slots())[0]
        return count, int(total or 0)

    def _statement(self, columns: tuple[str, ...], picked: str = "") -> Statement:
        rules = {
            "as_of": self.as_of is not None,
            "types": bool(self.types),
            "min_confidence": self.min_confidence is not None,
            "not_local": not self.include_local,
            "without_messages": bool(self.without_messages),
        }
        return _statement(frozenset(rule for rule, holds in rules.items() if holds), columns, picked)

    def _slots(self) -> dict[str, Any]:
        return {
            "user": self.actor.pk,
            "project": self.project.pk,
            "now": self.now,
            "as_of": self.as_of,
            "types": self.types,
            "min_confidence": self.min_confidence,
            "without_messages": self.without_messages,
        }


def seal_of(stamps: Collection[int]) -> tuple[int, int]:
    """The same for the same stamps, whatever their order: how many, and their sum without what would make it
    too large for a database. Stamps are random: other ones have it by a chance of one in 2 ** 47."""
    return len(stamps), sum(stamp >> 16 for stamp in stamps)


@cache
def _statement(rules: frozenset[str], columns: tuple[str, ...], picked: str) -> Statement:
    def make() -> QuerySet:
        found = _entries(rules)
        if picked == "ids":
            found = found.filter(OneOf("id", "ids"))
        elif picked == "asked":
            found = found.filter(search_for("default").matching())
        return found.values_list(*columns)

    return Statement(make, by_id=bool(picked))


def _entries(rules: Collection[str]) -> RecallEntryQuerySet:
    found = RecallEntry.objects.visible_to(THE_USER).filter(project=Slot("project"))
    found = found.valid_at(_AS_OF) if "as_of" in rules else found.current(_NOW)
    if "types" in rules:
        found = found.filter(OneOf("type", "types"))
    if "min_confidence" in rules:
        found = found.filter(confidence__gte=Slot("min_confidence", FloatField()))
    if "not_local" in rules:
        found = found.filter(local_only=False)
    if "without_messages" in rules:
        found = found.filter(Q(message=None) | ~Q(OneOf("message_id", "without_messages")))
    return found
