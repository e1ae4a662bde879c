"""API tokens: made, revoked, and read on every request without asking the database each time."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from accounts.errors import Invalid, InvalidToken, NotFound
from accounts.models import ApiToken, OAuthGrant, Scope, User

__all__ = ["authenticate", "create_token", "digest_of", "issue_token", "read_scopes", "revoke_token"]

START = "tl-"
LENGTH = len(START) + 43
SHOWN = len(START) + 5
TOKEN_CACHE_SECONDS = 1.0
CACHED_TOKENS = 10_000
NOTED_EVERY = timedelta(minutes=1)


def create_token(
    *, actor: User, name: str, scopes: Iterable[str] = Scope.values, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token of `actor`'s, and its text, which is shown now and never again. Raises Invalid."""
    name = " ".join(name.split())
    if not name or len(name) > 100 or not name.isprintable():
        raise Invalid.field("name", "must be 1 to 100 characters that can be shown.")
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid.field("expires_at", "must be in the future.")
    return _make(user=actor, name=name, scopes=read_scopes(scopes), expires_at=expires_at)


def issue_token(grant: OAuthGrant, scopes: str, expires_at: datetime) -> str:
    """The text of a token for a connected app, good at the address that the grant is for."""
    _, text = _make(
        user=grant.user,
        name=grant.client.name,
        scopes=scopes,
        expires_at=expires_at,
        grant=grant,
        audience=grant.resource,
    )
    return text


def _make(**fields: Any) -> tuple[ApiToken, str]:
    text = START + secrets.token_urlsafe(32)
    return ApiToken.objects.create(prefix=text[:SHOWN], digest=digest_of(text), **fields), text


def revoke_token(*, actor: User, token_id: UUID) -> ApiToken:
    """Ends one of the actor's own tokens: at once here, within a second in other processes.

    Raises NotFound.
    """
    token = ApiToken.objects.visible_to(actor).filter(pk=token_id).first()
    if token is None:
        raise NotFound("There is no such token.")
    token.delete()
    return token


def read_scopes(scopes: Iterable[str]) -> str:
    """The scopes as they are stored. Raises Invalid."""
    wanted = set(scopes)
    if not wanted or wanted - set(Scope.values):
        raise Invalid.field("scopes", f"must be one or more of {', '.join(Scope.values)}.")
    return ",".join(scope for scope in Scope.values if scope in wanted)


def authenticate(text: str, *, audience: str = "") -> ApiToken:
    """The token that `text` is, with its user, who is active. Raises InvalidToken.

    `audience` is the address that asks: a token that was issued for one is good for no other.
    What it returns is shared by the requests of one second: read it, and do not change it.
    """
    if len(text) != LENGTH or not text.startswith(START) or not text.isascii():
        raise InvalidToken("This is not an API token: one begins with tl- and was shown when it was made.")
    token = _cache.get(digest_of(text))
    if token is None:
        raise InvalidToken("This API token is not known: it was revoked, or never made here.")
    if token.is_expired(timezone.now()):
        raise InvalidToken("This API token has expired. Make a new one.")
    if token.audience and token.audience != audience:
        raise InvalidToken("This token was issued for another address.")
    if not token.user.is_active:
        raise InvalidToken("The person that this API token belongs to may not sign in any more.")
    return token


def digest_of(text: str) -> str:
    """What is kept of a secret. One SHA-256 will do: secrets of 256 random bits cannot be guessed."""
    return hashlib.sha256(text.encode()).hexdigest()


class _Cache:
    """Tokens by their digest, each for a second at most; none survives a change of any token or user."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, ApiToken]] = {}
        self._generation = 0

    def get(self, digest: str) -> ApiToken | None:
        now = time.time()
        entry = self._known.get(digest)
        # The clock may be set back: what was read in the future is old as well.
        if entry is not None and 0 <= now - entry[0] < TOKEN_CACHE_SECONDS:
            return entry[1]
        generation = self._generation
        token = ApiToken.objects.select_related("user").filter(digest=digest).first()
        if token is None:
            self._known.pop(digest, None)
            return None
        _note_use(token)
        if len(self._known) >= CACHED_TOKENS:
            self._known.clear()
        # A change committed since the read above must not be covered up by it.
        if generation == self._generation:
            self._known[digest] = now, token
        return token

    def clear(self, **_: Any) -> None:
        self._generation += 1
        self._known.clear()


_cache = _Cache()


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at < NOTED_EVERY:
        return
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
    try:
        with transaction.atomic():
            ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    except DatabaseError:
        # Whoever asks is known all the same: a database that is busy, or only read, keeps nobody out.
        return
    token.last_used_at = now


def _forget_all(**_: Any) -> None:
    """Reads every token anew: now, and once more when the change that was made is committed."""
    _cache.clear()
    transaction.on_commit(_cache.clear)


for _model in (ApiToken, User):
    for _signal in (post_save, post_delete):
        _signal.connect(_forget_all, sender=_model, dispatch_uid=f"accounts.tokens.{_model.__name__}")
