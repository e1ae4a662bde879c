"""The verb that removes a person, and leaves nothing of them but what they did for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from accounts.errors import Conflict
from accounts.models import Invitation, User
from accounts.personal_data import ROWS_AT_ONCE, addressed_to, forget_everywhere, parts

if TYPE_CHECKING:
    from collections.abc import Iterator


log = structlog.get_logger("tasklore.accounts")


@transaction.atomic
def erase_user(user: User) -> int:
    """Removes the person with all that is theirs; what they did in a team's projects stays, nameless.

    Returns how many rows went. Raises Conflict for the last administrator while others are here.
    """
    check_may_go(user)
    pk = user.pk
    _forget_in_the_admin(user)
    forget_everywhere(user)
    Invitation.objects.filter(addressed_to(user)).delete()
    Session.objects.filter(pk__in=list(_sessions_of(user))).delete()
    count, _ = user.delete()
    log.info("a person was erased", erased=str(pk), rows=count)
    return count


def check_may_go(user: User) -> None:
    """Raises Conflict for the last administrator while others are here."""
    people = User.objects.exclude(pk=user.pk)
    if (
        user.is_superuser
        and people.exists()
        and not people.filter(is_superuser=True, is_active=True).exists()
    ):
        raise Conflict("You are the only administrator here: make somebody else one first.")


def _sessions_of(user: User) -> Iterator[str]:
    # All are read: a session that began before sessions were listed is in no list.
    for session in Session.objects.iterator(ROWS_AT_ONCE):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            yield session.pk


def _forget_in_the_admin(user: User) -> None:
    """The admin's history names what it is about, and outlives it."""
    types = set(LogEntry.objects.values_list("content_type", flat=True).distinct())
    for part in parts():
        rows: Any = part.of(user)
        about = ContentType.objects.get_for_model(rows.model).pk
        if part.goes and about in types:
            ids = [str(pk) for pk in rows.order_by().values_list("pk", flat=True)]
            for start in range(0, len(ids), ROWS_AT_ONCE):
                named = Q(object_id__in=ids[start : start + ROWS_AT_ONCE])
                LogEntry.objects.filter(named, content_type=about).delete()
