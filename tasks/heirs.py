"""Who has a team's work when the person whose name is on it goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from accounts.models import TeamMember


def heir_of(team_id: UUID, without: Collection[UUID]) -> TeamMember | None:
    """The member who comes next: the owner, then admins, members and viewers, the longest in first."""
    others = TeamMember.objects.filter(team=team_id).exclude(user__in=without)
    return others.select_related("user").by_rank().first()


def passed_on(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """What happens to projects when their owner is deleted: a team's pass to its next member, others go."""
    of_teams: dict[UUID, list[Any]] = defaultdict(list)
    gone: list[Any] = []
    for project in sub_objs.defer(None):
        (of_teams[project.team_id] if project.team_id else gone).append(project)
    for team_id, projects in of_teams.items():
        heir = heir_of(team_id, {project.owner_id for project in projects})
        if heir is None:
            gone += projects
        else:
            collector.add_field_update(field, heir.user, projects)
    if gone:
        collector.collect(gone, source=field.remote_field.model, source_attr=field.name, nullable=field.null)
