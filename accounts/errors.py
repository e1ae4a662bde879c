"""Domain errors: what went wrong, in words a person and a program can act on. No HTTP here."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """Base of every refusal.

    `code` is stable and made for programs, `detail` is one sentence for people, `fields` maps a
    field's name to what is wrong with it, and `named` are the ids of what it is about.
    """

    code = "error"

    def __init__(self, detail: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = dict(fields or {})
        self.named: dict[str, str] = {}


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it does."""

    code = "not_found"


class Forbidden(DomainError):
    """The actor may see it and may not do this to it."""

    code = "forbidden"


class Invalid(DomainError):
    """The input is malformed; `fields` names where."""

    code = "invalid"

    @classmethod
    def field(cls, name: str, reason: str) -> Invalid:
        return cls(f"{name}: {reason}", fields={name: reason})


class Conflict(DomainError):
    """It clashes with the state that the row is in now."""

    code = "conflict"


class Stale(DomainError):
    """The row was changed since the actor read it."""

    code = "stale"


class KeyReused(DomainError):
    """The idempotency key was used before, with another body."""

    code = "key_reused"


class KeyInFlight(Conflict):
    """The first request with this idempotency key is still being carried out."""

    code = "key_in_flight"


class Unavailable(DomainError):
    """Something this needs is down; trying again later may help."""

    code = "unavailable"


class Unauthenticated(DomainError):
    """Nobody is signed in. `challenge` says how one is, where a door has more to say than the others."""

    code = "unauthenticated"
    challenge = ""


class InvalidToken(Unauthenticated):
    """An API token was sent, and it is wrong, expired or revoked."""

    code = "invalid_token"


class CsrfFailed(Forbidden):
    """A write came with a session and without the token that only our own pages know."""

    code = "csrf"


class InsufficientScope(Forbidden):
    """The API token was not given the right that this takes. `challenge` as in Unauthenticated."""

    code = "insufficient_scope"
    challenge = ""


class RateLimited(DomainError):
    """Too many in too short a time; `retry_after` seconds from now one more is taken."""

    code = "rate_limited"

    def __init__(self, detail: str, *, retry_after: float) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
