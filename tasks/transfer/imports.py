"""Rows of a file become tasks: every valid one, each error with its row; or all of them or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import DomainError, Invalid
from tasks import operations
from tasks.changes import Origin
from tasks.models import Project, Task
from tasks.reading import Json
from tasks.serializers import TaskReader
from tasks.transfer.files import IGNORED, check_columns, instant_of

if TYPE_CHECKING:
    from accounts.models import User

LINKS = ("parent", "blocked_by")
_NOT_FIELDS = (*IGNORED, *LINKS, "ref", "completed_at")

Row = tuple[int, Json]


@dataclass(frozen=True, slots=True)
class Imported:
    """Which rows became which tasks, and why the others did not, by row number."""

    tasks: dict[int, Task] = field(default_factory=dict)
    errors: dict[int, DomainError] = field(default_factory=dict)


def import_tasks(
    *,
    actor: User,
    origin: Origin,
    rows: Sequence[Row],
    atomic: bool = False,
    create_projects: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Adds the tasks of `rows`, which name others of the file by its refs in `parent` and `blocked_by`.

    A row that is wrong, or hangs on one that is, is left out; with `atomic` all of them are, and Invalid says
    which and why. With `create_projects`, projects that are named and missing are made; with `dry_run`,
    nothing is. Raises Invalid for columns that are not known.
    """
    check_columns(sorted({name for _, row in rows for name in row}))
    errors: dict[int, DomainError] = {}
    while True:
        with transaction.atomic():
            run = _Run(actor, origin, rows, errors, create_projects)
            run.add()
            run.link()
            run.spread()
            # Once more without what went wrong: what was written because of it must not stay.
            if run.errors or dry_run:
                transaction.set_rollback(True)
        errors |= run.errors
        if not run.errors:
            return Imported(run.tasks, errors)
        if atomic:
            raise _refusal(errors)


def _refusal(errors: dict[int, DomainError]) -> Invalid:
    fields = {
        f"row {number}{'.' if name else ''}{name}": reason
        for number, error in sorted(errors.items())[:100]
        for name, reason in (error.fields or {"": error.detail}).items()
    }
    return Invalid(f"Nothing was imported: {len(errors)} of the rows cannot be.", fields=fields)


def _hangs_on(number: int, name: str) -> Invalid:
    return Invalid.field(name, f"names row {number}, which cannot be imported.")


class _Run:
    def __init__(
        self, actor: User, origin: Origin, rows: Sequence[Row], known: dict[int, DomainError], make: bool
    ) -> None:
        self.by: dict[str, Any] = {"actor": actor, "origin": origin}
        self.reader = TaskReader(actor, timezone.now())
        self.actor, self.make_projects = actor, make
        self.rows = [(number, row) for number, row in rows if number not in known]
        self.known = known
        self.tasks: dict[int, Task] = {}
        self.errors: dict[int, DomainError] = {}
        self.numbers: dict[str, int] = {}
        for number, row in rows:
            for name in {str(row[name]).upper() for name in ("ref", "id") if row.get(name)}:
                if self.numbers.setdefault(name, number) != number and number not in known:
                    self.errors[number] = Invalid.field("ref", f"is that of row {self.numbers[name]}, too.")

    def add(self) -> None:
        for number, row in self.rows:
            if number not in self.errors:
                self._try(number, lambda: self._add(row))  # noqa: B023 - called at once

    def link(self) -> None:
        for number, row in self.rows:
            if number in self.tasks and any(row.get(name) for name in LINKS):
                self._try(number, lambda: self._link(number, row))  # noqa: B023 - called at once

    def spread(self) -> None:
        """Rows that hang on a wrong one are wrong, too: each run would find only the next one of a chain."""
        hanging: dict[int | None, list[tuple[int, str]]] = defaultdict(list)
        for number, row in self.rows:
            for name in LINKS:
                given = row.get(name)
                for reference in given if isinstance(given, list) else [given]:
                    hanging[self.numbers.get(str(reference).upper())].append((number, name))
        wrong = list(self.errors)
        while wrong:
            named = wrong.pop()
            for number, name in hanging[named]:
                if number not in self.errors:
                    self.errors[number] = _hangs_on(named, name)
                    wrong.append(number)

    def _try(self, number: int, write: Any) -> None:
        try:
            self.tasks[number] = write()
        except DomainError as error:
            self.errors[number] = error

    def _add(self, row: Json) -> Task:
        given = {name: value for name, value in row.items() if name not in _NOT_FIELDS}
        if "completed" in row and "status" not in row:
            given["completed"] = row["completed"]
        project = self._project(given.pop("project", None))
        fields: Any = self.reader.fields(given, project=lambda: project)
        if "title" not in fields:
            raise Invalid.field("title", "is required.")
        if row.get("completed_at"):
            fields["completed_at"] = instant_of(row["completed_at"])
        return operations.add_task(**self.by, project=project, **fields)

    def _project(self, key: Any) -> Project:
        if key is None:
            return operations.ensure_inbox(self.actor)
        try:
            return self.reader.project(key)
        except Invalid as error:
            if not self.make_projects or not isinstance(key, str):
                remedy = "Make it first, or import with create_projects=true."
                raise Invalid.field("project", f"{error.fields.get('project', '')} {remedy}") from None
        operations.create_project(**self.by, key=key, name=key)
        return self.reader.project(key)

    def _link(self, number: int, row: Json) -> Task:
        changes: Any = {}
        if row.get("parent"):
            changes["parent"] = self._named(row["parent"], "parent")
        if row.get("blocked_by"):
            if not isinstance(row["blocked_by"], list):
                raise Invalid.field("blocked_by", "must be a list of tasks.")
            changes["blocked_by"] = [self._named(each, "blocked_by") for each in row["blocked_by"]]
        return operations.update_task(**self.by, task=self.tasks[number], changes=changes)

    def _named(self, reference: Any, name: str) -> Task:
        number = self.numbers.get(str(reference).upper())
        if number is None:
            return self.reader.task(reference, name)
        if number in self.known or number in self.errors:
            raise _hangs_on(number, name)
        return self.tasks[number]
