"""Reads, in the words of the domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class ApiTokenQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own, and nobody else's."""
        return self.filter(user=user)

    def recent(self) -> Self:
        return self.order_by("-created_at", "-id")
