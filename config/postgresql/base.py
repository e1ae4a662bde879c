from __future__ import annotations

from time import monotonic
from typing import Any, Self

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from config.postgresql.patience import PatientConnection

TRUSTED_SECONDS = 1.0


class SchemaEditor(DatabaseSchemaEditor):
    """A migration takes as long as it needs, but waits for a lock as others do: they wait behind it."""

    def __enter__(self) -> Self:
        super().__enter__()
        if not self.collect_sql:
            self.execute(f"SET {'LOCAL' if self.atomic_migration else 'SESSION'} statement_timeout = 0")
        return self

    def __exit__(self, *failure: Any) -> None:
        super().__exit__(*failure)
        if not self.collect_sql and not self.atomic_migration:
            self.execute("RESET statement_timeout")


class DatabaseWrapper(base.DatabaseWrapper):
    """Sees to it that a server which was away costs a process one failed request, and not one for
    each of its connections.

    The pool's own check waits 1, 2, 4, … seconds between the dead connections that it finds. Here the first
    dead one has all others checked: those in the pool at once, those that threads keep before their next use.
    A connection that was at work within the last second is taken as alive: the check is a round trip.
    """

    SchemaEditorClass = SchemaEditor
    doubted_at = 0.0
    proved_at = 0.0

    @property
    def errors_occurred(self) -> bool:
        return self._errors_occurred

    @errors_occurred.setter
    def errors_occurred(self, value: bool) -> None:
        # Set at the moment of the error: by the time of the close, other requests have met theirs.
        self._errors_occurred = value
        if value and self.connection is not None and self.connection.broken:
            self._doubt_all()

    def connect(self) -> None:
        super().connect()
        # Not by CONN_HEALTH_CHECKS, which turns on the pool's own check as well.
        self.health_check_enabled = True
        self.proved_at = monotonic()

    @property
    def pool(self) -> Any:
        options = self.settings_dict["OPTIONS"].get("pool")
        if isinstance(options, dict):
            options.setdefault("connection_class", PatientConnection)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if self.pool and monotonic() - getattr(connection, "given_back_at", 0) > TRUSTED_SECONDS:
            try:
                self.pool.check_connection(connection)
            except psycopg.OperationalError:
                self.pool.putconn(connection)
                self._doubt_all()
                return super().get_new_connection(conn_params)
        return connection

    def close_if_health_check_failed(self) -> None:
        # Never with a transaction open or just ended: the check would begin another one there.
        if self.proved_at < DatabaseWrapper.doubted_at and self.autocommit:
            self.proved_at = monotonic()
            self.health_check_done = False
        # Past Django's own, which checks nothing with a pool: a thread may keep what the pool gave it.
        super(base.DatabaseWrapper, self).close_if_health_check_failed()

    def _close(self) -> None:
        connection = self.connection
        found_dead = connection is not None and connection.broken and not self.errors_occurred
        if connection is not None:
            connection.given_back_at = monotonic()
        super()._close()  # type: ignore[misc]
        if found_dead:
            self._doubt_all()

    def _doubt_all(self) -> None:
        DatabaseWrapper.doubted_at = monotonic()
        if self.pool and not self.pool.closed:
            self.pool.check()
