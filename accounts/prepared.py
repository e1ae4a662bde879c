"""The cursor that compiled reads use on PostgreSQL. Imported only there: a SQLite server needs no driver."""

from __future__ import annotations

from typing import Any, Self

import psycopg
from django.conf import settings


class PreparedCursor(psycopg.Cursor[Any]):
    """Plans each statement once for a connection, and takes values in binary."""

    # A server that pools connections itself may give the next statement to another session.
    prepare = settings.DATABASE_POOL > 0

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        return super().execute(query, params, prepare=self.prepare, binary=True, **options)
