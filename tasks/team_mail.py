"""What people are told of teams by mail, where this server sends mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail

if TYPE_CHECKING:
    from accounts.models import Invitation, TeamMember, User


def send_invitation(invitation: Invitation, *, by: User, link: str) -> bool:
    """Whether the link went to the invited address; otherwise it is there to copy."""
    subject = f"Join {_line(invitation.team.name)} on Tasklore"
    return _send(
        invitation.email,
        subject,
        f"{by.get_username()} invites you to the team “{invitation.team.name}” on Tasklore, as "
        f"{invitation.get_role_display().lower()}.\n\n{link}\n\nThe link works once, for a week.",
    )


def tell_added(member: TeamMember, *, by: User, page: str) -> bool:
    """Tells somebody whom nobody asked. Whether it went to an address that they have confirmed."""
    address = member.user.emailaddress_set.filter(verified=True).order_by("-primary").first()  # type: ignore[attr-defined]
    return address is not None and _send(
        address.email,
        f"You are in {_line(member.team.name)} on Tasklore",
        f"{by.get_username()} added you to the team “{member.team.name}” on Tasklore, as "
        f"{member.get_role_display().lower()}. You see its projects now. Look at it or leave it at\n\n{page}",
    )


def _send(address: str, subject: str, text: str) -> bool:
    if not settings.MAIL:
        return False
    try:
        return bool(send_mail(subject, text, settings.EMAIL_FROM, [address]))
    except OSError:
        return False


def _line(name: str) -> str:
    return " ".join(name.split())
