"""Reads of project memory; `visible_to` comes first, and what it leaves out does not exist."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, When

from tasks.reach import ReachesProject

if TYPE_CHECKING:
    from accounts.models import User

MAX_WORDS = 12


class MemoryItemQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(ReachesProject("project_id", user)).select_related("project")

    def editable_by(self, user: User) -> Self:
        return self.filter(ReachesProject("project_id", user, "write")).select_related("project")

    def active(self) -> Self:
        return self.filter(status="active")

    def suggested(self) -> Self:
        return self.filter(status="suggested")

    def unexpired(self, now: datetime) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now))

    def held_at(self, moment: datetime) -> Self:
        """What was held to be true at `moment`, whether or not it still is; nothing that was deleted."""
        return self.filter(
            Q(entry__valid_until=None) | Q(entry__valid_until__gt=moment),
            Q(expires_at=None) | Q(expires_at__gt=moment),
            entry__valid_from__lte=moment,
        )

    def containing(self, text: str) -> Self:
        """Every word of `text` is somewhere in the key, the value or whom it is about."""
        found = self
        for word in text.split()[:MAX_WORDS]:
            found = found.filter(
                Q(value__icontains=word) | Q(key__icontains=word) | Q(subject__icontains=word)
            )
        return found

    def with_source(self, user: User) -> Self:
        """With `source_conversation`, the id of the conversation it came from when that is the user's own."""
        own = Q(source_message__conversation__user=user) | Q(source_message__conversation__shared=True)
        return self.annotate(
            source_conversation=Case(When(own, then=F("source_message__conversation_id")), default=None)
        )

    def history(self, key: str) -> Self:
        """Everything that ever had this key, the latest first."""
        return self.filter(key=key).order_by("-created_at", "-id")

    def recent(self) -> Self:
        return self.order_by("-created_at", "-id")


class RecallEntryQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """Items of the user's projects, and what was said there to the user alone or to everybody."""
        return self.filter(Q(speaker_of=None) | Q(speaker_of=user), Q(ReachesProject("project_id", user)))

    def current(self, now: datetime) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), valid_until=None)

    def valid_at(self, moment: datetime) -> Self:
        """What was held to be true at `moment`, whether or not it still is."""
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gt=moment),
            Q(expires_at=None) | Q(expires_at__gt=moment),
            valid_from__lte=moment,
        )
