"""Which tasks are the newest or oldest, by index alone: the order of lists unless another is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection

from accounts.statements import THE_USER, Slot, Statement, among, key_of, list_of
from tasks.models import Project
from tasks.tally import PRIORITIES, STATUSES, states_of, total_of

if TYPE_CHECKING:
    from accounts.models import User

_ALL = Statement(lambda: Project.objects.visible_to(THE_USER).order_by().values_list("id"))
_ONE = Statement(
    lambda: Project.objects.visible_to(THE_USER).filter(pk=Slot("project")).order_by().values_list("id")
)


@dataclass(frozen=True, slots=True)
class ByAge:
    """Tasks out of the trash, of some statuses and priorities, by when they were made."""

    statuses: Sequence[str] = ()
    priorities: Sequence[str] = ()
    oldest_first: bool = False

    def page(self, user: User, project: Project | None, *, limit: int, offset: int) -> tuple[int, list[Any]]:
        """How many there are in `project`, or in all that `user` sees, and the ids of a page of them.

        The ids are as the database's driver has them.
        """
        states = list_of(states_of(self.statuses or STATUSES, self.priorities or PRIORITIES))
        narrowed = [list_of(names) for names in (self.statuses, self.priorities) if names]
        # What is shared with somebody alone is in none of their projects, and in no counter of those.
        shared = [] if project else [key_of(user.pk), *narrowed]
        within = [limit + offset] if connection.vendor == "postgresql" else []
        asked = (bool(self.statuses), bool(self.priorities), self.oldest_first, bool(shared))
        sql = _page(connection.vendor, *asked)
        params = [*shared, states, *narrowed, *within, limit, offset]
        if project is None:
            rows = _ALL.inside(sql, *params, user=user.pk)
        else:
            rows = _ONE.inside(sql, *params, user=user.pk, project=project.pk)
        ((total, ids),) = rows
        return int(total), orjson.loads(ids) if isinstance(ids, str) else ids


@cache
def _page(vendor: str, by_status: bool, by_priority: bool, oldest_first: bool, with_shared: bool) -> str:
    # In one row: the total is there also for a page beyond the end.
    way = "ASC" if oldest_first else "DESC"
    total = f"({total_of('IN (SELECT id FROM visible)')})"
    known = "visible(id) AS ({})"
    if with_shared:
        known += f", shared(id, created_at) AS ({_shared(by_status, by_priority)})"
        total += " + (SELECT COUNT(*) FROM shared)"
    return f"WITH {known} SELECT {total}, {_IDS[vendor](by_status, by_priority, way, with_shared)}"


def _shared(by_status: bool, by_priority: bool) -> str:
    return f"""
        SELECT t.id, t.created_at FROM tasks_taskshare s JOIN tasks_task t ON t.id = s.task_id
        JOIN tasks_project p ON p.id = t.project_id
        WHERE s.user_id = %s AND t.deleted_at IS NULL AND p.deleted_at IS NULL
        AND t.project_id NOT IN (SELECT id FROM visible)
        {f"AND t.status {among()}" if by_status else ""}
        {f"AND t.priority {among()}" if by_priority else ""}"""


_AND_SHARED = "UNION ALL SELECT id, created_at FROM shared"


# The first of each project (and status), then the first of those: no planner has to guess whether somebody
# has many tasks or few.
def _postgresql(by_status: bool, by_priority: bool, way: str, with_shared: bool) -> str:
    return f"""ARRAY(SELECT id FROM (
        SELECT t.id, t.created_at FROM visible
        {"CROSS JOIN unnest(%s::text[]) AS s(status)" if by_status else ""} CROSS JOIN LATERAL (
            SELECT id, created_at FROM tasks_task WHERE project_id = visible.id AND deleted_at IS NULL
            {"AND status = s.status" if by_status else ""} {f"AND priority {among()}" if by_priority else ""}
            ORDER BY created_at {way}, id {way} LIMIT %s
        ) t {_AND_SHARED if with_shared else ""}
        ) AS found ORDER BY created_at {way}, id {way} LIMIT %s OFFSET %s)"""


# In the order of the index, SQLite itself stops in each project after as many as are wanted, and so it does
# in each part of a UNION that is ordered as a whole.
def _sqlite(by_status: bool, by_priority: bool, way: str, with_shared: bool) -> str:
    return f"""(SELECT json_group_array(id) FROM (
        SELECT id, created_at FROM tasks_task INDEXED BY {"task_by_status" if by_status else "task_by_age"}
        WHERE project_id IN (SELECT id FROM visible) AND deleted_at IS NULL
        {f"AND status {among()}" if by_status else ""} {f"AND priority {among()}" if by_priority else ""}
        {_AND_SHARED if with_shared else ""}
        ORDER BY created_at {way}, id {way} LIMIT %s OFFSET %s))"""


_IDS = {"postgresql": _postgresql, "sqlite": _sqlite}
