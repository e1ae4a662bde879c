"""`uvicorn api_reference.app:app`. Each route is one hop to a thread, with one session in it."""

import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import anyio.to_thread
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import func
from sqlmodel import Session, select

from api_reference.database import THREADS, engine
from api_reference.models import (
    OPEN,
    ApiToken,
    Conversation,
    ConversationOut,
    Dashboard,
    Message,
    MessageOut,
    NewTask,
    Page,
    Priority,
    Project,
    Status,
    Task,
    TaskChange,
    TaskOut,
    now,
)

TOKEN_SECONDS = 30
known_tokens: dict[str, tuple[UUID, float]] = {}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield
    engine.dispose()


app = FastAPI(title="Reference", lifespan=lifespan)


async def current_user(given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> UUID:
    hashed = hashlib.sha256(given.credentials.encode()).hexdigest()
    user, until = known_tokens.get(hashed, (None, 0.0))
    if user is None or until < time.monotonic():
        user = await anyio.to_thread.run_sync(owner_of, hashed)
        if user is None:
            raise HTTPException(401, "Unknown token.")
        known_tokens[hashed] = (user, time.monotonic() + TOKEN_SECONDS)
    return user


def owner_of(hashed: str) -> UUID | None:
    with Session(engine) as session:
        return session.exec(select(ApiToken.user_id).where(ApiToken.hashed == hashed)).first()


UserId = Annotated[UUID, Depends(current_user)]
Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0)]


def session() -> Session:
    return Session(engine, expire_on_commit=False)


def tasks_out(*wanted: Any) -> Any:
    """What TaskOut shows, and no more, of the tasks that are wanted."""
    columns = [getattr(Task, name) for name in TaskOut.model_fields if name != "project"]
    return select(*columns, Project.key.label("project")).join(Project).where(*wanted)


def task_of(db: Session, user: UUID, pk: UUID) -> TaskOut:
    row = db.exec(tasks_out(Task.id == pk, Task.owner_id == user, Task.deleted_at.is_(None))).first()
    if row is None:
        raise HTTPException(404, "No such task.")
    return TaskOut.model_validate(row)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/api/tasks/")
def tasks(
    user: UserId,
    limit: Limit = 50,
    offset: Offset = 0,
    status: Status | None = None,
    priority: Priority | None = None,
) -> Page[TaskOut]:
    wanted = [Task.owner_id == user, Task.deleted_at.is_(None)]
    if status:
        wanted.append(Task.status == status)
    if priority:
        wanted.append(Task.priority == priority)
    with session() as db:
        count = db.exec(select(func.count()).select_from(Task).where(*wanted)).one()
        rows = db.exec(tasks_out(*wanted).order_by(Task.created_at.desc()).limit(limit).offset(offset))
        return Page(count=count, results=[TaskOut.model_validate(row) for row in rows])


@app.post("/api/tasks/", status_code=201)
def create(user: UserId, given: NewTask) -> TaskOut:
    with session() as db:
        project = db.exec(
            select(Project).where(Project.owner_id == user, Project.key == given.project)
        ).first()
        if project is None:
            raise HTTPException(400, "No such project.")
        task = Task(**given.model_dump(exclude={"project"}), owner_id=user, project_id=project.id)
        task.completed_at = now() if task.status == Status.DONE else None
        db.add(task)
        db.commit()
        return TaskOut(**task.model_dump(), project=project.key)


@app.get("/api/tasks/{pk}/")
def one_task(user: UserId, pk: UUID) -> TaskOut:
    with session() as db:
        return task_of(db, user, pk)


@app.patch("/api/tasks/{pk}/")
def change(user: UserId, pk: UUID, given: TaskChange) -> TaskOut:
    with session() as db:
        found = db.exec(
            select(Task, Project.key)
            .join(Project)
            .where(Task.id == pk, Task.owner_id == user, Task.deleted_at.is_(None))
        ).first()
        if found is None:
            raise HTTPException(404, "No such task.")
        task, project = found
        task.sqlmodel_update(given.model_dump(exclude_unset=True))
        task.updated_at = now()
        if given.status:
            task.completed_at = now() if given.status == Status.DONE else None
        db.commit()
        return TaskOut(**task.model_dump(), project=project)


@app.get("/api/dashboard/")
def dashboard(user: UserId) -> Dashboard:
    moment = now()
    today = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow, week = today + timedelta(days=1), today + timedelta(days=7)
    kept = (Task.owner_id == user, Task.deleted_at.is_(None))
    with session() as db:
        groups = db.exec(
            select(Task.status, Task.priority, func.count()).where(*kept).group_by(Task.status, Task.priority)
        ).all()
        overdue, due_today, due_this_week = db.exec(
            select(
                func.count().filter(Task.due_date < moment),
                func.count().filter(Task.due_date >= today, Task.due_date < tomorrow),
                func.count().filter(Task.due_date >= today),
            ).where(*kept, Task.status.in_(OPEN), Task.due_date < week)
        ).one()
        done = db.exec(
            select(func.count())
            .select_from(Task)
            .where(*kept, Task.completed_at >= today - timedelta(days=6))
        ).one()
    by_status: Counter[Status] = Counter(dict.fromkeys(Status, 0))
    by_priority: Counter[Priority] = Counter(dict.fromkeys(Priority, 0))
    for status, priority, count in groups:
        by_status[Status(status)] += count
        by_priority[Priority(priority)] += count
    return Dashboard(
        open=sum(by_status[each] for each in OPEN),
        overdue=overdue,
        due_today=due_today,
        due_this_week=due_this_week,
        done_last_7_days=done,
        by_status=by_status,
        by_priority=by_priority,
    )


@app.get("/api/conversations/")
def conversations(user: UserId, limit: Limit = 50, offset: Offset = 0) -> Page[ConversationOut]:
    with session() as db:
        count = db.exec(
            select(func.count()).select_from(Conversation).where(Conversation.user_id == user)
        ).one()
        rows = db.exec(
            select(Conversation)
            .where(Conversation.user_id == user)
            .order_by(Conversation.created_at.desc())
            .limit(limit)
            .offset(offset)
        ).all()
        return Page(count=count, results=[ConversationOut.model_validate(row) for row in rows])


@app.get("/api/conversations/{pk}/messages/")
def history(user: UserId, pk: UUID, limit: Limit = 50, offset: Offset = 0) -> Page[MessageOut]:
    with session() as db:
        conversation = db.get(Conversation, pk)
        if conversation is None or conversation.user_id != user:
            raise HTTPException(404, "No such conversation.")
        count = db.exec(select(func.count()).select_from(Message).where(Message.conversation_id == pk)).one()
        rows = db.exec(
            select(Message.id, Message.role, Message.content, Message.tokens_used, Message.created_at)
            .where(Message.conversation_id == pk)
            .order_by(Message.created_at)
            .limit(limit)
            .offset(offset)
        )
        results = [MessageOut.model_validate(row) for row in rows]
        return Page(count=count, results=results)
