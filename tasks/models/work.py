"""Projects and their tasks."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse

from accounts.models import BaseModel
from tasks.heirs import passed_on
from tasks.querysets import (
    ProjectQuerySet,
    TaskQuerySet,
)

INBOX = "INBOX"


class Project(BaseModel):
    class Status(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        ARCHIVED = "archived"

    # A team's projects have its owner's name on them, and pass on with the team.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, passed_on, related_name="projects")
    team = models.ForeignKey("accounts.Team", models.PROTECT, null=True, blank=True, related_name="projects")
    key = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    metadata = models.JSONField(default=dict, blank=True)
    last_number = models.PositiveIntegerField(default=0, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "key"],
                condition=Q(deleted_at=None, team=None),
                name="project_key_unique_per_owner",
            ),
            models.UniqueConstraint(
                fields=["team", "key"],
                condition=Q(deleted_at=None, team__isnull=False),
                name="project_key_unique_per_team",
            ),
            models.CheckConstraint(
                condition=Q(team=None) | ~Q(key="INBOX"), name="project_inbox_is_personal"
            ),
            models.CheckConstraint(condition=Q(key=Upper("key")) & ~Q(key=""), name="project_key_upper"),
            models.CheckConstraint(
                condition=Q(status__in=["active", "paused", "archived"]), name="project_status_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        """By id: two teams may have the same key, and a key may change."""
        return reverse("project", args=[self.pk])

    @property
    def is_inbox(self) -> bool:
        return self.key == INBOX


class Task(BaseModel):
    class Status(models.TextChoices):
        TODO = "todo", "To do"
        IN_PROGRESS = "in_progress", "In progress"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    class Priority(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    OPEN = (Status.TODO, Status.IN_PROGRESS)

    # Of the foreign keys, only those have an index of their own that no other index begins with.
    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks", db_index=False)
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.TODO)
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.MEDIUM)
    due_date = models.DateField(null=True, blank=True, help_text="A day, without a time.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="An instant. Never beside a due date.")
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_tasks",
        db_index=False,
    )
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="subtasks", db_index=False
    )
    blocked_by = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="blocks")
    labels = models.JSONField(default=list, blank=True)
    recurrence = models.CharField(max_length=200, blank=True, default="", help_text="An RRULE, or nothing.")
    source_message = models.ForeignKey(
        "chat.Message",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Where a task was read `with_waits`, or just written: whether another blocks it, open or not.
    waits: object

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["project", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="task_number_unique_per_project"),
            models.CheckConstraint(condition=Q(number__gt=0), name="task_number_positive"),
            models.CheckConstraint(condition=~Q(title=""), name="task_title_not_empty"),
            models.CheckConstraint(
                condition=Q(status__in=["todo", "in_progress", "done", "cancelled"]), name="task_status_known"
            ),
            models.CheckConstraint(
                condition=Q(priority__in=["low", "medium", "high"]), name="task_priority_known"
            ),
            models.CheckConstraint(
                condition=Q(due_date=None) | Q(due_at=None), name="task_due_is_a_date_or_an_instant"
            ),
            models.CheckConstraint(
                condition=Q(status="done", completed_at__isnull=False)
                | (~Q(status="done") & Q(completed_at=None)),
                name="task_completed_at_when_done",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("id")), name="task_not_its_own_parent"
            ),
        ]
        indexes = [
            # Partial, all of them: a task without a due time or an assignee then costs no more to write, and
            # PostgreSQL does not take an order from behind an IS NULL.
            models.Index(
                fields=["project", "due_at"],
                condition=Q(deleted_at=None, due_at__isnull=False),
                name="task_by_due_at",
            ),
            models.Index(
                fields=["project", "due_date"],
                condition=Q(deleted_at=None, due_date__isnull=False),
                name="task_by_due_date",
            ),
            models.Index(
                fields=["project", "completed_at"],
                condition=Q(deleted_at=None, completed_at__isnull=False),
                name="task_by_completed_at",
            ),
            models.Index(
                fields=["assignee", "deleted_at", "status"],
                condition=Q(assignee__isnull=False),
                name="task_by_assignee",
            ),
            models.Index(
                fields=["project", "created_at", "id"], condition=Q(deleted_at=None), name="task_by_age"
            ),
            models.Index(
                fields=["project", "status", "created_at", "id"],
                condition=Q(deleted_at=None),
                name="task_by_status",
            ),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="task_by_parent"),
            models.Index(
                fields=["source_message"],
                condition=Q(source_message__isnull=False),
                name="task_by_source_message",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("task", args=[self.pk])

    @property
    def ref(self) -> str:
        return f"{self.project.key}-{self.number}"

    @property
    def due(self) -> date | datetime | None:
        return self.due_at or self.due_date

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open and its due instant, or the whole of its due date in `now`'s zone, is past."""
        if not self.is_open:
            return False
        if self.due_at:
            return self.due_at < now
        return self.due_date is not None and self.due_date < now.date()

    def due_text(self, zone: ZoneInfo) -> str:
        """Local ISO text: `2026-11-30`, `2026-11-30T17:00`, or nothing."""
        if self.due_at:
            return self.due_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        return self.due_date.isoformat() if self.due_date else ""
