"""Which tasks are the newest or oldest, by index alone: the order of lists unless another is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection

from accounts.statements import THE_USER, Slot, Statement, among, list_of
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
        statuses = [list_of(self.statuses)] if self.statuses else []
        priorities = [list_of(self.priorities)] if self.priorities else []
        within = [limit + offset] if connection.vendor == "postgresql" else []
        sql = _page(connection.vendor, bool(statuses), bool(priorities), self.oldest_first)
        params = [states, *statuses, *priorities, *within, limit, offset]
        if project is None:
            rows = _ALL.inside(sql, *params, user=user.pk)
        else:
            rows = _ONE.inside(sql, *params, user=user.pk, project=project.pk)
        ((total, ids),) = rows
        return int(total), orjson.loads(ids) if isinstance(ids, str) else ids


@cache
def _page(vendor: str, by_status: bool, by_priority: bool, oldest_first: bool) -> str:
    # In one row: the total is there also for a page beyond the end.
    way = "ASC" if oldest_first else "DESC"
    total = total_of("IN (SELECT id FROM visible)")
    return f"WITH visible(id) AS ({{}}) SELECT ({total}), {_IDS[vendor](by_status, by_priority, way)}"


# The first of each project (and status), then the first of those: no planner has to guess whether somebody
# has many tasks or few.
def _postgresql(by_status: bool, by_priority: bool, way: str) -> str:
    return f"""ARRAY(
        SELECT t.id FROM visible
        {"CROSS JOIN unnest(%s::text[]) AS s(status)" if by_status else ""} CROSS JOIN LATERAL (
            SELECT id, created_at FROM tasks_task WHERE project_id = visible.id AND deleted_at IS NULL
            {"AND status = s.status" if by_status else ""} {f"AND priority {among()}" if by_priority else ""}
            ORDER BY created_at {way}, id {way} LIMIT %s
        ) t ORDER BY t.created_at {way}, t.id {way} LIMIT %s OFFSET %s)"""


# In the order of the index, SQLite itself stops in each project after as many as are wanted.
def _sqlite(by_status: bool, by_priority: bool, way: str) -> str:
    return f"""(SELECT json_group_array(id) FROM (
        SELECT id FROM tasks_task INDEXED BY {"task_by_status" if by_status else "task_by_age"}
        WHERE project_id IN (SELECT id FROM visible) AND deleted_at IS NULL
        {f"AND status {among()}" if by_status else ""} {f"AND priority {among()}" if by_priority else ""}
        ORDER BY created_at {way}, id {way} LIMIT %s OFFSET %s))"""


_IDS = {"postgresql": _postgresql, "sqlite": _sqlite}
