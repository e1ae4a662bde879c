"""Which entries one recall may see: every rule in SQL, before anything is ranked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import DateTimeField

from accounts.statements import THE_USER, Slot, Statement
from memory.models import RecallEntry
from memory.querysets import RecallEntryQuerySet

if TYPE_CHECKING:
    from accounts.models import User
    from tasks.models import Project

_NOW: Any = Slot("now", DateTimeField())
_CURRENT = Statement(
    lambda: (
        RecallEntry.objects.visible_to(THE_USER)
        .filter(project=Slot("project"))
        .current(_NOW)
        .values_list("id", "stamp")
    )
)


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

    def entries(self) -> RecallEntryQuerySet:
        return RecallEntry.objects.in_scope(
            self.actor,
            self.project,
            now=self.now,
            as_of=self.as_of,
            types=self.types,
            min_confidence=self.min_confidence,
            include_local=self.include_local,
            without_messages=self.without_messages,
        )

    def stamps(self, most: int) -> list[tuple[int, int]]:
        """The id and the stamp of each entry, `most` at most."""
        narrowed = self.types or self.without_messages or not self.include_local
        if narrowed or self.as_of or self.min_confidence is not None:
            return list(self.entries().values_list("id", "stamp")[:most])
        return _CURRENT.rows(limit=most, user=self.actor.pk, project=self.project.pk, now=self.now)
