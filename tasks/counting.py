"""Exact counts between instants, of any zone, from counters that are kept by days and hours of UTC.

An instant is reached by the days before the nearest midnight of UTC, then by hours forward or back from
there, then by the tasks themselves for what is left of an hour.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.statements import fetch, key_of, list_of
from tasks.tally import Figure, hour_of

Counts = Counter[Any]
Counted = Callable[[], Counts]

# What a count is kept apart by. Its key is (project, bucket, assignee), None for those that do not matter.
PROJECT, BUCKET, ASSIGNEE = 1, 2, 4
NO_END = 2**31 - 1

_OPEN = "AND t.status IN ('todo', 'in_progress')"
_DATED = {
    Figure.DUE_DAY: ("due_at", "task_by_due_at", _OPEN),
    Figure.DONE_DAY: ("completed_at", "task_by_completed_at", ""),
    Figure.MADE_DAY: ("created_at", "task_by_age", ""),
    Figure.AGE_DAY: ("created_at", "task_by_age", _OPEN),
}
_SPANS = {
    "postgresql": """
        FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
            AS s(figure, low, high, apart, number)
        CROSS JOIN LATERAL (
            SELECT * FROM tasks_tasktally
            WHERE project_id = ANY(%s) AND figure = s.figure AND bucket >= s.low AND bucket < s.high OFFSET 0
        ) t""",
    # CROSS JOIN keeps the order, so that each span is looked up in the index.
    "sqlite": """
        FROM (SELECT column1 AS figure, column2 AS low, column3 AS high, column4 AS apart, column5 AS number
              FROM ({values})) s
        CROSS JOIN json_each(%s) p CROSS JOIN tasks_tasktally t ON t.project_id = p.value
            AND t.figure = s.figure AND t.bucket >= s.low AND t.bucket < s.high""",
}
_ID = {"postgresql": "uuid", "sqlite": "text"}
_RESTS = {
    "postgresql": """
        FROM unnest(%s::int[], %s::timestamptz[], %s::timestamptz[]) AS r(number, low, high)
        CROSS JOIN unnest(%s::uuid[]) AS p(id)""",
    "sqlite": """
        FROM (SELECT n.value AS number, low.value AS low, high.value AS high
              FROM json_each(%s) n JOIN json_each(%s) low USING (key) JOIN json_each(%s) high USING (key)) r
        CROSS JOIN (SELECT value AS id FROM json_each(%s)) p""",
}


class _Span(NamedTuple):
    figure: int
    low: int
    high: int
    apart: int


class _Rest(NamedTuple):
    figure: Figure
    low: datetime
    high: datetime


class _Cut(NamedTuple):
    """An instant: the midnight nearest to it, the hour it lies in, and from there what is left."""

    day: int
    hour: int
    rest: tuple[datetime, datetime] | None

    @classmethod
    def at(cls, instant: datetime) -> _Cut:
        utc = instant.astimezone(UTC)
        hour, full = hour_of(utc), utc.replace(minute=0, second=0, microsecond=0)
        return cls((hour + 12) // 24, hour, (full, utc) if utc != full else None)


class _Part(NamedTuple):
    """What a span or a rest counts, added or taken away."""

    sign: int
    counts: dict[int, Counts]
    number: int

    def less(self) -> _Part:
        return self._replace(sign=-self.sign)


class Counting:
    """Counts the tasks of some projects, all that is asked for in two queries.

    Each question answers with a function that gives the counts once `read` was called. The caller answers for
    the projects being visible to whoever asks.
    """

    def __init__(self, projects: Iterable[UUID]) -> None:
        self._projects = list_of(map(key_of, projects))
        self._spans: dict[_Span, int] = {}
        self._rests: dict[_Rest, int] = {}
        # The figures of which some rest is kept apart by project; all others come as one row for each rest.
        self._apart: set[Figure] = set()
        self._of_span: dict[int, Counts] = defaultdict(Counter)
        self._of_rest: dict[int, Counts] = defaultdict(Counter)

    def buckets(self, figure: Figure, low: int = 0, high: int = NO_END, *, apart: int = 0) -> Counted:
        """A figure's buckets from `low` up to, and not with, `high`."""
        number = self._number(_Span(int(figure), low, high, apart))
        return lambda: self._of_span[number]

    def between(
        self, figure: Figure, start: datetime | None, end: datetime | None, *, apart: int = 0
    ) -> Counted:
        """A figure by days, from `start` up to, and not with, `end`; None is as early or late as can be."""
        first, last = (_Cut.at(instant) if instant else None for instant in (start, end))
        days = self.buckets(figure, first.day if first else 0, last.day if last else NO_END, apart=apart)
        before, after = self._from_midnight(figure, first, apart), self._from_midnight(figure, last, apart)
        parts = [*after, *(part.less() for part in before)]
        return lambda: _sum(days(), parts, in_one=not apart & PROJECT)

    def each_between(self, figure: Figure, instants: Sequence[datetime]) -> Callable[[], list[int]]:
        """A figure by days, between each of `instants` and the next."""
        cuts = [_Cut.at(instant) for instant in instants]
        days = self.buckets(figure, cuts[0].day, cuts[-1].day, apart=BUCKET)
        edges = [self._from_midnight(figure, cut, 0) for cut in cuts]

        def counted() -> list[int]:
            by_day = days()
            over = [sum(part.sign * part.counts[part.number].total() for part in edge) for edge in edges]
            return [
                sum(by_day[None, day, None] for day in range(cut.day, following.day)) + after - before
                for (cut, following), (before, after) in zip(pairwise(cuts), pairwise(over), strict=True)
            ]

        return counted

    def read(self) -> None:
        """Counts all that was asked for."""
        if self._spans:
            for number, *key, count in fetch(*self._spans_query()):
                self._of_span[number][tuple(key)] = int(count)
        if self._rests:
            for number, project, count in fetch(*self._rests_query()):
                self._of_rest[number][project, None, None] = int(count)

    def _from_midnight(self, figure: Figure, cut: _Cut | None, apart: int) -> list[_Part]:
        """What lies between the cut's midnight and the cut; negative when the cut is the earlier."""
        found = []
        midnight = cut.day * 24 if cut else 0
        if cut and cut.hour != midnight:
            low, high = sorted((midnight, cut.hour))
            number = self._number(_Span(figure + 1, low, high, apart))
            found.append(_Part(1 if cut.hour > midnight else -1, self._of_span, number))
        if cut and cut.rest:
            number = self._rests.setdefault(_Rest(figure, *cut.rest), len(self._rests))
            if apart & PROJECT:
                self._apart.add(figure)
            found.append(_Part(1, self._of_rest, number))
        return found

    def _number(self, span: _Span) -> int:
        return self._spans.setdefault(span, len(self._spans))

    def _spans_query(self) -> tuple[str, list[Any]]:
        sql = f"""
            SELECT s.number, {_kept(PROJECT, "t.project_id")}, {_kept(BUCKET, "t.bucket")},
                {_kept(ASSIGNEE, "t.assignee_id")}, SUM(t.count)
            {_SPANS[connection.vendor]}
            GROUP BY 1, 2, 3, 4"""
        if connection.vendor == "postgresql":
            columns = zip(*[(*span, n) for span, n in self._spans.items()], strict=True)
            return sql, [*map(_array, columns), self._projects]
        # Numbers of our own, in the text: binding each of them takes longer than reading them.
        values = ", ".join(f"({', '.join(map(str, span))}, {n})" for span, n in self._spans.items())
        return sql.replace("{values}", f"VALUES {values}"), [self._projects]

    def _rests_query(self) -> tuple[str, list[Any]]:
        queries, params = [], []
        adapt = connection.ops.adapt_datetimefield_value
        in_list = _array if connection.vendor == "postgresql" else list_of
        for figure in {rest.figure: None for rest in self._rests}:
            column, index, condition = _DATED[figure]
            project = "p.id" if figure in self._apart else f"CAST(NULL AS {_ID[connection.vendor]})"
            # SQLite would rather look through all of a project than trust in a range that it cannot see.
            hint = f"INDEXED BY {index}" if connection.vendor == "sqlite" else ""
            queries.append(
                f"""SELECT r.number, {project}, SUM((
                    SELECT COUNT(*) FROM tasks_task t {hint}
                    WHERE t.project_id = p.id AND t.deleted_at IS NULL {condition}
                    AND t.{column} >= r.low AND t.{column} < r.high
                )) {_RESTS[connection.vendor]} GROUP BY 1, 2"""
            )
            rests = [(rest, n) for rest, n in self._rests.items() if rest.figure == figure]
            params += [
                in_list(n for _, n in rests),
                in_list(adapt(rest.low) for rest, _ in rests),
                in_list(adapt(rest.high) for rest, _ in rests),
                self._projects,
            ]
        return " UNION ALL ".join(queries), params


def _kept(apart: int, column: str) -> str:
    return f"CASE WHEN s.apart & {apart} = {apart} THEN {column} END"


def _sum(counts: Counts, parts: Iterable[_Part], *, in_one: bool) -> Counts:
    total = Counter(counts)
    for part in parts:
        for key, count in part.counts[part.number].items():
            total[key] += part.sign * count
    return Counter({(None, None, None): total.total()}) if in_one else total


def _array(values: Iterable[object]) -> str:
    """An array as PostgreSQL writes it: the driver takes 5 microseconds for each number of a list."""
    return "{" + ",".join(map(str, values)) + "}"
