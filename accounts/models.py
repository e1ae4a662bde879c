from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

__all__ = ["Approval", "BaseModel", "User"]


def validate_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            "“%(name)s” is not an IANA time zone, such as Europe/Zurich.", params={"name": name}
        )


class BaseModel(models.Model):
    """UUID version 7 primary key, so that rows index in time order, and UTC timestamps."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Approval(models.TextChoices):
    """Which of the assistant's actions wait for the person's yes."""

    NEVER = "never", "Never ask"
    DESTRUCTIVE = "destructive", "Ask before deleting"
    ALWAYS = "always", "Ask before every change"


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    timezone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        validators=[validate_timezone],
        help_text="IANA name, such as Europe/Zurich. Empty: not chosen yet, read as UTC.",
    )
    approval = models.CharField(max_length=12, choices=Approval.choices, default=Approval.DESTRUCTIVE)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approval__in=Approval.values), name="user_approval_known"
            ),
        ]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone or "UTC")
