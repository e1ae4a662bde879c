"""Tables, and the shapes of what goes in and out."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel
from pydantic import Field as Limited
from sqlalchemy import JSON, Column, DateTime, Index
from sqlmodel import Field, SQLModel

T = TypeVar("T")


def now() -> datetime:
    return datetime.now(UTC)


class Status(StrEnum):
    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


OPEN = (Status.TODO, Status.IN_PROGRESS)


class Row(SQLModel):
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    created_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))


class User(Row, table=True):
    __tablename__ = "user"
    username: str = Field(unique=True)


class ApiToken(Row, table=True):
    __tablename__ = "api_token"
    user_id: UUID = Field(foreign_key="user.id", index=True)
    hashed: str = Field(unique=True)


class Project(Row, table=True):
    __tablename__ = "project"
    __table_args__ = (Index("project_key", "owner_id", "key", unique=True),)
    owner_id: UUID = Field(foreign_key="user.id")
    key: str
    name: str


class Task(Row, table=True):
    __tablename__ = "task"
    # deleted_at is last so that each index covers what is counted by it, and still sorts.
    __table_args__ = (
        Index("task_recent", "owner_id", "created_at", "deleted_at"),
        Index("task_status", "owner_id", "status", "priority", "deleted_at"),
        Index("task_due", "owner_id", "status", "due_date", "deleted_at"),
        Index("task_completed", "owner_id", "completed_at", "deleted_at"),
    )
    owner_id: UUID = Field(foreign_key="user.id")
    project_id: UUID = Field(foreign_key="project.id", index=True)
    title: str
    description: str = ""
    status: str = Status.TODO
    priority: str = Priority.MEDIUM
    due_date: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    labels: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    updated_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    completed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    deleted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Conversation(Row, table=True):
    __tablename__ = "conversation"
    user_id: UUID = Field(foreign_key="user.id", index=True)
    title: str


class Message(Row, table=True):
    __tablename__ = "message"
    __table_args__ = (Index("message_in_order", "conversation_id", "created_at"),)
    conversation_id: UUID = Field(foreign_key="conversation.id")
    role: str
    content: str
    tokens_used: int = 0


class Shown(BaseModel):
    model_config = {"from_attributes": True}


class TaskOut(Shown):
    id: UUID
    project: str
    title: str
    description: str
    status: Status
    priority: Priority
    due_date: datetime | None
    labels: list[str]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class NewTask(BaseModel):
    model_config = {"extra": "forbid"}
    project: str = "INBOX"
    title: str = Limited(min_length=1, max_length=200)
    description: str = Limited(default="", max_length=20_000)
    status: Status = Status.TODO
    priority: Priority = Priority.MEDIUM
    due_date: datetime | None = None
    labels: list[str] = []


class TaskChange(BaseModel):
    model_config = {"extra": "forbid"}
    title: str | None = Limited(default=None, min_length=1, max_length=200)
    description: str | None = Limited(default=None, max_length=20_000)
    status: Status | None = None
    priority: Priority | None = None
    due_date: datetime | None = None
    labels: list[str] | None = None


class ConversationOut(Shown):
    id: UUID
    title: str
    created_at: datetime


class MessageOut(Shown):
    id: UUID
    role: str
    content: str
    tokens_used: int
    created_at: datetime


class Page(BaseModel, Generic[T]):
    count: int
    results: list[T]


class Dashboard(BaseModel):
    open: int
    overdue: int
    due_today: int
    due_this_week: int
    done_last_7_days: int
    by_status: dict[Status, int]
    by_priority: dict[Priority, int]
