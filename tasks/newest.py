"""Which tasks are the newest or oldest, by index alone: the order of lists unless another is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

from accounts.statements import fetch
from tasks.tally import PRIORITIES, STATUSES, key_of, list_of, task_count


@dataclass(frozen=True, slots=True)
class ByAge:
    """Tasks out of the trash, of some statuses and priorities, by when they were made."""

    statuses: Sequence[str] = ()
    priorities: Sequence[str] = ()
    oldest_first: bool = False

    def count(self, project_ids: Iterable[Any]) -> int:
        """In these projects, which must be visible to whoever asks."""
        return task_count(project_ids, self.statuses or STATUSES, self.priorities or PRIORITIES)

    def ids(self, project_ids: Iterable[Any], *, limit: int, offset: int) -> list[Any]:
        """As the database's driver has them."""
        projects = list_of(map(key_of, project_ids))
        statuses = [list_of(self.statuses)] if self.statuses else []
        priorities = [list_of(self.priorities)] if self.priorities else []
        within = [limit + offset] if connection.vendor == "postgresql" else []
        sql = _SQL[connection.vendor](bool(statuses), bool(priorities), self.oldest_first)
        return [pk for (pk,) in fetch(sql, [projects, *statuses, *priorities, *within, limit, offset])]


# The first of each project (and status), then the first of those: no planner has to guess whether somebody
# has many tasks or few.
@cache
def _postgresql(by_status: bool, by_priority: bool, oldest_first: bool) -> str:
    way = "ASC" if oldest_first else "DESC"
    return f"""
        SELECT t.id FROM unnest(%s::uuid[]) AS p(id)
        {"CROSS JOIN unnest(%s::text[]) AS s(status)" if by_status else ""} CROSS JOIN LATERAL (
            SELECT id, created_at FROM tasks_task WHERE project_id = p.id AND deleted_at IS NULL
            {"AND status = s.status" if by_status else ""} {"AND priority = ANY(%s)" if by_priority else ""}
            ORDER BY created_at {way}, id {way} LIMIT %s
        ) t ORDER BY t.created_at {way}, t.id {way} LIMIT %s OFFSET %s"""


# In the order of the index, SQLite itself stops in each project after as many as are wanted.
@cache
def _sqlite(by_status: bool, by_priority: bool, oldest_first: bool) -> str:
    way = "ASC" if oldest_first else "DESC"
    among = "IN (SELECT value FROM json_each(%s))"
    return f"""
        SELECT id FROM tasks_task INDEXED BY {"task_by_status" if by_status else "task_by_age"}
        WHERE project_id {among} AND deleted_at IS NULL
        {f"AND status {among}" if by_status else ""} {f"AND priority {among}" if by_priority else ""}
        ORDER BY created_at {way}, id {way} LIMIT %s OFFSET %s"""


_SQL = {"postgresql": _postgresql, "sqlite": _sqlite}
