"""What the tests of memory say and ask: items, a neighbour with near-identical text, and questions."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from memory.models import MemoryItem
from memory.operations import store_memories, store_memory
from memory.recall import Hit, recall
from tasks.changes import Origin
from tasks.models import Door, Project
from tasks.operations import create_project

API = Origin(Door.API)


def remember(project: Project, value: str, *, actor: User | None = None, **fields: Any) -> MemoryItem:
    fields = {"type": "context", **fields}
    return store_memory(
        actor=actor or project.owner, origin=fields.pop("origin", API), project=project, value=value, **fields
    )


def remember_all(project: Project, items: list[Any]) -> list[MemoryItem]:
    return store_memories(actor=project.owner, origin=API, project=project, items=items)


def ask(project: Project, query: str, **options: Any) -> list[Hit]:
    return recall(actor=project.owner, project=project, query=query, **options)


def values(hits: list[Hit]) -> list[str]:
    return [hit.value for hit in hits]


def twin(owner: User, key: str = "TWIN") -> Project:
    return create_project(actor=owner, origin=API, key=key, name="Twin")
