"""Domain errors: what went wrong, in words a person and a program can act on. No HTTP here."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """Base of every refusal.

    `code` is stable and made for programs, `detail` is one sentence for people, and `fields` maps
    a field's name to what is wrong with it.
    """

    code = "error"

    def __init__(self, detail: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = dict(fields or {})


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


class KeyReused(DomainError):
    """The idempotency key was used before, with another body."""

    code = "key_reused"


class Unavailable(DomainError):
    """Something this needs is down; trying again later may help."""

    code = "unavailable"


class Unauthenticated(DomainError):
    """Nobody is signed in."""

    code = "unauthenticated"
