"""Reads of conversations, messages and turns; a conversation belongs to one person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from tasks.reach import ReachesProject

if TYPE_CHECKING:
    from accounts.models import User


class ConversationQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(ReachesProject("project_id", user), user=user).select_related("project")

    def editable_by(self, user: User) -> Self:
        return self.visible_to(user)

    def with_message_count(self) -> Self:
        # A subquery, because the index alone answers it; a join would read every message.
        messages: Any = self.model._meta.get_field("messages").related_model
        of_each = messages.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
        return self.annotate(message_count=Coalesce(Subquery(of_each.values(total=Count("*"))), 0))

    def recent(self) -> Self:
        return self.order_by("-updated_at", "-id")


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(ReachesProject("conversation__project_id", user), conversation__user=user)

    def in_order(self) -> Self:
        return self.order_by("created_at", "id")


class TurnQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        seen = self.filter(ReachesProject("conversation__project_id", user), conversation__user=user)
        return seen.select_related("conversation", "conversation__project")

    def editable_by(self, user: User) -> Self:
        return self.visible_to(user)

    def live(self) -> Self:
        return self.filter(status__in=("queued", "running", "awaiting_approval"))

    def abandoned(self, now: datetime) -> Self:
        """Runnable turns that no worker holds: never claimed, or claimed on a lease that ran out."""
        return self.filter(status__in=("queued", "running")).filter(
            Q(lease_expires_at=None) | Q(lease_expires_at__lt=now)
        )

    def to_index(self) -> Self:
        """Ended turns whose words recall does not know yet."""
        return self.filter(indexed_at=None, finished_at__isnull=False)
