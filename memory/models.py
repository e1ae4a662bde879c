from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import BaseModel
from memory.querysets import MemoryItemQuerySet, RecallEntryQuerySet

MESSAGE = "message"


class MemoryItem(BaseModel):
    """Something worth keeping about a project, and where it came from.

    A key names one active item. Storing under it again supersedes that item, which stays as history from
    `valid_from` to `ended_at`. A suppressed item says in `reason` why it is out of use.
    """

    class Type(models.TextChoices):
        ERROR = "error"
        SOLUTION = "solution"
        CONTEXT = "context"
        DEPENDENCY = "dependency"
        DECISION = "decision"
        PREFERENCE = "preference"

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUGGESTED = "suggested"
        SUPERSEDED = "superseded"
        SUPPRESSED = "suppressed"

    project = models.ForeignKey("tasks.Project", models.CASCADE, related_name="memory_items")
    key = models.CharField(max_length=120)
    value = models.TextField()
    type = models.CharField(max_length=10, choices=Type.choices)
    relevance = models.FloatField(default=0.5)
    confidence = models.FloatField(default=1.0)
    source_message = models.ForeignKey(
        "chat.Message", models.SET_NULL, null=True, blank=True, related_name="memory_items", editable=False
    )
    subject = models.CharField(max_length=120, blank=True, default="", help_text="Whom or what it is about.")
    thread = models.CharField(
        max_length=120, blank=True, default="", help_text="Neighbours in a thread are context for each other."
    )
    occurred_at = models.DateTimeField(null=True, blank=True, help_text="When it was said or happened.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    reason = models.CharField(max_length=200, blank=True, default="")
    superseded_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="supersedes", editable=False
    )
    valid_from = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    local_only = models.BooleanField(default=False, help_text="Never sent to a model on another machine.")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_recalled_at = models.DateTimeField(null=True, blank=True, editable=False)
    recall_count = models.PositiveIntegerField(default=0, editable=False)

    objects = MemoryItemQuerySet.as_manager()

    class Meta:
        ordering = ["project", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "key"], condition=Q(status="active"), name="memory_key_unique_when_active"
            ),
            models.UniqueConstraint(
                fields=["project", "key"],
                condition=Q(status="suggested"),
                name="memory_key_unique_when_suggested",
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(value=""), name="memory_not_empty"),
            models.CheckConstraint(
                condition=Q(
                    type__in=["error", "solution", "context", "dependency", "decision", "preference"]
                ),
                name="memory_type_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "suggested", "superseded", "suppressed"]),
                name="memory_status_known",
            ),
            models.CheckConstraint(
                condition=Q(relevance__gte=0, relevance__lte=1), name="memory_relevance_range"
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="memory_confidence_range"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "suggested"], ended_at=None)
                | Q(status__in=["superseded", "suppressed"], ended_at__isnull=False),
                name="memory_ended_at_when_out_of_use",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by=None) | ~Q(superseded_by=F("id")), name="memory_not_its_own_heir"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "status", "-created_at"], name="memory_by_status"),
            models.Index(fields=["project", "key", "-created_at"], name="memory_by_key"),
            models.Index(
                fields=["project", "expires_at"],
                condition=Q(status="active", expires_at__isnull=False),
                name="memory_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.value[:60]}"


class RecallEntry(models.Model):
    """What recall searches: one row for each memory item and each message, made by `memory.indexing`.

    It repeats what scopes a search, so that scope is one index away. `tokens` is for the database's
    full-text index; `head`, `terms` and `vector` are packed numbers for ranking (see `memory.packing`),
    and `stamp` changes with them.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey("tasks.Project", models.CASCADE, related_name="+")
    item = models.OneToOneField(MemoryItem, models.CASCADE, null=True, related_name="entry")
    message = models.OneToOneField("chat.Message", models.CASCADE, null=True, related_name="+")
    speaker_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False
    )
    type = models.CharField(max_length=10)
    confidence = models.FloatField(default=1.0)
    local_only = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    thread = models.CharField(max_length=120, blank=True, default="")
    position = models.PositiveIntegerField(default=0)
    tokens = models.TextField(default="")
    head = models.BinaryField()
    terms = models.BinaryField()
    vector = models.BinaryField(default=b"")
    embedder = models.CharField(max_length=80, blank=True, default="")
    stamp = models.BigIntegerField(default=0)

    objects = RecallEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(item__isnull=False, message=None) | Q(item=None, message__isnull=False),
                name="recall_entry_of_one_source",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "valid_until"], name="recall_by_validity"),
            models.Index(fields=["project", "thread", "position"], name="recall_by_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"

    @property
    def text(self) -> str:
        return self.item.value if self.item else self.message.content if self.message else ""
