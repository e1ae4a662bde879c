"""Single rows without the machinery of a model, most of what a small write costs: made, and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection, connections, models
from django.db.models.base import ModelState

from accounts.cursors import statement_cursor, vendor

__all__ = [
    "RowMaker", "Write", "insert", "inserting", "inserting_told", "made", "reference", "update", "updating",
    "updating_seen", "write", "write_told",
]  # fmt: skip

Model = TypeVar("Model", bound=models.Model)
Row = tuple[Any, ...]
Save = Callable[[models.Model, bool], Any]


def made(model: type[Model], **values: Any) -> Model:
    """What `model(**values)` is: not saved yet, with the defaults of the fields that are not named.

    A relation goes by its name, with a row or None, or by its id's. Without the model's signals.
    """
    row = _blank(model)
    cached = row._state.fields_cache
    for field in model._meta.concrete_fields:
        name, key = field.name, field.attname
        if key in values:
            value = values.pop(key)
        elif name in values:
            value = cached[name] = values.pop(name)
            if value is not None:
                value = value.pk
        else:
            value = field.get_default()
        row.__dict__[key] = value
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}.")
    return row


def reference(model: type[Model], pk: UUID) -> Model:
    """The row with this id, of which nothing else is read until it is asked for."""
    return _read(model, {"id": pk})


def _read(model: type[Model], fields: dict[str, Any]) -> Model:
    row = _blank(model)
    row._state.adding, row._state.db = False, "default"
    row.__dict__.update(fields)
    return row


def _blank(model: type[Model]) -> Model:
    row = model.__new__(model)
    row._state = ModelState()
    return row


class RowMaker:
    """Makes an instance of a compiled query's row, with its related rows and annotations."""

    def __init__(self, compiler: Any) -> None:
        self._converters = [
            (place, convert, expression)
            for place, (converts, expression) in compiler.get_converters(
                [column for column, _, _ in compiler.select]
            ).items()
            for convert in converts
            if not (vendor() == "postgresql" and isinstance(expression.output_field, models.JSONField))
        ]
        self._annotations = list(compiler.annotation_col_map.items())
        self._make = _maker(compiler, compiler.klass_info)

    def __call__(self, found: Row) -> Any:
        values, database = list(found), connections["default"]
        for place, convert, expression in self._converters:
            values[place] = convert(values[place], expression, database)
        row = self._make(values)
        for name, place in self._annotations:
            setattr(row, name, values[place])
        return row


def _maker(compiler: Any, info: dict[str, Any]) -> Callable[[list[Any]], Any]:
    model, places = info["model"], info["select_fields"]
    names = [compiler.select[place][0].target.attname for place in places]
    columns = slice(places[0], places[-1] + 1)
    key = names.index(model._meta.pk.attname)
    beside = [(_maker(compiler, each), each) for each in info.get("related_klass_infos", ())]

    def make(values: list[Any]) -> Any:
        own = values[columns]
        # An outer join that found nothing.
        if own[key] is None:
            return None
        row = _read(model, dict(zip(names, own, strict=True)))
        for make_related, each in beside:
            related = make_related(values)
            each["local_setter"](row, related)
            if related is not None:
                each["remote_setter"](related, row)
        return row

    return make


class Write(NamedTuple):
    """SQL that writes rows, with `%s` for its values; `returns` says that it has a RETURNING."""

    sql: str
    params: Sequence[Any]
    returns: bool = False


def write(*writes: Write) -> list[Row]:
    """Makes the writes, each of other rows, and answers with what the last returns.

    PostgreSQL gets them as one statement: most of what a small write costs there is going back and forth.
    """
    *others, last = writes
    if others and vendor() == "postgresql":
        sql = _together(tuple(each.sql for each in writes))
        others, last = [], Write(sql, [value for each in writes for value in each.params], last.returns)
    with statement_cursor() as cursor:
        for each in others:
            cursor.execute(each.sql, each.params)
        cursor.execute(last.sql, last.params)
        return cursor.fetchall() if last.returns else []


def write_told(*writes: Write) -> list[Row]:
    """Makes writes that depend on the first one, which returns one row or none, as one statement.

    The others select from `first`, and so write nothing without it. Answers with each row that the last
    returns, behind the columns of the first's. It is a transaction by itself: what the first locks is locked
    no longer than that. PostgreSQL only.
    """
    sql = _telling_all(tuple(each.sql for each in writes))
    with statement_cursor() as cursor:
        cursor.execute(sql, [value for each in writes for value in each.params])
        found: list[Row] = cursor.fetchall()
        return found


@lru_cache(maxsize=512)
def _together(statements: tuple[str, ...]) -> str:
    named = ", ".join(f"w{number} AS ({sql})" for number, sql in enumerate(statements[:-1]))
    return f"WITH {named} {statements[-1]}"


@lru_cache(maxsize=512)
def _telling_all(statements: tuple[str, ...]) -> str:
    first, *others, last = statements
    named = "".join(f"w{number} AS ({sql}), " for number, sql in enumerate(others))
    return f"WITH first AS ({first}), {named}last AS ({last}) SELECT first.*, last.* FROM first, last"


def insert(row: models.Model) -> None:
    """What `row.save(force_insert=True)` does, without its signals."""
    counted = row.pk is None
    found = write(inserting(row))
    if counted:
        row.pk = found[0][0]


def update(row: models.Model, *names: str) -> None:
    write(updating(row, *names))


def inserting(row: models.Model) -> Write:
    """The row's insertion; it returns the key where the database counts it, and the row does not learn it."""
    counted = row.pk is None
    values = _values(row, lambda field: not (counted and field.primary_key))
    return Write(_insertion(type(row), counted), values, returns=counted)


def inserting_told(row: models.Model, told: Mapping[str, str]) -> Write:
    """The row's insertion, for `write_told`; it returns the key.

    `told` has SQL by column: with `first.name` for what the first write returned, and with `%s` for the row's
    own value, or without it.
    """
    values = _values(row, lambda field: "%s" in told.get(field.column, "%s"))
    return Write(_telling(type(row), tuple(told.items())), values, returns=True)


def _values(row: models.Model, wanted: Callable[[Any], bool]) -> list[Any]:
    values = [save(row, True) for field, save in _saved(type(row), vendor()) if wanted(field)]
    row._state.adding, row._state.db = False, "default"
    return values


def updating(row: models.Model, *names: str) -> Write:
    """What `row.save(update_fields=names)` does, and for all fields without names; without its signals.

    A relation goes by its name or its id's. Name what has changed: SQLite writes each column's indexes anew.
    """
    changed, key = [], None
    for field, save in _saved(type(row), vendor()):
        if field.primary_key:
            key = save(row, False)
        elif not names or field.name in names or field.attname in names:
            changed.append((field.column, save(row, False)))
    sql = _updating(type(row), tuple(column for column, _ in changed))
    return Write(sql, [*(value for _, value in changed), key])


def updating_seen(row: models.Model, seen: datetime, *names: str) -> Write:
    """That, if the row was last written at `seen`, for the first of a `write_told`; it returns the key."""
    sql, params, _ = updating(row, *names)
    return Write(f"{sql} AND updated_at = %s RETURNING id", [*params, seen], returns=True)


@cache
def _saved(model: type[models.Model], kind: str) -> Sequence[tuple[Any, Save]]:
    """Each column's field, and what makes the driver's value of a row and of whether it is new."""
    return [(field, _saver(field, kind)) for field in model._meta.concrete_fields]


def _saver(field: Any, kind: str) -> Save:
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

    def utc_text(row: models.Model, add: bool) -> Any:
        value = field.pre_save(row, add)
        if value is None or value.tzinfo is not UTC:
            return value and field.get_db_prep_save(value, connections["default"])
        return str(value.replace(tzinfo=None))

    def instant(row: models.Model, add: bool) -> Any:
        value = field.pre_save(row, add)
        if value is None or value.tzinfo is not None:
            return value
        return field.get_db_prep_save(value, connections["default"])

    if type(target) is models.UUIDField:
        return digits if kind == "sqlite" else same_id
    if type(field) is models.DateTimeField:
        return utc_text if kind == "sqlite" else instant
    return as_it_is if type(field) in (models.CharField, models.TextField) else ask_field


@cache
def _insertion(model: type[models.Model], counted: bool) -> str:
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not (counted and field.primary_key)]
    columns, marks = ", ".join(quote(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"
    return f"{sql} RETURNING {quote(str(model._meta.pk.column))}" if counted else sql


@lru_cache(maxsize=64)
def _telling(model: type[models.Model], told: tuple[tuple[str, str], ...]) -> str:
    quote, ways = connection.ops.quote_name, dict(told)
    columns = [str(field.column) for field in model._meta.concrete_fields]
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))}) "
        f"SELECT {', '.join(ways.get(column, '%s') for column in columns)} FROM first RETURNING id"
    )


@cache
def _updating(model: type[models.Model], columns: tuple[str, ...]) -> str:
    quote, key = connection.ops.quote_name, model._meta.pk
    assert key is not None
    pairs = ", ".join(f"{quote(column)} = %s" for column in columns)
    return f"UPDATE {quote(model._meta.db_table)} SET {pairs} WHERE {quote(str(key.column))} = %s"
