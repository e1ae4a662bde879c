"""`python -m api_reference.fill TASKLORE_DATABASE_URL`: copies Tasklore's rows afresh, and prints a token for
`me`. On PostgreSQL they go into the schema `reference` of the same database, on SQLite into a file beside it.
"""

import hashlib
import secrets
import sys

from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from api_reference.database import SQLITE, engine
from api_reference.models import ApiToken, User

DUE = (
    "coalesce(t.due_at, t.due_date || ' 00:00:00')"
    if SQLITE
    else "coalesce(t.due_at, t.due_date::timestamp AT TIME ZONE 'UTC')"
)
COPIES = {
    "user": ("id, created_at, username", "FROM {source}accounts_user"),
    "project": ("id, created_at, owner_id, key, name", "FROM {source}tasks_project WHERE deleted_at IS NULL"),
    "task": (
        "id, created_at, owner_id, project_id, title, description, status, priority, due_date, labels,"
        " updated_at, completed_at, deleted_at",
        "t.id, t.created_at, p.owner_id, t.project_id, t.title, t.description, t.status, t.priority,"
        f" {DUE}, t.labels, t.updated_at, t.completed_at, t.deleted_at"
        " FROM {source}tasks_task t JOIN {source}tasks_project p ON p.id = t.project_id",
    ),
    "conversation": ("id, created_at, user_id, title", "FROM {source}chat_conversation"),
    "message": (
        "id, created_at, conversation_id, role, content, tokens_used",
        "FROM {source}chat_message",
    ),
}


def main(source_url: str) -> None:
    if not SQLITE:
        with engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA IF NOT EXISTS reference"))
    SQLModel.metadata.drop_all(engine)
    SQLModel.metadata.create_all(engine)
    with engine.connect() as connection:
        if SQLITE:
            connection.execute(
                text("ATTACH :path AS tasklore"), {"path": source_url.removeprefix("sqlite:///")}
            )
        for table, (columns, rows) in COPIES.items():
            rows = rows.format(source="tasklore." if SQLITE else "public.")
            selected = f"{columns} {rows}" if rows.startswith("FROM") else rows
            connection.execute(text(f'INSERT INTO "{table}" ({columns}) SELECT {selected}'))
        connection.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if SQLITE else "VACUUM ANALYZE"))
    secret = secrets.token_urlsafe(32)
    with Session(engine) as session:
        me = session.exec(select(User).where(User.username == "me")).one()
        session.add(ApiToken(user_id=me.id, hashed=hashlib.sha256(secret.encode()).hexdigest()))
        session.commit()
    print(secret)


if __name__ == "__main__":
    main(sys.argv[1])
