"""A short text that becomes another whenever something that a person sees changes: what open pages poll."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import OuterRef, Subquery

from tasks.models import Change, Comment, Project, Task

if TYPE_CHECKING:
    from accounts.models import User


def pulse_of(user: User, project: UUID | None = None) -> str:
    """Of what `user` sees of a project, or of everything.

    One look into an index per project: the newest change says enough, for a change is recorded beside
    every write. A task that is only shared is looked at by itself.
    """
    newest = Change.objects.filter(project=OuterRef("pk")).order_by("-created_at", "-id").values("id")[:1]
    seen = Project.objects.visible_to(user)
    if project is not None:
        seen = seen.filter(pk=project)
    rows = seen.order_by("pk").values_list("pk", Subquery(newest))
    shared = Task.objects.shared_with(user).order_by("pk")
    if project is not None:
        shared = shared.filter(project=project)
    said = Comment.objects.filter(task=OuterRef("pk")).order_by("-updated_at").values("updated_at")[:1]
    alone = shared.values_list("pk", "updated_at", "shares__permission", Subquery(said))
    return hashlib.sha256(repr([*rows, *alone]).encode()).hexdigest()[:16]
