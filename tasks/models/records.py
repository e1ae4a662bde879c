"""What writes leave behind: change records, counters and the keys of what was done once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import BaseModel
from tasks.models.work import Project
from tasks.querysets import (
    ChangeQuerySet,
)

MAX_CLIENT_NAME = 60


class Door(models.TextChoices):
    """Where a change came in."""

    PAGE = "page"
    API = "api"
    CHAT = "chat"
    MCP = "mcp"
    ADMIN = "admin"


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
    # Not checked by the database: the counted tasks' own keys are, and six more checks for a new task came at
    # the end of its transaction, for which others wait.
    project = models.ForeignKey(
        Project, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    figure = models.SmallIntegerField(choices=Figure.choices)
    bucket = models.IntegerField()
    # Emptied together with the tasks' own when a user goes.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
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
