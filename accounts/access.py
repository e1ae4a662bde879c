"""What a role in a team allows: the one place that compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from accounts.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from accounts.models import Team, TeamMember, User


class Role(models.TextChoices):
    """The owner and admins manage a team and all its projects, members write in them, viewers read them."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


READERS = tuple(Role.values)
WRITERS = (Role.OWNER.value, Role.ADMIN.value, Role.MEMBER.value)
MANAGERS = (Role.OWNER.value, Role.ADMIN.value)
# What can be given: an owner is made by handing the team over.
GIVEN = (Role.ADMIN.value, Role.MEMBER.value, Role.VIEWER.value)


def member_of(user: User, team: Team) -> TeamMember:
    """Raises NotFound for a team that the user is not in."""
    from accounts.models import TeamMember

    found = TeamMember.objects.filter(team_id=team.pk, user_id=user.pk).first()
    if found is None:
        raise NotFound("There is no such team.")
    return found


def check_manages(user: User, team: Team) -> TeamMember:
    """Raises NotFound, or Forbidden for those who may only look at the team."""
    found = member_of(user, team)
    if found.role not in MANAGERS:
        raise Forbidden("Only the owner and the admins of a team manage it.")
    return found


def check_owns(user: User, team: Team) -> TeamMember:
    found = member_of(user, team)
    if found.role != Role.OWNER:
        raise Forbidden("Only the owner of a team may do this.")
    return found


def check_may_touch(member: TeamMember) -> None:
    """Whether those who manage a team may change a member's role or remove them. Raises Forbidden."""
    if member.role == Role.OWNER:
        raise Forbidden("The owner stays the owner until the team is handed over.")
