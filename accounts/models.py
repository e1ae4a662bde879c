from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.access import Role
from accounts.querysets import (
    ApiTokenQuerySet,
    InvitationQuerySet,
    OAuthClientQuerySet,
    OAuthGrantQuerySet,
    TeamMemberQuerySet,
    TeamQuerySet,
)

__all__ = [
    "ApiToken",
    "Approval",
    "BaseModel",
    "DateOrder",
    "Invitation",
    "OAuthClient",
    "OAuthGrant",
    "OAuthRefreshToken",
    "Role",
    "Scope",
    "Team",
    "TeamMember",
    "User",
]


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


class DateOrder(models.TextChoices):
    """How the person writes dates in figures. Four figures first are a year in either."""

    MONTH_FIRST = "month_first", "Month first: 3/4 is March 4"
    DAY_FIRST = "day_first", "Day first: 3/4 is 3 April"


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
    date_order = models.CharField(
        "dates in figures", max_length=12, choices=DateOrder.choices, default=DateOrder.MONTH_FIRST
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approval__in=Approval.values), name="user_approval_known"
            ),
            models.CheckConstraint(
                condition=models.Q(date_order__in=DateOrder.values), name="user_date_order_known"
            ),
        ]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone or "UTC")

    @property
    def day_first(self) -> bool:
        return self.date_order == DateOrder.DAY_FIRST


class Scope(models.TextChoices):
    """What a token may do; neither includes the other."""

    READ = "read", "Read"
    WRITE = "write", "Write"


STORED_SCOPES = ("read", "write", "read,write")


class ApiToken(BaseModel):
    """A program's right to act as a person. The secret itself is kept nowhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, help_text="How the token begins, to tell it from others.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, in hexadecimal.")
    scopes = models.CharField(max_length=10, default="read,write")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    grant = models.ForeignKey(
        "OAuthGrant",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="tokens",
        help_text="The yes to a connected app that it was issued for; empty: made by the person.",
    )
    audience = models.CharField(
        max_length=500, blank=True, default="", help_text="The one address that takes it; empty: every one."
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(condition=models.Q(scopes__in=STORED_SCOPES), name="token_scopes_known"),
            models.CheckConstraint(condition=~models.Q(name=""), name="token_named"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class Team(BaseModel):
    """People who work on the same projects, each with a role."""

    name = models.CharField(max_length=120)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="team_named")]

    def __str__(self) -> str:
        return self.name


class TeamMember(BaseModel):
    """A person in a team. A team has one owner."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", db_index=False)
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="member_once_per_team"),
            models.UniqueConstraint(
                fields=["team"], condition=models.Q(role="owner"), name="team_has_one_owner"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "admin", "member", "viewer"]), name="member_role_known"
            ),
        ]
        # All that `visible_to` asks of a membership, so that the index alone answers.
        indexes = [models.Index(fields=["user", "team", "role"], name="member_by_user")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class Invitation(BaseModel):
    """A place in a team that somebody may take, once, before `expires_at`.

    It is for `user` alone, or, without one, for whoever has the link, of which only a digest is kept.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="invitations")
    email = models.EmailField(blank=True, default="")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the link's secret.")
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"], condition=models.Q(user__isnull=False), name="invited_once_per_team"
            ),
            models.UniqueConstraint(
                fields=["team", "email"], condition=~models.Q(email=""), name="invited_once_per_address"
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, email="")
                | (models.Q(user=None) & ~models.Q(email="")),
                name="invited_by_name_or_address",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["admin", "member", "viewer"]), name="invited_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.email}: {self.role}"

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at <= now


class OAuthClient(BaseModel):
    """A program that asks people for access, as it described itself: nothing of it is vouched for."""

    client_id = models.CharField(max_length=500, unique=True)
    name = models.CharField(max_length=100)
    redirect_uris = models.JSONField(default=list)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = OAuthClientQuerySet.as_manager()

    class Meta:
        verbose_name = "OAuth client"
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="oauth_client_named"),
        ]

    def __str__(self) -> str:
        return self.name


class OAuthGrant(BaseModel):
    """A person's yes to a client: first a code to be exchanged once, then the tokens that came of it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="oauth_grants")
    client = models.ForeignKey(OAuthClient, on_delete=models.CASCADE, related_name="grants")
    scopes = models.CharField(max_length=10)
    resource = models.CharField(max_length=500, help_text="The address that its tokens are good for.")
    code_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the code.")
    code_expires_at = models.DateTimeField()
    code_challenge = models.CharField(max_length=128)
    redirect_uri = models.TextField()
    redirect_uri_given = models.BooleanField(default=True)
    connected_at = models.DateTimeField(null=True, blank=True, help_text="When the code was exchanged.")

    objects = OAuthGrantQuerySet.as_manager()

    class Meta:
        verbose_name = "OAuth grant"
        constraints = [
            models.CheckConstraint(condition=models.Q(scopes__in=STORED_SCOPES), name="grant_scopes_known"),
        ]

    def __str__(self) -> str:
        return f"{self.client} for {self.user}"


class OAuthRefreshToken(BaseModel):
    """Gets the next access token, once. Used ones are kept for a while, to tell a copy that is used again."""

    grant = models.ForeignKey(OAuthGrant, on_delete=models.CASCADE, related_name="refresh_tokens")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, in hexadecimal.")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "OAuth refresh token"

    def __str__(self) -> str:
        return f"of {self.grant}"
