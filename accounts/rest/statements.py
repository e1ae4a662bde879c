"""Reads that are worth compiling once: a queryset becomes SQL with named slots, and its rows become JSON.

Building and compiling the SQL is most of what a small read costs through the ORM. A statement is still
written as a queryset, so that `visible_to` and its like stay the only place that knows who sees what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection, models
from django.db.models import Expression, Field, QuerySet

Converter = Callable[[Any], Any]


class Slot(Expression):
    """A value that is given when the statement runs: `.filter(pk=Slot("task"))`."""

    def __init__(self, name: str, output_field: Field | None = None) -> None:
        super().__init__(output_field=output_field or models.UUIDField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def bind(self, value: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection)


# Where a queryset asks for a person: `Task.objects.visible_to(THE_USER)`; run with `user=actor.pk`.
THE_USER: Any = Slot("user")


class OneOf(Expression):
    """Whether a column holds one of a slot's values: `.filter(OneOf("project_id", "projects"))`."""

    conditional = True

    def __init__(self, column: Any, name: str) -> None:
        super().__init__(output_field=models.BooleanField())
        self.column: Any = models.F(column) if isinstance(column, str) else column
        self.name = name

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = compiler.compile(self.column)
        wanted = "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
        return f"{column} {wanted}", [*params, self]

    def bind(self, values: Iterable[Any]) -> Any:
        """Ids may also be given as the driver has them."""
        if connection.vendor == "postgresql":
            return list(values)
        return orjson.dumps([each.hex if isinstance(each, UUID) else each for each in values]).decode()


class _Compiled(NamedTuple):
    sql: str
    params: Sequence[Any]
    names: Sequence[str]
    converters: Sequence[tuple[int, Converter]]


class Statement:
    """A read compiled on its first use. `make` gives a queryset that ends in `.values_list(…)`.

    `records` answers with a dict for each row that `JSONRenderer` takes as it is. The values of the slots
    are given by name.
    """

    def __init__(self, make: Callable[[], QuerySet]) -> None:
        self._make = make
        self._compiled: dict[str, _Compiled] = {}

    def records(self, *, limit: int | None = None, offset: int = 0, **slots: Any) -> list[dict[str, Any]]:
        compiled = self._ready()
        names, converters = compiled.names, compiled.converters
        found = []
        for row in self._run(compiled, limit, offset, slots):
            values = list(row)
            for place, convert in converters:
                value = values[place]
                if value is not None:
                    values[place] = convert(value)
            found.append(dict(zip(names, values, strict=True)))
        return found

    def rows(self, *, limit: int | None = None, offset: int = 0, **slots: Any) -> list[tuple[Any, ...]]:
        """The bare rows, as the database's driver gives them."""
        return self._run(self._ready(), limit, offset, slots)

    def value(self, **slots: Any) -> Any:
        """The first column of the first row, or None."""
        rows = self._run(self._ready(), None, 0, slots)
        return rows[0][0] if rows else None

    def _run(
        self, compiled: _Compiled, limit: int | None, offset: int, slots: dict[str, Any]
    ) -> list[tuple[Any, ...]]:
        params = [
            each.bind(slots[each.name]) if isinstance(each, Slot | OneOf) else each
            for each in compiled.params
        ]
        sql, end = compiled.sql, []
        if limit is not None:
            sql, end = f"{sql} LIMIT %s OFFSET %s", [limit, offset]
        return fetch(sql, [*params, *end])

    def _ready(self) -> _Compiled:
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = _compile(self._make())
        return compiled


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a read that the ORM has no words for; PostgreSQL plans it once, as a Statement."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()  # type: ignore[no-any-return]


def _cursor() -> Any:
    if connection.vendor != "postgresql":
        return connection.cursor()
    from accounts.rest.prepared import PreparedCursor

    connection.ensure_connection()
    return connection._prepare_cursor(PreparedCursor(connection.connection))  # type: ignore[attr-defined]


def _compile(rows: QuerySet) -> _Compiled:
    compiler = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    names = list(rows.query.selected or ())
    columns = [column.output_field for column, _, _ in compiler.select[: len(names)]]
    found = ((place, _converter(field)) for place, field in enumerate(columns))
    return _Compiled(sql, params, names, [(place, convert) for place, convert in found if convert])


def _converter(field: Field) -> Converter | None:
    if isinstance(field, models.JSONField):
        return orjson.Fragment if connection.vendor == "sqlite" else None
    if isinstance(field, models.ForeignKey):
        return _converter(field.target_field)
    return id_text if isinstance(field, models.UUIDField) else None


def id_text(pk: Any) -> str:
    """A UUID as the driver has it, in the form that people and programs know."""
    if isinstance(pk, UUID):
        return str(pk)
    return f"{pk[:8]}-{pk[8:12]}-{pk[12:16]}-{pk[16:20]}-{pk[20:]}"
