"""A write with an idempotency key happens once; sent again, it gets the stored answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import KeyInFlight, KeyReused
from tasks.models import IdempotencyKey
from tasks.text import clean_line

if TYPE_CHECKING:
    from accounts.models import User

KEPT_FOR = timedelta(days=2)
# So long a write waits for the same write before it is refused: most are done by then.
WAITS_SECONDS = 1.0
BATCH = 1000
_LOCK_TIMEOUT = "55P03"

_in_flight: set[tuple[UUID, str]] = set()
_landed = Condition()


def once(*, actor: User, key: str, request: Any, perform: Callable[[], Any]) -> Any:
    """`perform()` and its JSON answer, committed together under `key`; the stored answer when it was done.

    `request` is the JSON value that the key stands for. A concurrent call with the same key waits a moment
    for the first one. Raises KeyReused when the key came with another request before, and KeyInFlight when
    the first takes its time; an exception from `perform` frees the key again.
    """
    key = clean_line(key, "idempotency_key", longest=255)
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
    with _alone(actor, key):
        stored = _stored(actor, key, digest)
        if stored is not None:
            return stored.response
        try:
            with transaction.atomic():
                row = _claimed(actor, key, digest)
                row.response = perform()
                row.save(update_fields=["response", "updated_at"])
                return row.response
        except IntegrityError:
            stored = _stored(actor, key, digest)
            if stored is None:
                raise
            return stored.response


def lock_refused(error: OperationalError) -> bool:
    """Whether PostgreSQL gave up waiting for a row that somebody else holds."""
    return getattr(error.__cause__, "sqlstate", "") == _LOCK_TIMEOUT


def old_keys() -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)


def forget_old_keys() -> int:
    """Deletes the keys that are no longer kept, some at a time; returns how many."""
    gone = 0
    while ids := list(old_keys().values_list("pk", flat=True)[:BATCH]):
        gone += IdempotencyKey.objects.filter(pk__in=ids).delete()[0]
    return gone


@contextmanager
def _alone(actor: User, key: str) -> Iterator[None]:
    """One call a key in this process; those of other processes meet at the row."""
    place = (actor.pk, key)
    with _landed:
        if not _landed.wait_for(lambda: place not in _in_flight, WAITS_SECONDS):
            raise _in_flight_refusal()
        _in_flight.add(place)
    try:
        yield
    finally:
        with _landed:
            _in_flight.discard(place)
            _landed.notify_all()


def _claimed(actor: User, key: str, digest: str) -> IdempotencyKey:
    try:
        return IdempotencyKey.objects.create(actor=actor, key=key, request_hash=digest)
    except OperationalError as error:
        if lock_refused(error):
            raise _in_flight_refusal() from error
        raise


def _in_flight_refusal() -> KeyInFlight:
    return KeyInFlight("The first request with this idempotency key is not done yet. Try again in a moment.")


def _stored(actor: User, key: str, digest: str) -> IdempotencyKey | None:
    row = IdempotencyKey.objects.filter(actor=actor, key=key).first()
    if row is not None and row.request_hash != digest:
        raise KeyReused("This idempotency key was used before, with another request. Use a new key.")
    return row
