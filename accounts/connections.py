"""Connected apps: a client is registered, a person says yes to it, and it gets tokens until one ends it.

What OAuth asks of requests (PKCE, redirect addresses, parameters) is checked before, by whoever speaks it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from accounts.errors import Invalid, NotFound
from accounts.models import ApiToken, OAuthClient, OAuthGrant, OAuthRefreshToken, User
from accounts.tokens import digest_of, issue_token, read_scopes

CODE_LIFETIME = timedelta(seconds=60)
ACCESS_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=90)
# Two windows of one program may refresh at once: the later one is refused, and nothing more.
AT_ONCE = timedelta(seconds=30)
USED_KEPT = timedelta(days=7)
UNUSED_KEPT = timedelta(days=7)
MOST_UNUSED = 1000
MOST_REDIRECTS, LONGEST_REDIRECT = 20, 2000
MAX_NAME = 100
REFRESH_START = "tlr-"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Assistants whose private scheme lacks the dot that RFC 8252 asks for.
PRIVATE_SCHEMES = {"cursor", "vscode", "vscode-insiders", "vscodium", "windsurf", "zed", "claude", "raycast"}


@dataclass(frozen=True, slots=True)
class Issued:
    """What a client gets: texts that are kept nowhere."""

    access_token: str
    refresh_token: str
    scopes: str
    seconds: int


def register_client(*, name: str, redirect_uris: Iterable[str]) -> OAuthClient:
    """A client as it describes itself, with an id of ours. Raises Invalid.

    Anybody may register: what nobody says yes to within a week is forgotten, and so is the oldest
    when there are too many.
    """
    uris = checked_redirects(redirect_uris)
    with transaction.atomic():
        _forget_unused(timezone.now())
        return OAuthClient.objects.create(
            client_id=str(uuid4()), name=shown_name(name, uris), redirect_uris=uris
        )


def find_client(client_id: str) -> OAuthClient | None:
    if not client_id.isprintable() or len(client_id) > 500:
        return None
    return OAuthClient.objects.filter(client_id=client_id).first()


def allow(
    *,
    actor: User,
    client_id: str,
    scopes: Iterable[str],
    resource: str,
    code_challenge: str,
    redirect_uri: str,
    redirect_uri_given: bool,
) -> str:
    """The person's yes: the code that the client exchanges. Raises Invalid, and NotFound for no client.

    `resource` is the address that the tokens will be good for, and `code_challenge` the client's, by S256.
    """
    client = find_client(client_id)
    if client is None:
        raise NotFound("The program that asked is not known any more. Start again from there.")
    now, code = timezone.now(), secrets.token_urlsafe(32)
    with transaction.atomic():
        OAuthGrant.objects.visible_to(actor).filter(connected_at=None, code_expires_at__lt=now).delete()
        OAuthClient.objects.filter(pk=client.pk).update(last_used_at=now)
        OAuthGrant.objects.create(
            user=actor,
            client=client,
            scopes=read_scopes(scopes),
            resource=resource,
            code_digest=digest_of(code),
            code_expires_at=now + CODE_LIFETIME,
            code_challenge=code_challenge,
            redirect_uri=redirect_uri,
            redirect_uri_given=redirect_uri_given,
        )
    return code


def find_code(client_id: str, code: str) -> OAuthGrant | None:
    """The grant that a client's code stands for, still to be taken up.

    A code that comes again while it could be good may have been stolen: all that came of it ends.
    """
    found = OAuthGrant.objects.select_related("user", "client")
    grant = found.filter(code_digest=digest_of(code), client__client_id=client_id).first()
    if grant is None or not grant.user.is_active:
        return None
    if grant.connected_at is None:
        return grant
    if timezone.now() < grant.code_expires_at:
        grant.delete()
    return None


def take_up(grant: OAuthGrant) -> Issued | None:
    """The first tokens of a grant; None where somebody else took it up first."""
    now = timezone.now()
    with transaction.atomic():
        fresh = OAuthGrant.objects.filter(pk=grant.pk, connected_at=None)
        if not fresh.update(connected_at=now, updated_at=now):
            return None
        return _issue(grant, grant.scopes, now)


def find_refresh(client_id: str, text: str) -> OAuthRefreshToken | None:
    """A client's refresh token that is still good. One that is used again ends what it came from."""
    found = OAuthRefreshToken.objects.select_related("grant__user", "grant__client")
    token = found.filter(digest=digest_of(text), grant__client__client_id=client_id).first()
    if token is None or not token.grant.user.is_active:
        return None
    if token.used_at is None:
        return token
    if timezone.now() - token.used_at > AT_ONCE:
        token.grant.delete()
    return None


def refresh(token: OAuthRefreshToken, scopes: Iterable[str]) -> Issued | None:
    """The next tokens, with some or all of the grant's scopes; None where the token was used meanwhile."""
    now, grant = timezone.now(), token.grant
    with transaction.atomic():
        if not OAuthRefreshToken.objects.filter(pk=token.pk, used_at=None).update(used_at=now):
            return None
        OAuthGrant.objects.filter(pk=grant.pk).update(updated_at=now)
        grant.refresh_tokens.filter(used_at__lt=now - USED_KEPT).delete()
        ApiToken.objects.filter(grant=grant, expires_at__lte=now).delete()
        return _issue(grant, read_scopes(scopes), now)


def find_access(text: str) -> ApiToken | None:
    """An app's access token, good or not; for the client that gives it back."""
    return (
        ApiToken.objects.select_related("grant__client")
        .exclude(grant=None)
        .filter(digest=digest_of(text))
        .first()
    )


def end(grant_id: UUID) -> None:
    """Ends a grant for its client, which has one of its tokens: all of them are good no more."""
    OAuthGrant.objects.filter(pk=grant_id).delete()


def disconnect(*, actor: User, grant_id: UUID) -> OAuthGrant:
    """Ends one of the actor's connected apps: at once here, within a second in other processes.

    Raises NotFound.
    """
    grant = (
        OAuthGrant.objects.visible_to(actor).connected().select_related("client").filter(pk=grant_id).first()
    )
    if grant is None:
        raise NotFound("There is no such connected app.")
    OAuthGrant.objects.filter(pk=grant.pk).delete()
    return grant


def checked_redirects(uris: Iterable[str]) -> list[str]:
    """Where a client may be sent back to. Raises Invalid.

    HTTPS; HTTP to this machine alone; and the private schemes of programs (RFC 8252), so that no page's
    script can be one.
    """
    found = list(uris)
    if not 1 <= len(found) <= MOST_REDIRECTS:
        raise Invalid.field("redirect_uris", f"must be 1 to {MOST_REDIRECTS} addresses.")
    for uri in found:
        if not _may_redirect(uri):
            reason = "must be https, http to this machine, or a program's own scheme, without a fragment."
            raise Invalid.field("redirect_uris", reason)
    return found


def same_redirect(asked: str, registered: str) -> bool:
    """Exactly the same; at this machine the port may be any, since a program takes what is free."""
    return asked == registered or (
        _is_loopback(asked) and _is_loopback(registered) and _portless(asked) == _portless(registered)
    )


def shown_name(name: str, redirect_uris: list[str]) -> str:
    """What a program calls itself, as it can be shown; by where it is when that is nothing."""
    printable = "".join(letter if letter.isprintable() else " " for letter in name[:1000])
    return " ".join(printable.split())[:MAX_NAME] or place_of(redirect_uris[0])[:MAX_NAME]


def place_of(redirect_uri: str) -> str:
    """Where an address leads, for a person to judge: a host, this computer, or a program's scheme."""
    if _is_loopback(redirect_uri):
        return "this computer"
    parts = urlsplit(redirect_uri)
    return parts.netloc if parts.scheme in ("http", "https") else f"{parts.scheme}:"


def _may_redirect(uri: str) -> bool:
    if len(uri) > LONGEST_REDIRECT or not uri.isascii() or not uri.isprintable() or set(uri) & set(" #\\"):
        return False
    try:
        parts = urlsplit(uri)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname) and port_is_fine and "@" not in parts.netloc
    if parts.scheme == "http":
        return _is_loopback(uri)
    own = "." in parts.scheme or parts.scheme in PRIVATE_SCHEMES
    return own and re.fullmatch(r"[a-z][a-z0-9+.-]*", parts.scheme) is not None


def _is_loopback(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return parts.scheme == "http" and parts.hostname in LOOPBACK and "@" not in parts.netloc
    except ValueError:
        return False


def _portless(uri: str) -> tuple[str | None, str, str]:
    parts = urlsplit(uri)
    return parts.hostname, parts.path or "/", parts.query


def _issue(grant: OAuthGrant, scopes: str, now: datetime) -> Issued:
    access = issue_token(grant, scopes, now + ACCESS_LIFETIME)
    text = REFRESH_START + secrets.token_urlsafe(32)
    OAuthRefreshToken.objects.create(grant=grant, digest=digest_of(text), expires_at=now + REFRESH_LIFETIME)
    return Issued(access, text, scopes, int(ACCESS_LIFETIME.total_seconds()))


def _forget_unused(now: datetime) -> None:
    unused = OAuthClient.objects.never_used()
    unused.filter(created_at__lt=now - UNUSED_KEPT).delete()
    beyond = unused.order_by("-created_at", "-id").values_list("pk", flat=True)[MOST_UNUSED - 1 :]
    unused.filter(pk__in=list(beyond[:MOST_UNUSED])).delete()
