from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import BaseModel
from chat.heirs import shared_stay
from chat.querysets import ConversationQuerySet, MessageQuerySet, TurnQuerySet

if TYPE_CHECKING:
    from accounts.models import User

MAX_MESSAGE_LENGTH = 4096


class Conversation(BaseModel):
    """`summary` is what was said up to `summarised_until`, in short, for a model that is not shown it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, shared_stay, related_name="conversations")
    project = models.ForeignKey("tasks.Project", models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=120, default="New conversation")
    shared = models.BooleanField(default=False, help_text="Open to everybody who sees its project.")
    summary = models.TextField(blank=True, default="")
    summarised_until = models.DateTimeField(null=True, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["user", "-updated_at"], name="conversation_recent"),
            models.Index(
                fields=["project", "-updated_at"], condition=Q(shared=True), name="conversation_shared"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Message(BaseModel):
    """What was said. Created and deleted, never updated."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    # Whose words it holds. Nobody's are the assistant's, or of a person who is gone.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    role = models.CharField(max_length=9, choices=Role.choices)
    content = models.TextField()
    tokens_used = models.PositiveIntegerField(default=0)
    metadata = models.JSONField(default=dict, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["conversation", "created_at"], name="message_in_order")]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=["user", "assistant"]), name="message_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.content[:60]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Messages are immutable.")
        if self.role == self.Role.USER and self.author_id is None:
            self.author_id = self.conversation.user_id
        super().save(*args, **kwargs)


class Turn(BaseModel):
    """One answer in the making: from a user message to a reply.

    `draft` is the text of the steps whose tool calls are already committed. The lease says which
    worker runs the turn; a running turn whose lease has expired may be taken over, and `attempts`
    counts how often it was. `error` has `code`, `message` and the `text` so far of a failed turn.
    `recalled` refers to what memory gave the model, none before it was asked (see `chat.recalled`);
    `indexed_at` is when what was said became searchable. `ran_seconds` is how long workers have been at it.
    `read_others`: its model has read words of another person (see `chat.others`).
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        AWAITING_APPROVAL = "awaiting_approval"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"
        INTERRUPTED = "interrupted"

    LIVE = (Status.QUEUED, Status.RUNNING, Status.AWAITING_APPROVAL)
    RETRYABLE = (Status.FAILED, Status.INTERRUPTED)

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns")
    user_message = models.OneToOneField(Message, models.CASCADE, related_name="turn")
    reply = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="reply_turn")
    status = models.CharField(max_length=17, choices=Status.choices, default=Status.QUEUED)
    provider = models.CharField(max_length=80, blank=True, default="")
    model = models.CharField(max_length=120, blank=True, default="")
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    draft = models.TextField(blank=True, default="")
    error = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    lease_owner = models.CharField(max_length=64, blank=True, default="")
    lease_expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    recalled = models.JSONField(null=True)
    indexed_at = models.DateTimeField(null=True)
    ran_seconds = models.FloatField(default=0)
    read_others = models.BooleanField(default=False)

    objects = TurnQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["conversation", "created_at"], name="turn_in_order"),
            models.Index(
                fields=["lease_expires_at"], condition=Q(status__in=["queued", "running"]), name="turn_lease"
            ),
            models.Index(fields=["finished_at"], condition=Q(indexed_at=None), name="turn_to_index"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(status__in=["queued", "running", "awaiting_approval"]),
                name="turn_one_live_per_conversation",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "queued",
                        "running",
                        "awaiting_approval",
                        "done",
                        "failed",
                        "stopped",
                        "interrupted",
                    ]
                ),
                name="turn_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"turn {self.pk} ({self.status})"

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    @property
    def speaker(self) -> User:
        """Who asked, with whose rights it acts. When they are gone, nothing of theirs runs any more."""
        return self.user_message.author or self.conversation.user


class TokenUse(BaseModel):
    """What requests to models took of a person's tokens in a quarter of an hour (see `chat.budgets`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    quarter = models.DateTimeField(help_text="When the quarter of an hour began.")
    prompt_tokens = models.BigIntegerField(default=0)
    completion_tokens = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["quarter"]
        constraints = [
            models.UniqueConstraint(fields=["user", "quarter"], name="token_use_one_per_quarter"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt_tokens + self.completion_tokens} tokens from {self.quarter}"


class ToolCall(BaseModel):
    class Status(models.TextChoices):
        PENDING = "pending"
        AWAITING_APPROVAL = "awaiting_approval"
        APPROVED = "approved"
        DONE = "done"
        FAILED = "failed"
        REJECTED = "rejected"

    class Reason(models.TextChoices):
        """Why a call waits for a yes."""

        RISK = "risk", "It deletes something."
        PREFERENCE = "preference", "You chose to be asked before every change."
        BULK = "bulk", "More than 10 things would change in one answer."
        OTHERS = "others", "The assistant had just read words of somebody else."

    FINISHED = (Status.DONE, Status.FAILED, Status.REJECTED)

    turn = models.ForeignKey(Turn, models.CASCADE, related_name="tool_calls")
    call_id = models.CharField(max_length=128)
    step = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    invalid = models.TextField(blank=True, default="")
    status = models.CharField(max_length=17, choices=Status.choices, default=Status.PENDING)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True, default="")
    latency_ms = models.PositiveIntegerField(null=True)
    asked_because = models.CharField(max_length=10, choices=Reason.choices, blank=True, default="")

    class Meta:
        ordering = ["turn", "step", "position"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "call_id"], name="tool_call_unique_in_turn"),
            models.UniqueConstraint(fields=["turn", "step", "position"], name="tool_call_one_per_place"),
            models.CheckConstraint(
                condition=Q(
                    status__in=["pending", "awaiting_approval", "approved", "done", "failed", "rejected"]
                ),
                name="tool_call_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.status})"
