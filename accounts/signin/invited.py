"""Who opened the link of an invitation may make an account where sign-up is closed: one for each link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import Invitation

if TYPE_CHECKING:
    from accounts.models import User

# The digest of the link that was opened, as the database has it.
KEY = "invitation"


def remember(request: HttpRequest, invitation: Invitation) -> None:
    """The visitor has the link of this invitation, which is for an e-mail address."""
    request.session[KEY] = invitation.digest


def invitation_in(request: HttpRequest) -> Invitation | None:
    """The invitation whose link this visitor opened, while it stands and nobody made an account by it."""
    digest = request.session.get(KEY)
    if not digest:
        return None
    standing = Invitation.objects.filter(digest=digest, user=None).standing(timezone.now())
    return standing.select_related("team").first()


def waits(user: User) -> bool:
    """Whether an invitation waits for the user's answer."""
    return bool(Invitation.objects.for_user(user).standing(timezone.now()).exists())


def claim(request: HttpRequest, invitation: Invitation, user: User) -> None:
    """Makes the invitation that of the account made by it, and of nobody else. Raises NotFound when somebody
    was faster, or it was taken back. Must run in a transaction with the making of the account.
    """
    unused = Invitation.objects.filter(pk=invitation.pk, digest=invitation.digest, user=None)
    if not unused.update(user=user, email=""):
        raise NotFound("This invitation is not valid any more. Ask for a new one.")
    request.session.pop(KEY, None)
