"""Search on SQLite: an FTS5 table over `tokens`, kept by triggers, with its vocabulary as a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import connections, models
from django.db.models.expressions import RawSQL

from accounts.statements import Slot

CREATE = [
    """CREATE VIRTUAL TABLE memory_recall_fts USING fts5(
        tokens, content='memory_recallentry', content_rowid='id', tokenize='ascii',
        detail='none', columnsize=0)""",
    "CREATE VIRTUAL TABLE memory_recall_vocabulary USING fts5vocab('memory_recall_fts', 'row')",
    """CREATE TRIGGER memory_recall_added AFTER INSERT ON memory_recallentry BEGIN
        INSERT INTO memory_recall_fts (rowid, tokens) VALUES (new.id, new.tokens);
    END""",
    """CREATE TRIGGER memory_recall_deleted AFTER DELETE ON memory_recallentry BEGIN
        INSERT INTO memory_recall_fts (memory_recall_fts, rowid, tokens)
            VALUES ('delete', old.id, old.tokens);
    END""",
    """CREATE TRIGGER memory_recall_changed AFTER UPDATE OF tokens ON memory_recallentry BEGIN
        INSERT INTO memory_recall_fts (memory_recall_fts, rowid, tokens)
            VALUES ('delete', old.id, old.tokens);
        INSERT INTO memory_recall_fts (rowid, tokens) VALUES (new.id, new.tokens);
    END""",
    "INSERT INTO memory_recall_fts (memory_recall_fts) VALUES ('rebuild')",
]
DROP = [
    "DROP TRIGGER memory_recall_added",
    "DROP TRIGGER memory_recall_deleted",
    "DROP TRIGGER memory_recall_changed",
    "DROP TABLE memory_recall_vocabulary",
    "DROP TABLE memory_recall_fts",
]


class SQLiteSearch:
    def __init__(self, alias: str) -> None:
        self._alias = alias

    def frequencies(self, tokens: Collection[int]) -> Mapping[int, int]:
        if not tokens:
            return {}
        with connections[self._alias].cursor() as cursor:
            # Each term is looked up by itself: an IN list makes fts5vocab read its whole vocabulary.
            cursor.execute(
                " UNION ALL ".join(
                    ["SELECT term, doc FROM memory_recall_vocabulary WHERE term = %s"] * len(tokens)
                ),
                [f"{each:08x}" for each in tokens],
            )
            return {int(term, 16): count for term, count in cursor.fetchall()}

    def describe(self) -> str:
        return "words by SQLite's FTS5; meaning by vectors compared in this process"

    def matching(self) -> models.Q:
        found = "SELECT rowid FROM memory_recall_fts WHERE memory_recall_fts MATCH %s"
        return models.Q(id__in=RawSQL(found, [Slot("asked", models.TextField())]))

    def any_of(self, tokens: Collection[int]) -> str:
        return " OR ".join(f'"{each:08x}"' for each in tokens)
