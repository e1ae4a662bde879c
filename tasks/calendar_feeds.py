"""The verbs on a project's calendar address: made anew, ended, and found by its secret."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.errors import NotFound
from tasks.models import CalendarFeed, Project

if TYPE_CHECKING:
    from accounts.models import User

SECRET_LENGTH = 43
NOTED_EVERY = timedelta(hours=1)
GONE = "There is no calendar at this address: it was ended, or replaced by another."


def make_feed(*, actor: User, project: Project) -> str:
    """The secret of a new address for the actor, shown now and never again; an old address ends.

    Raises NotFound for a project that the actor does not see.
    """
    row = Project.objects.visible_to(actor).filter(pk=project.pk).first()
    if row is None:
        raise NotFound("There is no such project.")
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        user=actor, project=row, defaults={"digest": _digest(secret), "last_read_at": None}
    )
    return secret


def end_feed(*, actor: User, project: Project) -> None:
    """Ends the actor's address for the project. Raises NotFound."""
    deleted, _ = CalendarFeed.objects.visible_to(actor).filter(project=project).delete()
    if not deleted:
        raise NotFound(GONE)


def feed_of(secret: str) -> CalendarFeed:
    """The feed at an address, whose person is active and still sees the project. Raises NotFound."""
    found = None
    if len(secret) == SECRET_LENGTH and secret.isascii():
        feeds = CalendarFeed.objects.select_related("user", "project")
        found = feeds.filter(digest=_digest(secret), user__is_active=True).first()
    if found is None or not Project.objects.visible_to(found.user).filter(pk=found.project_id).exists():
        raise NotFound(GONE)
    return found


def note_reading(feed: CalendarFeed) -> None:
    """Remembers when the address was last read, to the hour: so that an unused one can be told."""
    now = timezone.now()
    if feed.last_read_at is None or now - feed.last_read_at > NOTED_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
