"""Whose a shared conversation is when the person who began it goes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from tasks.heirs import heir_of


def shared_stay(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """When their person is deleted, conversations shared in a team pass to its next member; others go."""
    of_teams: dict[UUID, list[Any]] = defaultdict(list)
    gone: list[Any] = []
    for row in sub_objs.defer(None).select_related("project"):
        (of_teams[row.project.team_id] if row.shared and row.project.team_id else gone).append(row)
    for team_id, rows in of_teams.items():
        heir = heir_of(team_id, {row.user_id for row in rows})
        if heir is None:
            gone += rows
        else:
            collector.add_field_update(field, heir.user, rows)
    if gone:
        collector.collect(gone, source=field.remote_field.model, source_attr=field.name, nullable=field.null)
