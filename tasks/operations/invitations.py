"""The verbs on invitations to a team: by user name or e-mail address, with a link that works once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.access import GIVEN, check_manages
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import Invitation, Role, Team, TeamMember
from tasks.access import lock_team
from tasks.changes import Origin
from tasks.operations.fields import choice
from tasks.operations.teams import MAX_MEMBERS, add_member, record
from tasks.text import clean_line

if TYPE_CHECKING:
    from accounts.models import User

GOOD_FOR = timedelta(days=7)
MAX_INVITATIONS = 200
GONE = "This invitation is not valid any more: it has expired, or was taken back or used. Ask for a new one."


class Invited(NamedTuple):
    """An invitation, and the secret of its link, which nobody can read again."""

    invitation: Invitation
    secret: str


@transaction.atomic
def invite(
    *,
    actor: User,
    origin: Origin,
    team: Team,
    role: str = Role.MEMBER,
    user: User | None = None,
    email: str = "",
) -> Invited:
    """Invites a user, or whoever has the link sent to an address. Again makes another link; the old one ends.

    Raises Invalid, NotFound, Forbidden for who does not manage the team, and Conflict for a member.
    """
    row = lock_team(actor, team)
    check_manages(actor, row)
    role = choice(role, "role", GIVEN)
    if (user is None) == (not email):
        raise Invalid.field("user", "say whom to invite: a user name, or an e-mail address.")
    if user is not None and row.members.filter(user=user).exists():
        raise Conflict(f"{user.get_username()} is in {row.name} already.")
    address = "" if user else clean_address(email)
    row.invitations.filter(user=user, email=address).delete()
    row.invitations.filter(expires_at__lte=timezone.now()).delete()
    if row.invitations.count() >= MAX_INVITATIONS or row.members.count() >= MAX_MEMBERS:
        raise Conflict(f"{row.name} has too many invitations; take some back first.")
    secret = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        team=row, role=role, user=user, email=address, invited_by=actor, digest=_digest(secret),
        expires_at=timezone.now() + GOOD_FOR,
    )  # fmt: skip
    record(actor, origin, row, "invite", {}, {"user": _name(invitation), "role": role})
    return Invited(invitation, secret)


@transaction.atomic
def revoke_invitation(*, actor: User, origin: Origin, invitation: Invitation) -> None:
    """Takes it back. Raises NotFound and Forbidden."""
    team = lock_team(actor, invitation.team)
    check_manages(actor, team)
    deleted, _ = team.invitations.filter(pk=invitation.pk).delete()
    if not deleted:
        raise NotFound("There is no such invitation.")
    record(actor, origin, team, "uninvite", {"user": _name(invitation)}, {})


@transaction.atomic
def accept_invitation(*, actor: User, origin: Origin, invitation: Invitation) -> TeamMember:
    """Makes the actor a member. Raises Conflict, and NotFound for one that has ended or is not for them."""
    row = Invitation.objects.select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    if row is None or row.is_expired(timezone.now()) or row.user_id not in (None, actor.pk):
        raise NotFound(GONE)
    member = add_member(actor=actor, origin=origin, team=row.team, user=actor, role=row.role, verb="join")
    Invitation.objects.filter(pk=row.pk).delete()
    return member


@transaction.atomic
def decline_invitation(*, actor: User, origin: Origin, invitation: Invitation) -> None:
    """Raises NotFound for one that is not the actor's own."""
    row = Invitation.objects.for_user(actor).filter(pk=invitation.pk).first()
    if row is None:
        raise NotFound(GONE)
    row.delete()
    record(actor, origin, row.team, "decline", {"user": _name(row)}, {})


def invitation_of(actor: User | None, secret: str) -> Invitation:
    """What a link stands for; without an actor, only one to an address. Raises NotFound, also for one that is
    for somebody else.
    """
    found = Invitation.objects.select_related("team", "invited_by").filter(digest=_digest(secret)).first()
    theirs = (None, actor.pk) if actor else (None,)
    if found is None or found.is_expired(timezone.now()) or found.user_id not in theirs:
        raise NotFound(GONE)
    return found


def clean_address(email: object) -> str:
    """An e-mail address as it is stored, in lower case. Raises Invalid."""
    address = clean_line(email, "email", longest=254).lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid.field("email", "must be an e-mail address, such as bob@example.org.") from None
    return address


def _name(invitation: Invitation) -> str:
    return invitation.user.get_username() if invitation.user else invitation.email


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
