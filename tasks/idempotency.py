"""A write with an idempotency key happens once; sent again, it gets the stored answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import KeyReused
from tasks.models import IdempotencyKey
from tasks.text import clean_line

if TYPE_CHECKING:
    from accounts.models import User

KEPT_FOR = timedelta(days=2)


def once(*, actor: User, key: str, request: Any, perform: Callable[[], Any]) -> Any:
    """`perform()` and its JSON answer, committed together under `key`; the stored answer when it was done.

    `request` is the JSON value that the key stands for. A concurrent call with the same key waits for
    the first one. Raises KeyReused when the key came with another request before; an exception from
    `perform` frees the key again.
    """
    key = clean_line(key, "idempotency_key", longest=255)
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
    stored = _stored(actor, key, digest)
    if stored is not None:
        return stored.response
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(actor=actor, key=key, request_hash=digest)
            row.response = perform()
            row.save(update_fields=["response", "updated_at"])
            return row.response
    except IntegrityError:
        stored = _stored(actor, key, digest)
        if stored is None:
            raise
        return stored.response


def forget_old_keys() -> int:
    """Deletes the keys that are no longer kept; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _stored(actor: User, key: str, digest: str) -> IdempotencyKey | None:
    row = IdempotencyKey.objects.filter(actor=actor, key=key).first()
    if row is not None and row.request_hash != digest:
        raise KeyReused("This idempotency key was used before, with another request. Use a new key.")
    return row
