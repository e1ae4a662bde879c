"""Sign-in by password, for the sign-in page and the admin, with a bound on wrong tries."""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.rest.limits import Charge, address_of, limiter, refuse_beyond

WINDOW = 15 * 60.0


class PasswordBackend(AuthenticationBackend):
    """Raises RateLimited after too many wrong passwords for one account, known or not, or from one address.

    Then the right password is refused as well, until the oldest wrong try is 15 minutes old. Sessions
    and one-time links go on working: nobody can be kept out by somebody else's guesses.
    """

    # The base class has an async twin of its own, which would count nothing.
    aauthenticate = BaseBackend.aauthenticate

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> User | None:
        """By user name, or by an e-mail address of theirs; `username` may hold either."""
        if request is None or username is None or password is None:
            return self._check(request, username, password, more)
        account, address = _of_account(username), _of_address(request, "signin")
        # Counted before the password is looked at: many tries at the same moment are many tries.
        refuse_beyond([*account, *address], "Too many sign-in tries; a one-time link still works.")
        user = self._check(request, username, password, more)
        if user is not None:
            for charge in account:
                limiter().forget(charge)
            for charge in address:
                limiter().take_back(charge)
        return user

    def _check(self, request: HttpRequest | None, username: Any, password: Any, more: Any) -> User | None:
        found: Any = super().authenticate(request, username=username, password=password, **more)
        return found  # type: ignore[no-any-return]


def check_again(request: HttpRequest, user: Any, password: str) -> bool:
    """Whether it is the person's password, counted as a try to sign in. Raises RateLimited."""
    found = authenticate(request, username=user.get_username(), password=password)
    return found is not None and found.pk == user.pk


def link_tries(request: HttpRequest) -> list[Charge]:
    """What opening a one-time link costs where it turns out to be wrong."""
    return _of_address(request, "link")


def _of_account(username: str) -> list[Charge]:
    # A digest, since anything can be typed there, of any length.
    name = hashlib.sha256(username.encode("utf-8", "replace")).hexdigest()[:32]
    return _charge(f"signin:account:{name}", settings.SIGNIN_LIMIT_ACCOUNT)


def _of_address(request: HttpRequest, what: str) -> list[Charge]:
    return _charge(f"{what}:address:{address_of(request)}", settings.SIGNIN_LIMIT_ADDRESS)


def _charge(key: str, limit: int) -> list[Charge]:
    return [Charge(key, limit, WINDOW)] if limit else []
