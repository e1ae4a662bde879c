"""What is a person's, kind by kind: what an export holds and what an erasure leaves nothing of.

Each app names its own kinds in a module `personal_data`: `PARTS`, and where deleting the person's row is not
enough, `forget(user)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.utils.module_loading import module_has_submodule

from accounts.models import ApiToken, Invitation, OAuthGrant, TeamMember, User

if TYPE_CHECKING:
    from types import ModuleType

ROWS_AT_ONCE = 500


class Part(NamedTuple):
    """One kind of rows: the name of its file, the rows `of(user)`, and columns that no export has.

    A part that does not `go` is told to the person and stays: it is part of somebody else's work as well.
    """

    name: str
    of: Callable[[User], QuerySet[Any]]
    without: tuple[str, ...] = ()
    goes: bool = True

    def rows(self, user: User) -> Iterator[dict[str, Any]]:
        found = self.of(user)
        fields = [field.attname for field in found.model._meta.concrete_fields]
        kept = [name for name in fields if name not in self.without]
        return iter(found.order_by("pk").values(*kept).iterator(ROWS_AT_ONCE))


def parts() -> list[Part]:
    return [part for module in _modules() for part in module.PARTS]


def forget_everywhere(user: User) -> None:
    """All that deleting the person's row would leave of them, app by app. In the caller's transaction."""
    for module in _modules():
        if hasattr(module, "forget"):
            module.forget(user)


def _modules() -> list[ModuleType]:
    return [
        import_module(f"{config.name}.personal_data")
        for config in apps.get_app_configs()
        if config.module is not None and module_has_submodule(config.module, "personal_data")
    ]


def addressed_to(user: User) -> Q:
    """Invitations for the person, by name or by an address."""
    return Q(user=user) | Q(email__in=[name.lower() for name in names_of(user)])


def names_of(user: User) -> list[str]:
    """What others' rows may call them: the user name, and every address of theirs."""
    addresses = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return [user.get_username(), *{name for name in (user.email, *addresses) if name}]


PARTS = [
    Part("profile", lambda user: User.objects.filter(pk=user.pk), ("password",)),
    Part("email_addresses", lambda user: EmailAddress.objects.filter(user=user)),
    Part("tokens", lambda user: ApiToken.objects.filter(user=user), ("digest",)),
    Part(
        "connected_apps",
        lambda user: OAuthGrant.objects.filter(user=user),
        ("code_digest", "code_challenge", "code_expires_at"),
    ),
    Part("second_factors", lambda user: Authenticator.objects.filter(user=user), ("data",)),
    Part("connected_accounts", lambda user: SocialAccount.objects.filter(user=user)),
    Part("browsers", lambda user: UserSession.objects.filter(user=user), ("session_key", "data")),
    Part("teams", lambda user: TeamMember.objects.filter(user=user)),
    Part("invitations", lambda user: Invitation.objects.filter(addressed_to(user)), ("digest",)),
    Part("admin_actions", lambda user: LogEntry.objects.filter(user=user)),
]
