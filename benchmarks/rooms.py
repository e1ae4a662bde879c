"""A database to measure memory on: the one that DATABASE_URL names, or a SQLite file that goes away."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent

if TYPE_CHECKING:
    from accounts.models import User


@contextmanager
def measured_database(*, max_items: int) -> Iterator[User]:
    """Django on a migrated database, and a user of our own, who is deleted at the end."""
    # Two threads for a matrix of this size cost more than they bring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["MAX_MEMORY_ITEMS"] = str(max_items)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["ENV_FILE"] = os.devnull
    os.environ["DEBUG"] = "1"
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/db.sqlite3")
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        settings.DEBUG = False  # with it on, Django keeps every query
        call_command("migrate", verbosity=0)
        from accounts.models import User

        user = User.objects.create_user(username=f"measured-{uuid4().hex[:8]}", timezone="UTC")
        try:
            print(f"Database: {connection.vendor}")
            yield user
        finally:
            user.delete()
            connection.close()


def without_vectors() -> None:
    """From here on nothing is embedded, neither what is stored nor what is asked."""
    from memory import candidates, embeddings, indexing, recall, vectors

    for module in (candidates, indexing, recall, vectors):
        module.embedder = embeddings.NoEmbedder  # type: ignore[attr-defined]
