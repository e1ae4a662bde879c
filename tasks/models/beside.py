"""What people put beside tasks: whom they show them to, what they say about them, calendars of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import BaseModel
from tasks.models.work import Project, Task
from tasks.querysets import (
    CalendarFeedQuerySet,
    CommentQuerySet,
    TaskShareQuerySet,
)


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
