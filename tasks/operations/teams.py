"""The verbs on teams and their members. They are here since their change records are."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from accounts.access import GIVEN, Role, check_manages, check_may_touch, check_owns, member_of
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import Team, TeamMember
from accounts.rows import insert
from tasks import text
from tasks.access import check_version, is_operator, lock_team
from tasks.changes import Origin
from tasks.models import Change, Project
from tasks.operations.fields import choice
from tasks.operations.leaving import take_from_strangers

if TYPE_CHECKING:
    from accounts.models import User

MAX_TEAMS = 200
MAX_MEMBERS = 1000


@transaction.atomic
def create_team(*, actor: User, origin: Origin, name: str) -> Team:
    """A team whose owner is the actor. Raises Invalid."""
    team = Team(name=clean_name(name))
    if TeamMember.objects.of(actor).filter(role=Role.OWNER).count() >= MAX_TEAMS:
        raise Conflict(f"You own {MAX_TEAMS} teams already; hand one over or delete one first.")
    team.save()
    TeamMember.objects.create(team=team, user=actor, role=Role.OWNER)
    record(actor, origin, team, "create", {}, {"name": team.name})
    return team


@transaction.atomic
def rename_team(
    *, actor: User, origin: Origin, team: Team, name: str, version: datetime | None = None
) -> Team:
    """Raises Invalid, NotFound, Forbidden, or Stale for another `version` than the present one."""
    row = _managed(actor, origin, team)
    check_version(row, version)
    before, row.name = row.name, clean_name(name)
    if row.name != before:
        row.save()
        record(actor, origin, row, "rename", {"name": before}, {"name": row.name})
    return row


@transaction.atomic
def delete_team(*, actor: User, origin: Origin, team: Team, version: datetime | None = None) -> None:
    """Ends a team without projects. What it has in the trash goes to its owner's.

    Raises NotFound, Forbidden for all but the owner, Conflict while it has projects, and Stale.
    """
    row = lock_team(actor, team, operator=is_operator(actor, origin))
    if not is_operator(actor, origin):
        check_owns(actor, row)
    check_version(row, version)
    if row.projects.filter(deleted_at=None).exists():
        raise Conflict(f"{row.name} still has projects: give them to a person or delete them first.")
    row.projects.update(team=None)
    row.delete()


@transaction.atomic
def add_member(
    *, actor: User, origin: Origin, team: Team, user: User, role: str, verb: str = "add"
) -> TeamMember:
    """By who manages the team, or as `join` by who has an invitation. Raises Conflict for a member."""
    row = lock_team(actor, team, operator=True) if verb == "join" else _managed(actor, origin, team)
    role = choice(role, "role", GIVEN)
    if row.members.count() >= MAX_MEMBERS:
        raise Conflict(f"{row.name} has {MAX_MEMBERS} members, and takes no more.")
    try:
        with transaction.atomic():
            member = TeamMember.objects.create(team=row, user=user, role=role)
    except IntegrityError:
        raise Conflict(f"{user.get_username()} is in {row.name} already.") from None
    row.invitations.filter(user=user).delete()
    record(actor, origin, row, verb, {}, _named(member))
    return member


@transaction.atomic
def change_role(*, actor: User, origin: Origin, member: TeamMember, role: str) -> TeamMember:
    """Raises Invalid, NotFound, and Forbidden for the owner's role and for an actor who does not manage."""
    row, locked = _touched(actor, origin, member)
    role = choice(role, "role", GIVEN)
    before = _named(row)
    if row.role != role:
        row.role = role
        row.save(update_fields=["role", "updated_at"])
        record(actor, origin, locked, "role", before, _named(row))
    return row


@transaction.atomic
def remove_member(*, actor: User, origin: Origin, member: TeamMember) -> None:
    """Takes a member out; their open tasks in the team's projects are nobody's then.

    Raises NotFound, and Forbidden for the owner and for an actor who does not manage.
    """
    row, team = _touched(actor, origin, member)
    _take_out(actor, origin, team, row, "remove")


@transaction.atomic
def leave_team(*, actor: User, origin: Origin, team: Team) -> None:
    """Raises NotFound, and Conflict for the owner, who hands the team over first."""
    row = lock_team(actor, team)
    member = member_of(actor, row)
    if member.role == Role.OWNER:
        raise Conflict("You own this team: hand it over to somebody before you leave.")
    _take_out(actor, origin, row, member, "leave")


@transaction.atomic
def hand_over(*, actor: User, origin: Origin, team: Team, user: User) -> TeamMember:
    """Makes another member the owner; the actor stays as an admin. The team's projects go along.

    Raises NotFound, Forbidden for all but the owner, and Invalid for somebody who is not in the team.
    """
    row = lock_team(actor, team, operator=is_operator(actor, origin))
    if not is_operator(actor, origin):
        check_owns(actor, row)
    heir = row.members.select_related("user").filter(user=user).first()
    if heir is None or not user.is_active:
        raise Invalid.field("user", f"{user.get_username()} is not a member of {row.name}.")
    if heir.role == Role.OWNER:
        return heir
    inherit(row, heir)
    record(actor, origin, row, "hand over", {}, _named(heir))
    return heir


def inherit(team: Team, heir: TeamMember) -> None:
    """Makes a member the owner, and the present owner an admin. Must run in a transaction."""
    team.members.filter(role=Role.OWNER).update(role=Role.ADMIN)
    heir.role = Role.OWNER
    heir.save(update_fields=["role", "updated_at"])
    Project.objects.filter(team=team).update(owner=heir.user)


def clean_name(name: object) -> str:
    return text.clean_line(name, "name", longest=text.MAX_NAME)


def record(
    actor: User, origin: Origin, team: Team, verb: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """The change record of a verb on a team; people are named as they are called now."""
    insert(
        Change(
            actor=actor, team=team, door=origin.door, client=origin.client,
            object_type=Change.Object.TEAM, object_id=team.pk, ref=team.name, title=team.name, verb=verb,
            before=before, after=after,
        )
    )  # fmt: skip


def _managed(actor: User, origin: Origin, team: Team) -> Team:
    row = lock_team(actor, team, operator=is_operator(actor, origin))
    if not is_operator(actor, origin):
        check_manages(actor, row)
    return row


def _touched(actor: User, origin: Origin, member: TeamMember) -> tuple[TeamMember, Team]:
    team = _managed(actor, origin, member.team)
    row = team.members.select_related("user").filter(pk=member.pk).first()
    if row is None:
        raise NotFound("There is no such member.")
    check_may_touch(row)
    return row, team


def _take_out(actor: User, origin: Origin, team: Team, member: TeamMember, verb: str) -> None:
    before = _named(member)
    member.delete()
    record(actor, origin, team, verb, before, {})
    take_from_strangers(actor=actor, origin=origin, projects=list(team.projects.filter(deleted_at=None)))


def _named(member: TeamMember) -> dict[str, str]:
    return {"user": member.user.get_username(), "user_id": str(member.user_id), "role": member.role}
