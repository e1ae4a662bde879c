"""What follows from users that come and go, whichever way they do: an INBOX, and teams that have an owner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from accounts.models import Role, Team, TeamMember
from tasks.heirs import heir_of
from tasks.operations import ensure_inbox
from tasks.operations.teams import inherit


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def give_inbox(instance: Any, created: bool, raw: bool, **_: Any) -> None:
    if created and not raw:
        ensure_inbox(instance)


@receiver(pre_delete, sender=settings.AUTH_USER_MODEL)
def hand_teams_over(instance: Any, **_: Any) -> None:
    """Each team that a person owned goes to its next member, with its projects; one without any goes too."""
    instance.teams_left = []
    for owned in TeamMember.objects.of(instance).filter(role=Role.OWNER).select_related("team"):
        heir = heir_of(owned.team_id, {instance.pk})
        if heir is None:
            instance.teams_left.append(owned.team_id)
        else:
            inherit(owned.team, heir)


@receiver(post_delete, sender=settings.AUTH_USER_MODEL)
def drop_empty_teams(instance: Any, **_: Any) -> None:
    Team.objects.filter(pk__in=getattr(instance, "teams_left", ())).delete()
