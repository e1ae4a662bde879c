"""SQL that is worth compiling once: reads with named slots.

Building and compiling the SQL is most of what a small query costs through the ORM. A read is still written
as a queryset, so that `visible_to` and its like stay the only place that knows who sees what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection, models
from django.db.models import Expression, Field, QuerySet

from accounts.cursors import statement_cursor, vendor
from accounts.rows import RowMaker, Write

Converter = Callable[[Any], Any]
Given = Sequence[tuple[str, Converter, Sequence[int]]]


class Slot(Expression):
    """A value that is given when the statement runs: `.filter(pk=Slot("task"))`."""

    def __init__(self, name: str, output_field: Field | None = None) -> None:
        super().__init__(output_field=output_field or models.UUIDField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def bind(self, value: Any) -> Any:
        if isinstance(self.output_field, models.UUIDField):
            return key_of(value)
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
        return f"{column} {among()}", [*params, self]

    def bind(self, values: Iterable[Any]) -> Any:
        """Ids may also be given as the driver has them."""
        if vendor() == "postgresql":
            return list_of(values)
        return list_of(each.hex if isinstance(each, UUID) else each for each in values)


def among(mark: str = "%s") -> str:
    """The condition that a column is one of those in `list_of(…)`, which takes one parameter."""
    return f"= ANY({mark})" if vendor() == "postgresql" else f"IN (SELECT value FROM json_each({mark}))"


def list_of(values: Iterable[Any]) -> Any:
    """Values, as the driver has them, for one parameter."""
    return list(values) if vendor() == "postgresql" else orjson.dumps(list(values)).decode()


class _Compiled(NamedTuple):
    """`given` are the places in `params` of the values that come by name, each bound once."""

    make: Callable[[tuple[Any, ...]], Any]
    sql: str
    params: Sequence[Any]
    given: Given
    names: Sequence[str]
    converters: Sequence[tuple[int, Converter]]


class Statement:
    """A read compiled on its first use, from the queryset that `make` gives.

    `instance` and `instances` give rows of the model, all others those of a `.values_list(…)`; `records` has
    a dict for each row that `JSONRenderer` takes as it is. The values of the slots are given by name.
    `by_id` says that its own rows are picked first, by their ids or by the id of what they belong to.
    """

    def __init__(self, make: Callable[[], QuerySet], *, by_id: bool = False) -> None:
        self._make = make
        self._by_id = by_id
        self._compiled: dict[str, _Compiled] = {}

    def records(self, *, limit: int | None = None, offset: int = 0, **slots: Any) -> list[dict[str, Any]]:
        names = self._ready().names
        found = self.values(limit=limit, offset=offset, **slots)
        return [dict(zip(names, values, strict=True)) for values in found]

    def values(self, *, limit: int | None = None, offset: int = 0, **slots: Any) -> list[list[Any]]:
        """Those of `records` without their names."""
        compiled = self._ready()
        found = [list(row) for row in self._run(compiled, limit, offset, slots)]
        for place, convert in compiled.converters:
            for values in found:
                if values[place] is not None:
                    values[place] = convert(values[place])
        return found

    def rows(self, *, limit: int | None = None, offset: int = 0, **slots: Any) -> list[tuple[Any, ...]]:
        """The bare rows, as the database's driver gives them."""
        return self._run(self._ready(), limit, offset, slots)

    def value(self, **slots: Any) -> Any:
        """The first column of the first row, or None."""
        rows = self._run(self._ready(), None, 0, slots)
        return rows[0][0] if rows else None

    def inside(self, sql: str, *params: Any, **slots: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement that holds this one where `sql` has `{}`, such as an UPDATE of its rows.

        `params` are for what comes after it, and may be slots.
        """
        compiled = self._ready()
        around = compiled._replace(sql=sql.format(compiled.sql))
        if params:
            every = [*compiled.params, *params]
            around = around._replace(params=every, given=_given(every))
        return self._run(around, None, 0, slots)

    def writing(self, sql: str, **slots: Any) -> Write:
        """Such a statement, to be written with others."""
        compiled = self._ready()
        params = _bound(compiled.params, compiled.given, slots)
        return Write(sql.format(compiled.sql), params, returns=True)

    def instance(self, **slots: Any) -> Any:
        """The first row as an instance of the model, with what the queryset selects beside it; or None."""
        found = self.instances(**slots)
        return found[0] if found else None

    def instances(self, *, limit: int | None = None, **slots: Any) -> list[Any]:
        """All of its rows so."""
        compiled = self._ready()
        return [compiled.make(row) for row in self._run(compiled, limit, 0, slots)]

    def _run(
        self, compiled: _Compiled, limit: int | None, offset: int, slots: dict[str, Any]
    ) -> list[tuple[Any, ...]]:
        params = _bound(compiled.params, compiled.given, slots)
        if limit is None:
            return fetch(compiled.sql, params)
        return fetch(f"{compiled.sql} LIMIT %s OFFSET %s", [*params, limit, offset])

    def _ready(self) -> _Compiled:
        compiled = self._compiled.get(vendor())
        if compiled is None:
            compiled = _compile(self._make())
            if self._by_id and vendor() == "sqlite":
                # It would go through all that an owner has, and sort, rather than look up ids or follow an
                # index; it never reorders a CROSS JOIN.
                compiled = compiled._replace(sql=compiled.sql.replace(" INNER JOIN ", " CROSS JOIN "))
            self._compiled[vendor()] = compiled
        return compiled


class Update:
    """An UPDATE of the rows that `make` gives, compiled on its first use, with slots as a `Statement`.

    `values` are those of `.update(…)`; `run` answers with the columns `returning` of each row it changed, as
    the driver has them.
    """

    def __init__(
        self, make: Callable[[], QuerySet], *, returning: Sequence[str] = ("id",), **values: Any
    ) -> None:
        self._make = make
        self._returning = returning
        self._values = values
        self._compiled: dict[str, tuple[str, Sequence[Any], Given]] = {}

    def run(self, **slots: Any) -> list[tuple[Any, ...]]:
        compiled = self._compiled.get(vendor())
        if compiled is None:
            compiled = self._compiled[vendor()] = self._compile()
        sql, params, given = compiled
        return fetch(sql, _bound(params, given, slots))

    def _compile(self) -> tuple[str, Sequence[Any], Given]:
        query: Any = self._make().query.chain(models.sql.UpdateQuery)
        query.add_update_values(self._values)
        query.clear_ordering(force=True)
        sql, params = query.get_compiler(connection=connection).as_sql()
        columns = ", ".join(map(connection.ops.quote_name, self._returning))
        return f"{sql} RETURNING {columns}", params, _given(params)


def _bound(params: Sequence[Any], given: Given, slots: dict[str, Any]) -> list[Any]:
    values = list(params)
    for name, bind, places in given:
        value = bind(slots[name])
        for place in places:
            values[place] = value
    return values


def _no_instances(found: tuple[Any, ...]) -> Any:
    raise TypeError("This statement reads values, not instances.")


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a read that the ORM has no words for; PostgreSQL plans it once for a connection."""
    with statement_cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()  # type: ignore[no-any-return]


def _compile(rows: QuerySet) -> _Compiled:
    compiler = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    given = _given(params)
    names = list(rows.query.selected or ())
    if not names:
        return _Compiled(RowMaker(compiler), sql, params, given, (), ())
    converters: list[tuple[int, Converter]] = []
    for place, (column, (text, _), alias) in enumerate(compiler.select[: len(names)]):
        field = column.output_field
        if isinstance(field, models.DateTimeField) and vendor() == "sqlite":
            sql = _as_text(sql, place + 1, text, alias)
            converters.append((place, _iso))
        elif convert := _converter(field):
            converters.append((place, convert))
    return _Compiled(_no_instances, sql, params, given, names, converters)


def _given(params: Sequence[Any]) -> Given:
    places: dict[tuple[str, type], list[int]] = {}
    binders: dict[tuple[str, type], Converter] = {}
    for place, each in enumerate(params):
        if isinstance(each, Slot | OneOf):
            value = each.name, type(each.output_field)
            places.setdefault(value, []).append(place)
            binders[value] = each.bind
    return [(name, binders[name, kind], found) for (name, kind), found in places.items()]


def _as_text(sql: str, number: int, column: str, alias: str) -> str:
    """The query with a column as an expression: it has no declared type then, and SQLite's driver does not
    parse what becomes text again at once. The order stays that of the column itself, which has an index."""
    sql = sql.replace(f'{column} AS "{alias}"', f"({column} || '') AS \"{alias}\"", 1)
    head, by, order = sql.rpartition(" ORDER BY ")
    return head + by + re.sub(rf"\b{number} (ASC|DESC)", rf"{column} \1", order) if by else sql


def _converter(field: Field) -> Converter | None:
    if isinstance(field, models.JSONField):
        return orjson.loads if vendor() == "sqlite" else None
    if isinstance(field, models.ForeignKey):
        return _converter(field.target_field)
    return id_text if isinstance(field, models.UUIDField) else None


def _iso(text: str) -> str:
    # SQLite keeps UTC as `2026-11-22 06:51:10.123456`.
    return f"{text[:10]}T{text[11:]}Z"


def instant(value: Any) -> datetime:
    """A time as a statement gives it, text or not, in UTC."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def key_of(pk: Any) -> Any:
    """An id as the database has it: SQLite keeps 32 digits."""
    if pk is None or vendor() == "postgresql":
        return UUID(pk) if isinstance(pk, str) else pk
    return pk.hex if isinstance(pk, UUID) else pk.replace("-", "")


def id_text(pk: Any) -> str:
    """A UUID as the driver has it, in the form that people and programs know."""
    if isinstance(pk, UUID):
        return str(pk)
    return f"{pk[:8]}-{pk[8:12]}-{pk[12:16]}-{pk[16:20]}-{pk[20:]}"
