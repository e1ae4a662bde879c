"""Reads, in the words of the domain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Coalesce

from accounts.access import MANAGERS, READERS

if TYPE_CHECKING:
    from accounts.models import User


class ApiTokenQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own, and nobody else's."""
        return self.filter(user=user)

    def made_by_hand(self) -> Self:
        """Not those that a connected app was issued."""
        return self.filter(grant=None)

    def recent(self) -> Self:
        return self.order_by("-created_at", "-id")


class TeamQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(members__user=user)

    def editable_by(self, user: User) -> Self:
        """Those that the user manages."""
        return self.filter(members__user=user, members__role__in=MANAGERS)

    def with_counts(self) -> Self:
        """With `member_count`."""
        members: models.QuerySet = self.model._meta.get_field("members").related_model.objects  # type: ignore[union-attr]
        of_each = members.filter(team=models.OuterRef("pk")).order_by().values("team")
        return self.annotate(member_count=models.Subquery(of_each.values(total=models.Count("*"))))

    def by_name(self) -> Self:
        return self.order_by("name", "id")


class TeamMemberQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """Everybody in the user's teams."""
        return self.filter(team__members__user=user).select_related("user", "team")

    def of(self, user: User) -> Self:
        """The user's own memberships."""
        return self.filter(user=user)

    def by_rank(self) -> Self:
        """The owner first, then as they would inherit the team."""
        ranks = [models.When(role=role, then=models.Value(place)) for place, role in enumerate(READERS)]
        return self.annotate(rank=models.Case(*ranks)).order_by("rank", "created_at", "id")


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """Those of teams that the user manages, and those that are for the user."""
        managed = models.Q(team__members__user=user, team__members__role__in=MANAGERS)
        return self.filter(managed | models.Q(user=user)).distinct().select_related("team", "user")

    def for_user(self, user: User) -> Self:
        return self.filter(user=user).select_related("team", "invited_by")

    def standing(self, now: datetime) -> Self:
        return self.filter(expires_at__gt=now)


class OAuthClientQuerySet(models.QuerySet):
    def never_used(self) -> Self:
        """Those that nobody has said yes to."""
        return self.filter(last_used_at=None)


class OAuthGrantQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own, and nobody else's."""
        return self.filter(user=user)

    def connected(self) -> Self:
        """Those that the client has taken up, with when it was last here; the latest first."""
        used = models.Max("tokens__last_used_at")
        return (
            self.exclude(connected_at=None)
            .annotate(last_here_at=Coalesce(used, "updated_at"))
            .order_by("-connected_at", "-id")
        )
