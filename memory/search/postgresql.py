"""Search on PostgreSQL: a text search vector generated from `tokens`, under a GIN index."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import connections, models
from django.db.models.expressions import RawSQL

from accounts.statements import Slot, fetch

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
FREQUENCIES = f"""SELECT (
    SELECT count(*) FROM (
        SELECT FROM memory_recallentry WHERE search @@ asked.word::tsquery LIMIT {COUNTED}) AS found
    ) FROM unnest(%s::text[]) WITH ORDINALITY AS asked (word, place) ORDER BY place"""
# An array, which is made first: joined to the scope, a planner without statistics reads the whole project.
MATCHING = """memory_recallentry.id = ANY(ARRAY(
    SELECT held.id FROM memory_recallentry AS held WHERE held.search @@ %s::tsquery))"""


class PostgreSQLSearch:
    def __init__(self, alias: str) -> None:
        self._alias = alias

    def frequencies(self, tokens: Collection[int]) -> Mapping[int, int]:
        rows = fetch(FREQUENCIES, [[_word(each) for each in tokens]])
        return {token: count for token, (count,) in zip(tokens, rows, strict=True) if count}

    def describe(self) -> str:
        with connections[self._alias].cursor() as cursor:
            cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            row = cursor.fetchone()
        # Measured in benchmarks/results/recall.md: as many entries as are ranked whole are compared in less
        # time here than pgvector takes, with or without its index.
        unused = f"; pgvector {row[0]} is installed, and not needed" if row else ""
        return f"words by PostgreSQL under GIN; meaning by vectors compared in this process{unused}"

    def matching(self) -> RawSQL:
        return RawSQL(MATCHING, [Slot("asked", models.TextField())], output_field=models.BooleanField())

    def any_of(self, tokens: Collection[int]) -> str:
        return " | ".join(map(_word, tokens))


def _word(token: int) -> str:
    return f"'{token:08x}'"
