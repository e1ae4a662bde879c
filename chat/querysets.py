"""Reads of conversations, messages and turns: one's own, and those shared with all who see the project."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from tasks.reach import ReachesProject, Right, in_a_team

if TYPE_CHECKING:
    from accounts.models import User


def _open_to(user: User, place: str = "", right: Right = "read") -> Q:
    """One's own conversations and shared ones, in projects in which the user has the right."""
    own = Q(**{f"{place}user": user}) | Q(**{f"{place}shared": True})
    return Q(ReachesProject(f"{place}project_id", user, right)) & own


class ConversationQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(_open_to(user)).select_related("project")

    def listed_for(self, user: User) -> Self:
        """The same for lists: one more query, and no OR for who is in no team."""
        if in_a_team(user):
            return self.visible_to(user)
        return self.filter(ReachesProject("project_id", user), user=user).select_related("project")

    def writable_by(self, user: User) -> Self:
        """Those in which the user may say something."""
        return self.filter(_open_to(user, right="write")).select_related("project")

    def editable_by(self, user: User) -> Self:
        """Those that the user may rename, share and delete: own ones, and shared ones of managed projects."""
        own = Q(ReachesProject("project_id", user, "write")) & Q(user=user)
        managed = Q(ReachesProject("project_id", user, "manage")) & Q(shared=True)
        return self.filter(own | managed).select_related("project")

    def with_message_count(self) -> Self:
        # A subquery, because the index alone answers it; a join would read every message.
        messages: Any = self.model._meta.get_field("messages").related_model
        of_each = messages.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
        return self.annotate(message_count=Coalesce(Subquery(of_each.values(total=Count("*"))), 0))

    def recent(self) -> Self:
        return self.order_by("-updated_at", "-id")


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(_open_to(user, "conversation__"))

    def in_order(self) -> Self:
        return self.order_by("created_at", "id")


class TurnQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        seen = self.filter(_open_to(user, "conversation__"))
        return seen.select_related("conversation", "conversation__project")

    def editable_by(self, user: User) -> Self:
        """Those that the user asked for: nobody else decides what is done with their rights."""
        return self.visible_to(user).filter(user_message__author=user)

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
