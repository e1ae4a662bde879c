"""Tasks and projects as kinds of rows whose changes are recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import Team, User
from accounts.rows import Write
from accounts.statements import Slot, Statement, id_text
from tasks.access import lock_comment, lock_task, may_be_assigned
from tasks.changes import CannotUndo, Origin, RecordedKind, Snapshot
from tasks.links import is_below, waits_for
from tasks.models import Change, Comment, Door, Project, Task
from tasks.receipts import comment_receipt, project_receipt, task_receipt, team_receipt
from tasks.tally import count_change, fold_if_due
from tasks.text import MAX_TITLE

_BLOCKERS = Statement(
    lambda: Task.blocked_by.through.objects.filter(from_task_id=Slot("task")).values_list("to_task_id")
)


class TaskKind(RecordedKind):
    object_type = Change.Object.TASK
    model = Task
    fields = (
        "project_id", "number", "title", "description", "status", "priority", "due_date", "due_at",
        "completed_at", "assignee_id", "parent_id", "labels", "recurrence", "deleted_at",
    )  # fmt: skip

    def project(self, row: Task) -> Project:
        return row.project

    def ref(self, row: Task) -> str:
        return row.ref

    def title(self, row: Task) -> str:
        return row.title

    def receipt(self, change: Change, zone: ZoneInfo) -> str:
        return task_receipt(change, zone)

    def lock(self, actor: User, pk: UUID) -> Task:
        return lock_task(actor, Task(pk=pk))

    def unmade(self, row: Task, made: Snapshot) -> Snapshot:
        return {**made, "deleted_at": timezone.now().isoformat()}

    def snapshot(self, row: Task, **known: Any) -> Snapshot:
        if "blocked_by" not in known:
            known["blocked_by"] = sorted(id_text(pk) for (pk,) in _BLOCKERS.rows(task=row.pk))
        return super().snapshot(row, **known)

    def check(self, row: Task, values: Snapshot) -> None:
        if values.get("parent_id") is not None:
            parent = Task.objects.filter(pk=values["parent_id"]).first()
            if parent is None or is_below(parent, row):
                raise CannotUndo("The task above it is gone, or below it by now.")
        if values.get("project_id", str(row.project_id)) != str(row.project_id):
            home = Project.objects.filter(pk=values["project_id"], deleted_at=None).first()
            if home is None or home.team_id != row.project.team_id:
                raise CannotUndo("It was in another team's project: move it there yourself.")
        assignee = User.objects.filter(pk__in=[values.get("assignee_id")]).first()
        if assignee is not None and not may_be_assigned(row.project, assignee):
            raise CannotUndo(f"{assignee.get_username()} does not see {row.project.key} any more.")
        blockers = Task.objects.filter(pk__in=values.get("blocked_by", ()))
        if any(waits_for(blocker, row) for blocker in blockers):
            raise CannotUndo("A task it waited for waits for it by now.")

    def counting(self, row: Task, before: Snapshot, after: Snapshot, *, told: bool = False) -> Write | None:
        return count_change(before, after, row.created_at, told=told)

    def counted(self, ids: Sequence[int]) -> None:
        fold_if_due(ids)

    def write(self, row: Task, values: Snapshot) -> None:
        super().write(row, values)
        if "blocked_by" in values:
            row.blocked_by.set(Task.objects.filter(pk__in=values["blocked_by"]))


class CommentKind(RecordedKind):
    object_type = Change.Object.COMMENT
    model = Comment
    fields = ("text", "edited_at", "deleted_at")

    def project(self, row: Comment) -> Project:
        return row.task.project

    def ref(self, row: Comment) -> str:
        return row.task.ref

    def title(self, row: Comment) -> str:
        line = " ".join(row.text.split())
        return line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1]}…"

    def receipt(self, change: Change, zone: ZoneInfo) -> str:
        return comment_receipt(change)

    def lock(self, actor: User, pk: UUID) -> Comment:
        return lock_comment(actor, Origin(Door.PAGE), Comment(pk=pk))

    def unmade(self, row: Comment, made: Snapshot) -> Snapshot:
        return {**made, "deleted_at": timezone.now().isoformat()}


class ProjectKind(RecordedKind):
    object_type = Change.Object.PROJECT
    model = Project
    fields = ("key", "name", "description", "status", "metadata", "team_id", "deleted_at")

    def project(self, row: Project) -> Project:
        return row

    def ref(self, row: Project) -> str:
        return row.key

    def title(self, row: Project) -> str:
        return row.name

    def receipt(self, change: Change, zone: ZoneInfo) -> str:
        return project_receipt(change, zone)

    def lock(self, actor: User, pk: UUID) -> Project:
        project = Project.objects.restorable_by(actor).select_for_update().filter(pk=pk).first()
        if project is None:
            raise NotFound("It is no longer yours.")
        return project

    def check(self, row: Project, values: Snapshot) -> None:
        if values.get("team_id", now_of(row)) != now_of(row):
            raise CannotUndo("A project changes hands in its settings, and in no other way.")

    def unmade(self, row: Project, made: Snapshot) -> Snapshot:
        if row.tasks.filter(deleted_at=None).exists():
            raise CannotUndo("It holds tasks by now.")
        return {**made, "deleted_at": timezone.now().isoformat()}


def now_of(project: Project) -> str | None:
    return str(project.team_id) if project.team_id else None


class TeamKind(RecordedKind):
    """Teams are recorded by their verbs, and never undone: nothing that an assistant calls changes them."""

    object_type = Change.Object.TEAM
    model = Team
    fields = ("name",)

    def project(self, row: Team) -> Project:
        raise CannotUndo("A team is in no project.")

    def ref(self, row: Team) -> str:
        return row.name

    def title(self, row: Team) -> str:
        return row.name

    def receipt(self, change: Change, zone: ZoneInfo) -> str:
        return team_receipt(change)

    def lock(self, actor: User, pk: UUID) -> Team:
        raise CannotUndo("What was done to a team is taken back in the team.")

    def unmade(self, row: Team, made: Snapshot) -> Snapshot:
        raise CannotUndo("A team is deleted in the team.")
