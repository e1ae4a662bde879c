"""The figures of a dashboard, each counted in the database, all in one query."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from tasks.models import Project, Task
from tasks.querysets import OPEN_STATUSES, day_bounds

if TYPE_CHECKING:
    from accounts.models import User


def figures(*, actor: User, project: Project | None, now: datetime) -> dict[str, int]:
    """Counts over `project`, or over all that the actor sees; `now`'s zone says what a day is.

    `due_this_week` counts today and the six days after, `done_last_7_days` today and the six before.
    """
    zone: ZoneInfo = now.tzinfo  # type: ignore[assignment]
    today = now.date()
    last = today + timedelta(days=6)
    start, end = day_bounds(today, zone)
    week_end, week_ago = day_bounds(last, zone)[1], day_bounds(today - timedelta(days=6), zone)[0]
    is_open = Q(status__in=OPEN_STATUSES)
    tasks = Task.objects.visible_to(actor).kept()
    if project is not None:
        tasks = tasks.filter(project=project)
    return tasks.aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & (Q(due_date__lt=today) | Q(due_at__lt=now))),
        due_today=Count("pk", filter=is_open & (Q(due_date=today) | Q(due_at__gte=start, due_at__lt=end))),
        due_this_week=Count(
            "pk",
            filter=is_open & (Q(due_date__range=(today, last)) | Q(due_at__gte=start, due_at__lt=week_end)),
        ),
        done_last_7_days=Count("pk", filter=Q(completed_at__gte=week_ago)),
    )
