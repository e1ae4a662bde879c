"""The figures of a dashboard, from counters: what they cost does not grow with the number of tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Team, User
from accounts.statements import OneOf, Slot, Statement, id_text, key_of
from tasks.counting import ASSIGNEE, BUCKET, PROJECT, Counted, Counting, Counts
from tasks.models import Project, Task
from tasks.querysets import day_bounds
from tasks.tally import STATES, Figure, last_count

Json = dict[str, Any]
Figures = dict[str, Counted]

STATUSES, PRIORITIES = Task.Status.values, Task.Priority.values
# How many days, today included, make each age; what is older comes last.
AGES = (("day", 1), ("week", 7), ("month", 30), ("quarter", 90))

MOST_RECENT = 256
_RECENT: dict[Any, Json] = {}

_PROJECTS = Statement(
    lambda: Project.objects.visible_to(Slot("user")).values_list("id", "key", "name", "team_id")  # type: ignore[arg-type]
)
_NAMES = Statement(lambda: User.objects.filter(OneOf("id", "users")).values_list("id", "username"))


def figures(*, actor: User, project: Project | None, now: datetime) -> dict[str, int]:
    """Counts over `project`, or over all that the actor sees; `now`'s zone says what a day is.

    `due_this_week` counts today and the six days after, `done_last_7_days` today and the six before.
    """
    counting = Counting(pk for pk, _, _ in _seen(actor, project))
    asked = _headline(counting, now)
    counting.read()
    return {name: counted().total() for name, counted in asked.items()}


def dashboard(
    *, actor: User, project: Project | None, team: Team | None = None, now: datetime, days: int = 14
) -> Json:
    """All figures over `project`, over `team`'s projects, or over all that the actor sees, as JSON; `now`'s
    zone says what a day is.

    Beside those of `figures`: tasks by status; open ones by priority, by assignee and by age in days (created
    today, in 7, 30 or 90 days, today included, or before); each project's; and what was created and done on
    each of the last `days` days, today included. Tasks in the trash do not count.
    """
    seen = tuple(_seen(actor, project, team))
    # What no counter has changed since, in this second, is the same.
    key = (seen, str(now.tzinfo), now.replace(microsecond=0), days, last_count())
    found = _RECENT.get(key)
    if found is None:
        found = _counted(seen, now, days)
        if len(_RECENT) >= MOST_RECENT:
            _RECENT.clear()
        _RECENT[key] = found
    return found


def _counted(seen: Sequence[tuple[Any, str, str]], now: datetime, days: int) -> Json:
    keys = [pk for pk, _, _ in seen]
    counting = Counting(keys)
    asked = _headline(counting, now)
    states = counting.buckets(Figure.STATE, apart=PROJECT | BUCKET)
    assignees = counting.buckets(Figure.ASSIGNEE, apart=ASSIGNEE)
    per_day = _per_day(counting, now, days)
    ages = _ages(counting, now)
    counting.read()
    counted = {name: counts() for name, counts in asked.items()}
    return {
        "timezone": str(now.tzinfo),
        **{name: counts.total() for name, counts in counted.items()},
        "by_status": {status: _with(states(), [status], PRIORITIES, keys) for status in STATUSES},
        "by_priority": {priority: _with(states(), Task.OPEN, [priority], keys) for priority in PRIORITIES},
        "by_project": [
            {
                "id": id_text(pk),
                "project": key,
                "name": name,
                "open": counted["open"][pk, None, None],
                "overdue": counted["overdue"][pk, None, None],
                "done": _with(states(), [Task.Status.DONE], PRIORITIES, [pk]),
            }
            for pk, key, name in seen
        ],
        "by_assignee": _by_assignee(assignees()),
        "by_age": ages(counted["open"].total()),
        "per_day": per_day(),
    }


def projects_seen(actor: User, teams: Iterable[Team]) -> dict[str, str]:
    """Each project that the actor sees, by name: its id, and its name with that of its team in `teams`.

    Two teams may have projects of the same key and name.
    """
    of_team = {key_of(team.pk): f" · {team.name}" for team in teams}
    rows: list[Any] = _PROJECTS.rows(user=actor.pk)
    named = [(id_text(pk), name + of_team.get(team_id, "")) for pk, _, name, team_id in rows]
    return dict(sorted(named, key=lambda pair: pair[1].casefold()))


def _seen(actor: User, project: Project | None, team: Team | None = None) -> list[tuple[Any, str, str]]:
    rows: list[Any] = _PROJECTS.rows(user=actor.pk)
    return [
        (pk, key, name)
        for pk, key, name, team_id in rows
        if (project is None or pk == key_of(project.pk)) and (team is None or team_id == key_of(team.pk))
    ]


def _headline(counting: Counting, now: datetime) -> Figures:
    start, end = _bounds(now, 0, 0)
    week_end, week_ago = _bounds(now, 0, 6)[1], _bounds(now, -6, 0)[0]
    today = now.date().toordinal()

    def due(first_day: int, end_day: int, start: datetime | None, end: datetime) -> Counted:
        dates = counting.buckets(Figure.DUE_DATE, first_day, end_day, apart=PROJECT)
        times = counting.between(Figure.DUE_DAY, start, end, apart=PROJECT)
        return lambda: dates() + times()

    return {
        "open": counting.buckets(Figure.ASSIGNEE, apart=PROJECT),
        "overdue": due(0, today, None, now),
        "due_today": due(today, today + 1, start, end),
        "due_this_week": due(today, today + 7, start, week_end),
        "done_last_7_days": counting.between(Figure.DONE_DAY, week_ago, None),
    }


def _per_day(counting: Counting, now: datetime, days: int) -> Callable[[], list[Json]]:
    dates = [now.date() + timedelta(days=n) for n in range(1 - days, 1)]
    instants = [_bounds(now, n, n)[0] for n in range(1 - days, 2)]
    created = counting.each_between(Figure.MADE_DAY, instants)
    done = counting.each_between(Figure.DONE_DAY, instants)
    return lambda: [
        {"date": day.isoformat(), "created": made, "done": finished}
        for day, made, finished in zip(dates, created(), done(), strict=True)
    ]


def _ages(counting: Counting, now: datetime) -> Callable[[int], dict[str, int]]:
    since = [_bounds(now, 1 - days, 0)[0] for _, days in AGES]
    asked = [
        counting.between(Figure.AGE_DAY, start, end)
        for start, end in zip(since, [None, *since[:-1]], strict=True)
    ]

    def counted(every: int) -> dict[str, int]:
        found = {name: counts().total() for (name, _), counts in zip(AGES, asked, strict=True)}
        # What is older fills many days: it is what remains.
        return {**found, "older": every - sum(found.values())}

    return counted


def _bounds(now: datetime, first: int, last: int) -> tuple[datetime, datetime]:
    """From the start of the day `first` days after today to the end of that `last` days after."""
    zone: ZoneInfo = now.tzinfo  # type: ignore[assignment]
    today = now.date()
    start, _ = day_bounds(today + timedelta(days=first), zone)
    return start, day_bounds(today + timedelta(days=last), zone)[1]


def _with(counts: Counts, statuses: Sequence[str], priorities: Sequence[str], projects: Sequence[Any]) -> int:
    states = [number for state, number in STATES.items() if state[0] in statuses and state[1] in priorities]
    return sum(counts[project, state, None] for project, state in product(projects, states))


def _by_assignee(counts: Counts) -> list[Json]:
    """Those with the most open tasks first; no assignee at all is null."""
    people = {pk: count for (_, _, pk), count in counts.items() if count}
    names = dict(_NAMES.rows(users=[pk for pk in people if pk])) if set(people) - {None} else {}
    rows = [{"assignee": names.get(pk), "open": count} for pk, count in people.items()]
    return sorted(rows, key=lambda row: (-row["open"], row["assignee"] or ""))
