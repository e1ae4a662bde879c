"""The cursor that compiled reads use on PostgreSQL. Imported only there: a SQLite server needs no driver."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count
from typing import Any, Self

import orjson
import psycopg
from django.conf import settings
from psycopg.types.json import set_json_loads

# For values in binary; the ORM takes the text and reads it itself.
set_json_loads(orjson.loads)


class PreparedCursor(psycopg.RawCursor[Any]):
    """Plans each statement once for a connection, and takes values in binary."""

    # A server that pools connections itself may give the next statement to another session.
    prepare = settings.DATABASE_POOL > 0

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        return super().execute(_numbered(query), params, prepare=self.prepare, binary=True, **options)


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> bytes:
    """With `$1` for `%s`: psycopg would read each long statement anew, which took a tenth of a new task."""
    numbers = count(1)
    return re.sub("%[s%]", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", sql).encode()
