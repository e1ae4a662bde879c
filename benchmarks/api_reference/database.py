"""One engine for the process: SQLite in WAL mode, or PostgreSQL, with a pool as large as the thread pool."""

import os
import sqlite3

from sqlalchemy import event
from sqlmodel import create_engine

THREADS = 10
URL = os.environ["REFERENCE_DATABASE_URL"].replace("postgres://", "postgresql+psycopg://", 1)
SQLITE = URL.startswith("sqlite")

engine = create_engine(
    URL,
    pool_size=THREADS,
    max_overflow=0,
    connect_args={"check_same_thread": False, "timeout": 20}
    if SQLITE
    else {"options": "-c search_path=reference"},
)

if SQLITE:

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-20000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
