"""SQL that is worth compiling once: reads with named slots, and the writing of one row.

Building and compiling the SQL is most of what a small query costs through the ORM. A read is still written
as a queryset, so that `visible_to` and its like stay the only place that knows who sees what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection, connections, models
from django.db.models import Expression, Field, QuerySet
from django.db.models.query import get_related_populators

from accounts.cursors import statement_cursor

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
        return f"{column} {among()}", [*params, self]

    def bind(self, values: Iterable[Any]) -> Any:
        """Ids may also be given as the driver has them."""
        if connection.vendor == "postgresql":
            return list_of(values)
        return list_of(each.hex if isinstance(each, UUID) else each for each in values)


def among(mark: str = "%s") -> str:
    """The condition that a column is one of those in `list_of(…)`, which takes one parameter."""
    return (
        f"= ANY({mark})" if connection.vendor == "postgresql" else f"IN (SELECT value FROM json_each({mark}))"
    )


def list_of(values: Iterable[Any]) -> Any:
    """Values, as the driver has them, for one parameter."""
    return list(values) if connection.vendor == "postgresql" else orjson.dumps(list(values)).decode()


class _Compiled(NamedTuple):
    make: Callable[[tuple[Any, ...]], Any]
    sql: str
    params: Sequence[Any]
    names: Sequence[str]
    converters: Sequence[tuple[int, Converter]]


class Statement:
    """A read compiled on its first use, from the queryset that `make` gives.

    `instance` and `instances` give rows of the model, all others those of a `.values_list(…)`; `records` has
    a dict for each row that `JSONRenderer` takes as it is. The values of the slots are given by name.
    `by_id` says that the rows are picked by their ids.
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

        `params` are for what comes after it.
        """
        compiled = self._ready()
        around = compiled._replace(sql=sql.format(compiled.sql), params=[*compiled.params, *params])
        return self._run(around, None, 0, slots)

    def instance(self, **slots: Any) -> Any:
        """The first row as an instance of the model, with what the queryset selects beside it; or None."""
        found = self.instances(**slots)
        return found[0] if found else None

    def instances(self, *, limit: int | None = None, **slots: Any) -> list[Any]:
        """All of its rows so."""
        compiled = self._ready()
        return [compiled.make(row) for row in self._run(compiled, limit, 0, slots, prepared=False)]

    def _run(
        self,
        compiled: _Compiled,
        limit: int | None,
        offset: int,
        slots: dict[str, Any],
        *,
        prepared: bool = True,
    ) -> list[tuple[Any, ...]]:
        params = _bound(compiled.params, slots)
        sql, end = compiled.sql, []
        if limit is not None:
            sql, end = f"{sql} LIMIT %s OFFSET %s", [limit, offset]
        return fetch(sql, [*params, *end], prepared=prepared)

    def _ready(self) -> _Compiled:
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = _compile(self._make())
            if self._by_id and connection.vendor == "sqlite":
                # It would go through all that an owner has, rather than look up a list of ids; it never
                # reorders a CROSS JOIN.
                compiled = compiled._replace(sql=compiled.sql.replace(" INNER JOIN ", " CROSS JOIN "))
            self._compiled[connection.vendor] = compiled
        return compiled


class Update:
    """An UPDATE of the rows that `make` gives, compiled on its first use, with slots as a `Statement`.

    `values` are those of `.update(…)`; `run` answers with the column `returning` of each row it changed, as
    the driver has it.
    """

    def __init__(self, make: Callable[[], QuerySet], *, returning: str = "id", **values: Any) -> None:
        self._make = make
        self._returning = returning
        self._values = values
        self._compiled: dict[str, tuple[str, Sequence[Any]]] = {}

    def run(self, **slots: Any) -> list[Any]:
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = self._compile()
        sql, params = compiled
        return [row[0] for row in fetch(sql, _bound(params, slots))]

    def _compile(self) -> tuple[str, Sequence[Any]]:
        query: Any = self._make().query.chain(models.sql.UpdateQuery)
        query.add_update_values(self._values)
        query.clear_ordering(force=True)
        sql, params = query.get_compiler(connection=connection).as_sql()
        return f"{sql} RETURNING {connection.ops.quote_name(self._returning)}", params


def _bound(params: Sequence[Any], slots: dict[str, Any]) -> list[Any]:
    return [each.bind(slots[each.name]) if isinstance(each, Slot | OneOf) else each for each in params]


def _maker(compiler: Any) -> Callable[[tuple[Any, ...]], Any]:
    """Makes an instance of a row, as Django's own ModelIterable does."""
    places = compiler.klass_info["select_fields"]
    columns = slice(places[0], places[-1] + 1)
    names = [column.target.attname for column, _, _ in compiler.select[columns]]
    beside = get_related_populators(compiler.klass_info, compiler.select, "default")  # type: ignore[call-arg]
    converters = compiler.get_converters([column for column, _, _ in compiler.select])

    def make(found: tuple[Any, ...]) -> Any:
        row = next(iter(compiler.apply_converters([found], converters)))
        instance = compiler.klass_info["model"].from_db("default", names, row[columns])
        for related in beside:
            related.populate(row, instance)
        return instance

    return make


def _no_instances(found: tuple[Any, ...]) -> Any:
    raise TypeError("This statement reads values, not instances.")


def insert(row: models.Model) -> None:
    """What `row.save(force_insert=True)` does, without its signals."""
    counted = row.pk is None
    values = [save(row, True) for field, save in _saved(type(row)) if not (counted and field.primary_key)]
    with statement_cursor() as cursor:
        cursor.execute(_insertion(type(row), counted), values)
        if counted:
            row.pk = cursor.fetchall()[0][0]
    row._state.adding, row._state.db = False, "default"


def update(row: models.Model, *names: str) -> None:
    """What `row.save(update_fields=names)` does, and for all fields without names; without its signals.

    A relation goes by its name or its id's. Name what has changed: SQLite writes each column's indexes anew.
    """
    changed, key = [], None
    for field, save in _saved(type(row)):
        if field.primary_key:
            key = save(row, False)
        elif not names or field.name in names or field.attname in names:
            changed.append((field.column, save(row, False)))
    sql = _updating(type(row), tuple(column for column, _ in changed))
    with statement_cursor() as cursor:
        cursor.execute(sql, [*(value for _, value in changed), key])


Save = Callable[[models.Model, bool], Any]


def _saved(model: type[models.Model]) -> Sequence[tuple[Any, Save]]:
    """Each column's field, and what makes the driver's value of a row and of whether it is new."""
    return _saved_in(model, connections["default"].vendor)


@cache
def _saved_in(model: type[models.Model], vendor: str) -> Sequence[tuple[Any, Save]]:
    return [(field, _saver(field, vendor)) for field in model._meta.concrete_fields]


def _saver(field: Any, vendor: str) -> Save:
    """What `get_db_prep_save` comes to; most of a small write went into finding that out for each value."""
    name, target = field.attname, field.target_field if field.is_relation else field

    def ask_field(row: models.Model, add: bool) -> Any:
        return field.get_db_prep_save(field.pre_save(row, add), connections["default"])

    def as_it_is(row: models.Model, add: bool) -> Any:
        return getattr(row, name)

    def digits(row: models.Model, add: bool) -> Any:
        value = getattr(row, name)
        return value.hex if type(value) is UUID else value and ask_field(row, add)

    def same_id(row: models.Model, add: bool) -> Any:
        value = getattr(row, name)
        return value if type(value) is UUID else value and ask_field(row, add)

    if type(target) is models.UUIDField:
        return digits if vendor == "sqlite" else same_id
    return as_it_is if type(field) in (models.CharField, models.TextField) else ask_field


@cache
def _insertion(model: type[models.Model], counted: bool) -> str:
    """For a row whose key the database counts, it gives the key."""
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not (counted and field.primary_key)]
    columns, marks = ", ".join(quote(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"
    return f"{sql} RETURNING {quote(str(model._meta.pk.column))}" if counted else sql


@cache
def _updating(model: type[models.Model], columns: tuple[str, ...]) -> str:
    quote, key = connection.ops.quote_name, model._meta.pk
    assert key is not None
    pairs = ", ".join(f"{quote(column)} = %s" for column in columns)
    return f"UPDATE {quote(model._meta.db_table)} SET {pairs} WHERE {quote(str(key.column))} = %s"


def fetch(sql: str, params: Sequence[Any], *, prepared: bool = True) -> list[tuple[Any, ...]]:
    """The rows of a read that the ORM has no words for; PostgreSQL plans it once if it is `prepared`."""
    with statement_cursor() if prepared else connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()  # type: ignore[no-any-return]


def _compile(rows: QuerySet) -> _Compiled:
    compiler = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    names = list(rows.query.selected or ())
    if not names:
        return _Compiled(_maker(compiler), sql, params, (), ())
    converters: list[tuple[int, Converter]] = []
    for place, (column, (text, _), alias) in enumerate(compiler.select[: len(names)]):
        field = column.output_field
        if isinstance(field, models.DateTimeField) and connection.vendor == "sqlite":
            sql = _as_text(sql, place + 1, text, alias)
            converters.append((place, _iso))
        elif convert := _converter(field):
            converters.append((place, convert))
    return _Compiled(_no_instances, sql, params, names, converters)


def _as_text(sql: str, number: int, column: str, alias: str) -> str:
    """The query with a column as an expression: it has no declared type then, and SQLite's driver does not
    parse what becomes text again at once. The order stays that of the column itself, which has an index."""
    sql = sql.replace(f'{column} AS "{alias}"', f"({column} || '') AS \"{alias}\"", 1)
    head, by, order = sql.rpartition(" ORDER BY ")
    return head + by + re.sub(rf"\b{number} (ASC|DESC)", rf"{column} \1", order) if by else sql


def _converter(field: Field) -> Converter | None:
    if isinstance(field, models.JSONField):
        return orjson.loads if connection.vendor == "sqlite" else None
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
    if pk is None or connection.vendor == "postgresql":
        return UUID(pk) if isinstance(pk, str) else pk
    return pk.hex if isinstance(pk, UUID) else pk.replace("-", "")


def id_text(pk: Any) -> str:
    """A UUID as the driver has it, in the form that people and programs know."""
    if isinstance(pk, UUID):
        return str(pk)
    return f"{pk[:8]}-{pk[8:12]}-{pk[12:16]}-{pk[16:20]}-{pk[20:]}"
