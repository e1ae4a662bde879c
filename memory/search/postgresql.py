"""Search on PostgreSQL: a text search vector generated from `tokens`, under a GIN index."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import connections, models

# No text search parser: it would read 9e560123 as a number and a rest. No fastupdate: every search would read
# the whole list of what waits to be indexed.
CREATE = [
    """ALTER TABLE memory_recallentry ADD COLUMN search tsvector
        GENERATED ALWAYS AS (array_to_tsvector(string_to_array(tokens, ' '))) STORED""",
    "CREATE INDEX recall_by_token ON memory_recallentry USING gin (search) WITH (fastupdate = off)",
]
DROP = [
    "DROP INDEX recall_by_token",
    "ALTER TABLE memory_recallentry DROP COLUMN search",
]
# Beyond this many entries a word is common, however many more there are.
COUNTED = 5_000


class PostgreSQLSearch:
    def __init__(self, alias: str) -> None:
        self._alias = alias

    def frequencies(self, project_id: UUID, tokens: Collection[int]) -> Mapping[int, int]:
        one = """SELECT %s, count(*) FROM (
            SELECT 1 FROM memory_recallentry WHERE search @@ %s::tsquery LIMIT %s) AS found"""
        values = [value for each in tokens for value in (each, f"'{each:08x}'", COUNTED)]
        with connections[self._alias].cursor() as cursor:
            cursor.execute(" UNION ALL ".join([one] * len(tokens)), values)
            return {int(token): count for token, count in cursor.fetchall() if count}

    def describe(self) -> str:
        with connections[self._alias].cursor() as cursor:
            cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            row = cursor.fetchone()
        # Measured in benchmarks/results/recall.md: as many entries as are ranked whole are compared in less
        # time here than pgvector takes, with or without its index.
        unused = f"; pgvector {row[0]} is installed, and not needed" if row else ""
        return f"words by PostgreSQL under GIN; meaning by vectors compared in this process{unused}"

    def matching(self, tokens: Collection[int]) -> models.Q:
        query = " | ".join(f"'{each:08x}'" for each in tokens)
        with connections[self._alias].cursor() as cursor:
            # By itself: joined to the scope, a planner without statistics reads the whole project first.
            cursor.execute("SELECT id FROM memory_recallentry WHERE search @@ %s::tsquery", [query])
            return models.Q(id__in=[row[0] for row in cursor.fetchall()])
