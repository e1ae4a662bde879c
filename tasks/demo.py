"""Demonstration tasks in bulk: made from a seed and written past the operations, without change records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from tasks.demo_words import LABELS, OCCASIONS, PROJECTS, RULES, SENTENCES, VERBS
from tasks.models import Project, Task

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 50_000
YEAR = timedelta(days=365)
COLUMNS = (
    "id", "created_at", "updated_at", "number", "title", "description", "status", "priority", "due_date",
    "due_at", "completed_at", "labels", "recurrence", "deleted_at", "assignee_id", "created_by_id",
    "parent_id", "project_id", "source_message_id",
)  # fmt: skip
Row = tuple[Any, ...]


def write_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts rows of text and numbers as the database stores them: by COPY on PostgreSQL."""
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(rows))


def stored(instant: datetime) -> str:
    """An instant in UTC as both databases take it."""
    return str(instant.replace(tzinfo=None))


def ordered_id(instant: datetime, random: Random) -> str:
    """A UUID version 7 of that instant, as 32 hexadecimal digits."""
    milliseconds = int(instant.timestamp() * 1000)
    bits = random.getrandbits(74)
    return f"{milliseconds:012x}7{bits >> 62:03x}{bits & (1 << 62) - 1 | 1 << 63:016x}"


def make_projects(owner: User) -> list[Project]:
    """The owner's demonstration projects, those that exist already included."""
    return [
        Project.objects.get_or_create(owner=owner, key=key, deleted_at=None, defaults={"name": name})[0]
        for key, name, _ in PROJECTS
    ]


def make_tasks(*, owner: User, projects: Sequence[Project], count: int, seed: int, now: datetime) -> None:
    """Adds `count` tasks, created over the year before `now` (in UTC), spread over `projects`.

    The same seed makes the same tasks, dated from `now`. Committed in batches, so that a server beside it
    can write in between.
    """
    maker = TaskMaker(owner, projects, seed, now)
    instants = (now - YEAR + (n + 1) * (YEAR / count) for n in range(count))
    while batch := list(islice(instants, BATCH)):
        with transaction.atomic():
            numbers = maker.lock_numbers()
            write_rows(Task._meta.db_table, COLUMNS, maker.tasks(batch))
            write_rows(
                Task.blocked_by.through._meta.db_table, ("from_task_id", "to_task_id"), maker.waiting_pairs()
            )
            for project in projects:
                numbers.filter(pk=project.pk).update(last_number=maker.last_number[project.pk.hex])


class TaskMaker:
    """Makes the rows of tasks, one after the other."""

    def __init__(self, owner: User, projects: Sequence[Project], seed: int, now: datetime) -> None:
        self.random = Random(seed)
        self.owner = owner.pk.hex
        self.projects = [
            (project.pk.hex, things) for project, (_, _, things) in zip(projects, PROJECTS, strict=True)
        ]
        self.now = now
        self.last_number: dict[str, int] = {}
        self.latest_open: dict[str, str] = {}
        self._waiting: list[tuple[str, str]] = []

    def lock_numbers(self) -> Any:
        """Takes up each project's numbers where they are now, and keeps others from giving out any."""
        rows = Project.objects.filter(pk__in=[pk for pk, _ in self.projects]).order_by("pk")
        locked = rows.select_for_update().values_list("pk", "last_number")
        self.last_number = {pk.hex: number for pk, number in locked}
        return rows

    def waiting_pairs(self) -> list[tuple[str, str]]:
        """Which task waits for which, among those made since the last call."""
        pairs, self._waiting = self._waiting, []
        return pairs

    def tasks(self, instants: Iterable[datetime]) -> Iterator[Row]:
        for created in instants:
            yield self._task(created)

    def _task(self, created: datetime) -> Row:
        random = self.random.random
        # Squared, so that the first projects hold more than the last.
        project, things = self.projects[int(random() ** 2 * len(self.projects))]
        pk = ordered_id(created, self.random)
        self.last_number[project] = number = self.last_number[project] + 1
        status = self._status(created)
        done = created + min(self.random.expovariate(1 / 12), 300) * timedelta(days=1)
        completed = min(done, self.now) if status == "done" else None
        due_date, due_at = self._due(completed or self.now, is_open=completed is None)
        parent = self._relations(project, pk, is_open=status in Task.OPEN)
        repeats = random() < 0.02 and (due_date or due_at)
        text = stored(created)
        touched = stored(completed) if completed else text
        return (
            pk,
            text,
            touched,
            number,
            f"{_one(VERBS, random())} {_one(things, random())}{_one(OCCASIONS, random())}",
            " ".join(self.random.sample(SENTENCES, 1 + int(random() * 3))) if random() < 0.3 else "",
            status,
            ("low", "medium", "medium", "medium", "high")[int(random() * 5)],
            due_date,
            due_at,
            touched if completed else None,
            json.dumps(self.random.sample(LABELS, 1 + int(random() * 3))) if random() < 0.4 else "[]",
            _one(RULES, random()) if repeats else "",
            touched if random() < 0.01 else None,
            self.owner if random() < 0.4 else None,
            self.owner,
            parent,
            project,
            None,
        )

    def _status(self, created: datetime) -> str:
        age = (self.now - created) / YEAR
        luck = self.random.random()
        if luck < 0.25 + 0.6 * age:
            return "done"
        return "cancelled" if luck > 0.97 else "in_progress" if luck > 0.91 else "todo"

    def _due(self, around: datetime, *, is_open: bool) -> tuple[str | None, str | None]:
        luck = self.random.random()
        if luck > 0.6:
            return None, None
        days = int(self.random.gauss(12 if is_open else 0, 20))
        day = around.date() + timedelta(days=days)
        if luck < 0.42:
            return day.isoformat(), None
        quarter = int(self.random.random() * 40)
        return None, f"{day.isoformat()} {7 + quarter // 4:02}:{quarter % 4 * 15:02}:00"

    def _relations(self, project: str, pk: str, *, is_open: bool) -> str | None:
        """The parent of a few open tasks; a few others wait for an earlier one. Never in a circle."""
        if not is_open:
            return None
        earlier = self.latest_open.get(project)
        self.latest_open[project] = pk
        luck = self.random.random()
        if earlier and luck > 0.97:
            self._waiting.append((pk, earlier))
        return earlier if luck < 0.03 else None


def _one(choices: Sequence[str], share: float) -> str:
    return choices[int(share * len(choices))]
