"""Who asks: a program by its token, or a person by their session. For DRF, for async views and for MCP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import tokens
from accounts.errors import CsrfFailed, InsufficientScope, InvalidToken, Unauthenticated
from accounts.models import Scope
from accounts.rest import limits

if TYPE_CHECKING:
    from accounts.models import ApiToken, User

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CHALLENGE = 'Bearer realm="tasklore"'


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks; `token` is None for a session, which may do all that its person may."""

    user: User
    token: ApiToken | None


def identify(request: HttpRequest) -> Identity:
    """Who sent a request. A token that was sent counts alone, even beside a good session.

    Raises Unauthenticated, or CsrfFailed (Forbidden) for an unsafe method with a session and without
    the CSRF token; RateLimited where an address has sent too many that nobody is signed in for.
    """
    found = by_token(request) or by_session(request)
    if found is None:
        raise nobody(request)
    return found


def admit(request: HttpRequest, *, writes: bool) -> Identity:
    """Who sent a request that may go on: known, with the scope that it takes, and within the limits.

    Raises as `identify` does, InsufficientScope (Forbidden) and RateLimited.
    """
    found = identify(request)
    check_scope(found.token, writes=writes)
    limits.spend_request(found.user, found.token)
    return found


def bearer_of(request: HttpRequest) -> str | None:
    """What was sent as a bearer token, right or wrong; None where nothing was, or by another scheme."""
    header: str | None = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def by_token(request: HttpRequest, *, audience: str = "") -> Identity | None:
    """Who the bearer token stands for; None without one. Raises InvalidToken and RateLimited.

    `audience` is the address that asks, where tokens are issued for it alone.
    """
    text = bearer_of(request)
    if text is None:
        return None
    try:
        token = tokens.authenticate(text, audience=audience)
    except InvalidToken:
        limits.spend_unknown(request)
        raise
    # Where Django keeps who is signed in, and DRF by what: log lines name both, and the session is not read.
    request._cached_user, request.auth = token.user, token  # type: ignore[attr-defined]
    return Identity(token.user, token)


def by_session(request: HttpRequest) -> Identity | None:
    """Who is signed in; None when nobody is. Raises CsrfFailed."""
    user = cast("User", request.user)
    if not user.is_authenticated:
        return None
    check_csrf(request)
    return Identity(user, None)


def nobody(request: HttpRequest) -> Unauthenticated:
    """The error to raise for a request that nobody is signed in for. Raises RateLimited instead."""
    limits.spend_unknown(request)
    return Unauthenticated("Sign in, or send an API token as Authorization: Bearer tl-….")


def check_scope(token: ApiToken | None, *, writes: bool) -> None:
    """Raises InsufficientScope. A session has every scope."""
    scope = Scope.WRITE if writes else Scope.READ
    if token is not None and not token.may(scope):
        raise InsufficientScope(
            f"This API token may not {scope.value}: its scope is {token.scopes}. Make one with {scope.value}."
        )


def check_csrf(request: HttpRequest) -> None:
    """Raises CsrfFailed where Django would refuse a form."""
    check = _CsrfCheck(_unreachable)
    check.process_request(request)
    reason = check.process_view(request, _unreachable, (), {})
    if reason:
        raise CsrfFailed(f"Send the csrftoken cookie, and its value as X-CSRFToken. {reason}")


class _CsrfCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _unreachable(request: HttpRequest) -> HttpResponse:
    raise AssertionError("only its checks are used")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer tl-…`; other schemes are somebody else's."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = by_token(request._request)
        return (found.user, found.token) if found else None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class SessionAuthentication(BaseAuthentication):
    """The session of a page, with its CSRF token for what is not safe."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = by_session(request._request)
        return (found.user, None) if found else None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE
