from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse

from accounts.models import BaseModel
from tasks.heirs import passed_on
from tasks.querysets import (
    CalendarFeedQuerySet,
    ChangeQuerySet,
    CommentQuerySet,
    ProjectQuerySet,
    TaskQuerySet,
    TaskShareQuerySet,
)

INBOX = "INBOX"
MAX_CLIENT_NAME = 60


class Door(models.TextChoices):
    """Where a change came in."""

    PAGE = "page"
    API = "api"
    CHAT = "chat"
    MCP = "mcp"
    ADMIN = "admin"


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


class TaskShare(BaseModel):
    """One task shown to one person who need not see its project."""

    class Permission(models.TextChoices):
        VIEW = "view", "May look"
        EDIT = "edit", "May edit"

    task = models.ForeignKey(Task, models.CASCADE, related_name="shares", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="task_shares", db_index=False
    )
    permission = models.CharField(max_length=4, choices=Permission.choices, default=Permission.VIEW)
    shared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    objects = TaskShareQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "user"], name="task_shared_once_per_person"),
            models.CheckConstraint(
                condition=Q(permission__in=["view", "edit"]), name="share_permission_known"
            ),
        ]
        indexes = [models.Index(fields=["user", "task", "permission"], name="share_by_user")]

    def __str__(self) -> str:
        return f"{self.task_id} for {self.user}: {self.permission}"


class Comment(BaseModel):
    """What a person said about a task. Deleted ones are kept like what is in the trash."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="comments", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_not_empty")]
        indexes = [models.Index(fields=["task", "created_at"], name="comment_by_task")]

    def __str__(self) -> str:
        line = " ".join(self.text.split())
        return line if len(line) <= 80 else f"{line[:79]}…"


class Change(BaseModel):
    """What one operation did to one row. Written in the operation's own transaction, and kept.

    `before` and `after` hold the fields that differ, by name; a created row has an empty `before`.
    """

    class Object(models.TextChoices):
        TASK = "task"
        PROJECT = "project"
        MEMORY = "memory"
        TEAM = "team"
        COMMENT = "comment"

    # As with tasks, an index only where something asks by it: every write pays for each.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="changes", db_index=False)
    team = models.ForeignKey(
        "accounts.Team", models.CASCADE, null=True, related_name="changes", db_index=False
    )
    door = models.CharField(max_length=5, choices=Door.choices)
    turn = models.ForeignKey("chat.Turn", models.SET_NULL, null=True, related_name="changes", db_index=False)
    # Over MCP the call, on a page the request: what undo takes back. And the program that made the call.
    call_id = models.UUIDField(null=True)
    client = models.CharField(max_length=MAX_CLIENT_NAME, blank=True, default="")
    object_type = models.CharField(max_length=10, choices=Object.choices)
    object_id = models.UUIDField()
    ref = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    verb = models.CharField(max_length=16)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undoes", db_index=False)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(door__in=["page", "api", "chat", "mcp", "admin"]), name="change_door_known"
            ),
            models.CheckConstraint(
                condition=Q(object_type__in=["task", "project", "memory", "team", "comment"]),
                name="change_object_known",
            ),
            models.CheckConstraint(
                condition=Q(project__isnull=False) | Q(object_type="team", team__isnull=False),
                name="change_of_a_project_or_team",
            ),
        ]
        indexes = [
            models.Index(fields=["object_id", "created_at"], name="change_by_object"),
            models.Index(fields=["project", "created_at"], name="change_by_project"),
            models.Index(
                fields=["team", "created_at"], condition=Q(team__isnull=False), name="change_by_team"
            ),
            models.Index(
                fields=["turn", "created_at"], name="change_by_turn", condition=Q(turn__isnull=False)
            ),
            models.Index(
                fields=["actor", "created_at"], name="change_of_speaker", condition=Q(turn__isnull=False)
            ),
            models.Index(
                fields=["undone_by"], name="change_by_undoing", condition=Q(undone_by__isnull=False)
            ),
            models.Index(fields=["call_id"], name="change_by_call", condition=Q(call_id__isnull=False)),
            models.Index(
                fields=["actor", "created_at"], name="change_of_caller", condition=Q(call_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.ref}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A change record is written once.")
        super().save(*args, **kwargs)


class CalendarFeed(BaseModel):
    """A secret address at which a calendar program reads what is due in a project, as one person sees it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds")
    project = models.ForeignKey(Project, models.CASCADE, related_name="calendar_feeds", db_index=False)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the address's secret.")
    last_read_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="calendar_feed_one_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.project} for {self.user}"


class TaskTally(models.Model):
    """A change of one of the counters that `tasks.tally` keeps; a counter is the sum of its rows.

    Rows are added and never updated, so that writers do not wait for each other.
    """

    class Figure(models.IntegerChoices):
        """What is counted: tasks out of the trash, and what `bucket` means for each."""

        STATE = 1, "Status and priority"
        ASSIGNEE = 2, "Open, by assignee"
        DUE_DATE = 3, "Open, by due date"
        DUE_DAY = 4, "Open, by day of the due time"
        DUE_HOUR = 5, "Open, by hour of the due time"
        DONE_DAY = 6, "Done, by day"
        DONE_HOUR = 7, "Done, by hour"
        MADE_DAY = 8, "Created, by day"
        MADE_HOUR = 9, "Created, by hour"
        AGE_DAY = 10, "Open, by day of creation"
        AGE_HOUR = 11, "Open, by hour of creation"

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    figure = models.SmallIntegerField(choices=Figure.choices)
    bucket = models.IntegerField()
    # Emptied together with the tasks' own when a user goes.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    count = models.IntegerField()

    class Meta:
        verbose_name_plural = "task tallies"
        indexes = [
            # All of a row, so that sums are read from the index alone on both databases.
            models.Index(
                fields=["project", "figure", "bucket", "assignee", "count"], name="task_tally_by_cell"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_figure_display()} {self.bucket}: {self.count:+}"


class IdempotencyKey(BaseModel):
    """The stored answer to a write that may be sent again with the same key."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    response = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_unique_per_actor"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return self.key
