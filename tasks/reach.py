"""Which projects and tasks a person reaches, as conditions on a column: what `visible_to` is made of.

Each names the ids first, and the rows by them: with an OR across a join PostgreSQL reads the whole table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from django.db.models import BooleanField, Expression, F

from accounts.access import MANAGERS, READERS, WRITERS
from accounts.statements import Slot, fetch, key_of

Right = Literal["read", "write", "manage"]

_ROLES: dict[str, Sequence[str]] = {"read": READERS, "write": WRITERS, "manage": MANAGERS}
_PERMISSIONS: dict[str, Sequence[str]] = {"read": ("view", "edit"), "write": ("edit",)}
# Not INNER JOIN, which a `Statement` by id rewrites.
_PROJECTS = """
    SELECT id FROM tasks_project WHERE owner_id = %s AND team_id IS NULL {kept}
    UNION ALL SELECT tasks_project.id FROM accounts_teammember m
    JOIN tasks_project ON tasks_project.team_id = m.team_id
    WHERE m.user_id = %s AND m.role IN ({roles}) {kept}"""
_SHARED = """
    SELECT s.task_id FROM tasks_taskshare s JOIN tasks_task t ON t.id = s.task_id
    JOIN tasks_project ON tasks_project.id = t.project_id
    WHERE s.user_id = %s AND s.permission IN ({permissions}) {kept}"""
_KEPT = "AND tasks_project.deleted_at IS NULL"


class _Reached(Expression):
    """Whether a column holds one of the ids that a query for one person gives."""

    conditional = True
    joined = False

    def __init__(self, column: Any, user: Any, sql: str) -> None:
        super().__init__(output_field=BooleanField())
        self.column: Any = F(column) if isinstance(column, str) else column
        self.user = user if isinstance(user, Slot) else key_of(user.pk)
        self.sql = sql

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = compiler.compile(self.column)
        people = [self.user] * self.sql.count("%s")
        # An array is read once, and asked of an index; a subquery inside an OR is not. Alone, it is joined.
        as_array = connection.vendor == "postgresql" and not self.joined
        form = "{} = ANY(ARRAY({}))" if as_array else "{} IN ({})"
        return form.format(column, self.sql), [*params, *people]


class ReachesProject(_Reached):
    """Whether `column` holds the id of a project in which `user` has a right: their own, or a team's."""

    def __init__(self, column: Any, user: Any, right: Right = "read", *, trashed: bool = False) -> None:
        super().__init__(column, user, projects_sql(right, trashed=trashed))


class InProjectsOf(ReachesProject):
    """The same for many rows, where it stands alone and not inside an OR."""

    joined = True


class HasShare(_Reached):
    """Whether `column` holds the id of a task that was shared with `user` alone."""

    def __init__(self, column: Any, user: Any, right: Right = "read") -> None:
        permissions = _quoted(_PERMISSIONS[right])
        super().__init__(column, user, _SHARED.format(permissions=permissions, kept=_KEPT))


class ReachesTeam(_Reached):
    """Whether `column` holds the id of a team that `user` is in."""

    def __init__(self, column: Any, user: Any) -> None:
        super().__init__(column, user, "SELECT team_id FROM accounts_teammember WHERE user_id = %s")


def has_shares(user: Any) -> bool:
    """Whether anything is shared with `user` alone."""
    return bool(fetch("SELECT 1 FROM tasks_taskshare WHERE user_id = %s LIMIT 1", [key_of(user.pk)]))


def in_a_team(user: Any) -> bool:
    return bool(fetch("SELECT 1 FROM accounts_teammember WHERE user_id = %s LIMIT 1", [key_of(user.pk)]))


def projects_sql(right: Right = "read", *, trashed: bool = False) -> str:
    """The ids of those projects; the person's id is its two parameters."""
    return _PROJECTS.format(roles=_quoted(_ROLES[right]), kept="" if trashed else _KEPT)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
