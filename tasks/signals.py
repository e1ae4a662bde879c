"""Every new user gets a personal project, whichever way the user was made."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.signals import post_save
from django.dispatch import receiver

from tasks.operations import ensure_inbox


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def give_inbox(instance: Any, created: bool, raw: bool, **_: Any) -> None:
    if created and not raw:
        ensure_inbox(instance)
