"""Reads, in the words of the domain. `visible_to` comes first; what it leaves out does not exist."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connections, models
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from tasks.reach import HasShare, InProjectsOf, ReachesProject, ReachesTeam, has_shares

if TYPE_CHECKING:
    from accounts.models import User

OPEN_STATUSES = ("todo", "in_progress")


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which `day` begins and ends in `zone`."""
    return (
        datetime.combine(day, time(), zone),
        datetime.combine(day + timedelta(days=1), time(), zone),
    )


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(ReachesProject("id", user))

    def writable_by(self, user: User) -> Self:
        """Those in which the user may write tasks and memory."""
        return self.filter(ReachesProject("id", user, "write"))

    def editable_by(self, user: User) -> Self:
        """Those that the user may change themselves: their name, their team, the trash."""
        return self.filter(ReachesProject("id", user, "manage"))

    def restorable_by(self, user: User) -> Self:
        """Editable ones, and those in the trash."""
        return self.filter(ReachesProject("id", user, "manage", trashed=True))

    def active(self) -> Self:
        return self.filter(status="active")

    def with_open_count(self) -> Self:
        is_open = Q(tasks__deleted_at=None, tasks__status__in=OPEN_STATUSES)
        return self.annotate(open_count=models.Count("tasks", filter=is_open))

    def with_counts(self) -> Self:
        """With `open_tasks` and `done_tasks`, each counted in an index."""
        tasks: Any = self.model._meta.get_field("tasks").related_model
        kept = tasks.objects.filter(project=OuterRef("pk"), deleted_at=None).order_by()

        def counted(statuses: Sequence[str]) -> Any:
            found = kept.filter(status__in=statuses).values("project").annotate(n=models.Count("pk"))
            return Coalesce(models.Subquery(found.values("n")), 0)

        return self.annotate(open_tasks=counted(OPEN_STATUSES), done_tasks=counted(["done"]))


class TaskQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """Those of projects that the user sees, and those that are shared with the user."""
        reached = Q(ReachesProject("project_id", user)) | Q(HasShare("id", user))
        return self.filter(reached).select_related("project")

    def editable_by(self, user: User) -> Self:
        reached = Q(ReachesProject("project_id", user, "write")) | Q(HasShare("id", user, "write"))
        return self.filter(reached).select_related("project")

    def in_projects_of(self, user: User) -> Self:
        """Visible ones but for those that are only shared with the user."""
        return self.filter(InProjectsOf("project_id", user)).select_related("project")

    def listed_for(self, user: User) -> Self:
        """All visible ones, for lists that go through many; one more query, and no OR for most people."""
        return self.visible_to(user) if has_shares(user) else self.in_projects_of(user)

    def shared_with(self, user: User) -> Self:
        """Those that the user sees by a share alone."""
        shared = self.filter(Q(HasShare("id", user)), ~Q(ReachesProject("project_id", user)))
        return shared.select_related("project")

    def kept(self) -> Self:
        return self.filter(deleted_at=None)

    def trashed(self) -> Self:
        return self.filter(deleted_at__isnull=False)

    def open(self) -> Self:
        return self.kept().filter(status__in=OPEN_STATUSES)

    def with_due(self) -> Self:
        return self.filter(Q(due_date__isnull=False) | Q(due_at__isnull=False))

    def done(self) -> Self:
        return self.kept().filter(status="done")

    def unblocked(self) -> Self:
        blockers = self._blockers().filter(to_task__status__in=OPEN_STATUSES, to_task__deleted_at=None)
        return self.exclude(Exists(blockers))

    def with_waits(self) -> Self:
        """With `waits`: None for those that no task blocks, open or not."""
        # Not EXISTS: for more than a few rows PostgreSQL reads the whole table of links instead.
        return self.annotate(waits=models.Subquery(self._blockers().values("id")[:1]))

    def _blockers(self) -> models.QuerySet:
        links: Any = self.model._meta.get_field("blocked_by").remote_field.through  # type: ignore[union-attr]
        found: models.QuerySet = links.objects.filter(from_task_id=OuterRef("pk"))
        return found

    def due_between(self, first: date, last: date, zone: ZoneInfo) -> Self:
        """Due from the start of `first` to the end of `last`, both days in `zone`."""
        start, end = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
        return self.filter(Q(due_date__range=(first, last)) | Q(due_at__gte=start, due_at__lt=end))

    def overdue(self, now: datetime) -> Self:
        """Open, and past due by `now`, whose zone says which day it is."""
        return self.open().filter(Q(due_date__lt=now.date()) | Q(due_at__lt=now))

    def completed_between(self, first: date, last: date, zone: ZoneInfo) -> Self:
        start, end = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
        return self.done().filter(completed_at__gte=start, completed_at__lt=end)

    def labelled(self, label: str) -> Self:
        if connections[self.db].vendor == "postgresql":
            return self.filter(labels__contains=[label])
        # SQLite has no JSON containment; json_each reads the list in the database.
        sql = "EXISTS (SELECT 1 FROM json_each(tasks_task.labels) WHERE json_each.value = %s)"
        return self.filter(RawSQL(sql, [label], output_field=models.BooleanField()))

    def search(self, text: str) -> Self:
        """Every word somewhere in the title or the description, whatever its case."""
        wanted = Q()
        for word in text.split():
            # LIKE on SQLite knows the case of ASCII letters alone; its REGEXP is Python's.
            if connections[self.db].vendor == "sqlite" and not word.isascii():
                pattern = re.escape(word)
                wanted &= Q(title__iregex=pattern) | Q(description__iregex=pattern)
            else:
                wanted &= Q(title__icontains=word) | Q(description__icontains=word)
        return self.filter(wanted)

    def titled(self, title: str) -> Self:
        """With that very title, whatever its case."""
        if connections[self.db].vendor == "sqlite" and not title.isascii():
            return self.filter(title__iregex=rf"\A{re.escape(title)}\Z")
        return self.filter(title__iexact=title)

    def by_urgency(self) -> Self:
        """Earliest due first, those without a date last; then by priority, then by age."""
        rank = Case(
            When(priority="high", then=Value(0)),
            When(priority="medium", then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        # Text on SQLite and a cast on PostgreSQL both put a date before that day's instants.
        due = Coalesce("due_at", "due_date", output_field=models.DateTimeField())
        return self.annotate(urgency=rank, due_order=due).order_by(
            F("due_order").asc(nulls_last=True), "urgency", "project_id", "number"
        )

    def by_completion(self) -> Self:
        return self.order_by(F("completed_at").desc(nulls_last=True), "-number", "-id")


class TaskShareQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """All of a task in a project that the user sees, and the user's own of others."""
        seen = Q(ReachesProject("task__project_id", user)) | Q(user=user, task__project__deleted_at=None)
        return self.filter(seen).select_related("user", "shared_by", "task__project")


class CommentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """Of tasks that the user sees, in the trash or not."""
        tasks: Any = self.model._meta.get_field("task").related_model
        return self.filter(task__in=tasks.objects.visible_to(user).order_by())

    def kept(self) -> Self:
        return self.filter(deleted_at=None)


class CalendarFeedQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """A person's own, and nobody else's: whoever knows an address reads it."""
        return self.filter(user=user)


class ChangeQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        """Of what is in the user's projects, of the user's teams, and of tasks shared with the user."""
        reached = Q(ReachesProject("project_id", user, trashed=True))
        return self.filter(reached | Q(ReachesTeam("team_id", user)) | Q(HasShare("object_id", user)))

    def standing(self) -> Self:
        """Those that have not been undone."""
        return self.filter(undone_at=None)

    def made_in(self, conversation_id: UUID | None, actor: User) -> Self:
        """Of a conversation's turns, or of any turn of the actor's when there is no conversation."""
        if conversation_id is not None:
            return self.filter(turn__conversation_id=conversation_id)
        return self.filter(turn__isnull=False, actor=actor)

    def made_by_client(self, client: str, actor: User) -> Self:
        """Of the actor's calls over MCP that came from the program of that name."""
        return self.filter(call_id__isnull=False, door="mcp", actor=actor, client=client)
