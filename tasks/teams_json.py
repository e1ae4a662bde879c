"""Teams, members, invitations and shares as JSON."""

from __future__ import annotations

from typing import Any

from accounts.models import Invitation, Team, TeamMember, User
from tasks.models import TaskShare

Json = dict[str, Any]


def team_json(team: Team, role: str) -> Json:
    """`role` is the caller's own."""
    return {
        "id": str(team.pk),
        "name": team.name,
        "role": role,
        "created_at": team.created_at,
        "updated_at": team.updated_at,
    }


def member_json(member: TeamMember) -> Json:
    return {
        "user": member.user.get_username(),
        "name": member.user.get_full_name(),
        "role": member.role,
        "created_at": member.created_at,
        "updated_at": member.updated_at,
    }


def invitation_json(invitation: Invitation) -> Json:
    """For those who manage the team, and for whom it is."""
    return {
        "id": str(invitation.pk),
        "team": str(invitation.team_id),
        "team_name": invitation.team.name,
        "role": invitation.role,
        "user": _name(invitation.user),
        "email": invitation.email or None,
        "invited_by": _name(invitation.invited_by),
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }


def share_json(share: TaskShare) -> Json:
    return {
        "user": share.user.get_username(),
        "permission": share.permission,
        "shared_by": _name(share.shared_by),
        "created_at": share.created_at,
        "updated_at": share.updated_at,
    }


def _name(user: User | None) -> str | None:
    return user.get_username() if user else None
