"""What recall says about itself to an operator."""

from __future__ import annotations

import pytest
from django.db import connection

from memory import search

pytestmark = pytest.mark.django_db


def test_it_says_what_it_uses() -> None:
    said = search.describe()
    assert ("FTS5" in said) == (connection.vendor == "sqlite")
    assert ("GIN" in said) == (connection.vendor == "postgresql")
    assert "vectors compared in this process" in said


@pytest.mark.skipif(connection.vendor != "postgresql", reason="pgvector is PostgreSQL's")
def test_it_says_that_pgvector_is_there() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
        if not cursor.fetchone()[0]:
            pytest.skip("this server has no pgvector")
        assert "pgvector" not in search.describe()
        cursor.execute("CREATE EXTENSION vector")
    assert "pgvector" in search.describe()
