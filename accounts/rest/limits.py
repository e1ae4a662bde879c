"""How many requests, or tries, in how long: one contract, kept in this process or shared through Redis."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.conf import settings
from django.http import HttpRequest

from accounts.errors import RateLimited

if TYPE_CHECKING:
    from accounts.models import ApiToken, User

MINUTE = 60.0
# What one process remembers; with more callers than this within one window, the oldest are forgotten.
MOST_KEYS = 100_000


class Charge(NamedTuple):
    """One use of `key`, of which `limit` fit into any `seconds` on end."""

    key: str
    limit: int
    seconds: float


class Limiter(Protocol):
    """Counts uses in a window that slides: a use stops counting `seconds` after it was made."""

    def spend(self, charges: Sequence[Charge]) -> float:
        """0 when all the charges fit, which are counted then; else the seconds until they will.

        What does not fit is not counted, so that asking again does not make the wait longer.
        """

    def take_back(self, charge: Charge) -> None:
        """Uncounts the latest use of the key."""

    def forget(self, charge: Charge) -> None:
        """Uncounts every use of the key."""


class MemoryLimiter:
    """In this process: each worker counts for itself."""

    def __init__(self) -> None:
        self._uses: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, charges: Sequence[Charge]) -> float:
        now = time.time()
        with self._lock:
            wait = max(self._wait(charge, now) for charge in charges)
            if wait > 0:
                return wait
            for charge in charges:
                self._count(charge, now)
            return 0.0

    def take_back(self, charge: Charge) -> None:
        with self._lock:
            uses = self._uses.get(charge.key)
            if uses:
                uses.pop()

    def forget(self, charge: Charge) -> None:
        with self._lock:
            self._uses.pop(charge.key, None)

    def _wait(self, charge: Charge, now: float) -> float:
        uses = self._uses.get(charge.key)
        if uses is None or len(uses) < charge.limit:
            return 0.0
        return uses[-charge.limit] + charge.seconds - now

    def _count(self, charge: Charge, now: float) -> None:
        uses = self._uses.get(charge.key)
        if uses is None or uses.maxlen != charge.limit:
            uses = self._uses[charge.key] = deque(uses or (), maxlen=charge.limit)
        uses.append(now)
        self._uses.move_to_end(charge.key)
        while len(self._uses) > MOST_KEYS:
            self._uses.popitem(last=False)


@cache
def limiter() -> Limiter:
    """The one that is shared when REDIS_URL is set; else this process's own."""
    if settings.REDIS_URL:
        from accounts.rest.limits_redis import RedisLimiter

        return RedisLimiter(settings.REDIS_URL, MemoryLimiter())
    return MemoryLimiter()


def address_of(request: HttpRequest) -> str:
    """Where a request comes from, as limits count it: an IPv6 network, of which one person has all, is one.

    X-Forwarded-For is not read here: the server puts it into REMOTE_ADDR when the proxy is trusted.
    """
    address = str(request.META.get("REMOTE_ADDR") or "unknown")
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    # A socket that listens on both kinds gives every IPv4 caller an address within one IPv6 network.
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def refuse_beyond(charges: Sequence[Charge], what: str = "Too many requests.") -> None:
    """Counts the charges, if there are any. Raises RateLimited, which says `what` and when to try again."""
    wait = limiter().spend(charges) if charges else 0
    if wait > 0:
        raise RateLimited(f"{what} Try again in {_in_words(wait)}.", retry_after=wait)


def spend_request(user: User, token: ApiToken | None) -> None:
    """Counts a request of somebody who is known. Raises RateLimited."""
    charges = []
    if settings.RATE_LIMIT_USER:
        charges.append(Charge(f"user:{user.pk}", settings.RATE_LIMIT_USER, MINUTE))
    if settings.RATE_LIMIT_TOKEN and token is not None:
        charges.append(Charge(f"token:{token.pk}", settings.RATE_LIMIT_TOKEN, MINUTE))
    refuse_beyond(charges)


def spend_unknown(request: HttpRequest) -> None:
    """Counts a request that nobody is signed in for. Raises RateLimited."""
    if settings.RATE_LIMIT_ADDRESS:
        refuse_beyond([Charge(f"address:{address_of(request)}", settings.RATE_LIMIT_ADDRESS, MINUTE)])


def _in_words(seconds: float) -> str:
    number, unit = math.ceil(seconds), "second"
    if number > 99:
        number, unit = math.ceil(seconds / 60), "minute"
    return f"{number} {unit}{'' if number == 1 else 's'}"
