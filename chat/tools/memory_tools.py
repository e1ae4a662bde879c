"""Tools on project memory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from accounts.errors import Invalid
from chat.tools import resolving
from chat.tools.registry import Arguments, Result, Risk, ToolContext, WriteArguments, tool
from memory import operations
from memory.access import find_item
from memory.models import MemoryItem
from memory.recall import recall

Kind = Literal["error", "solution", "context", "dependency", "decision", "preference"]
ProjectKey = Annotated[str, Field(description="Project key; default: this conversation's")]
Confidence = Annotated[float, Field(ge=0, le=1, description="How sure you are, 0-1")]
When = Annotated[str, Field(description="ISO, or words: in 30 days")]


class StoreMemory(WriteArguments):
    value: Annotated[str, Field(description="One fact in one sentence")]
    type: Kind
    key: Annotated[str, Field(description="Short name; the same key replaces what it held")] | None = None
    confidence: Confidence | None = None
    expires_at: When | None = None
    local_only: Annotated[bool, Field(description="Never send it to a remote model")] | None = None
    project: ProjectKey | None = None


class RecallMemory(Arguments):
    query: str
    types: list[Kind] | None = None
    limit: int = Field(default=5, ge=1, le=50)
    min_confidence: Confidence | None = None
    as_of: Annotated[str, Field(description="What was known then: a date")] | None = None
    project: ProjectKey | None = None


class OneMemory(WriteArguments):
    key: str
    project: ProjectKey | None = None


class UpdateMemory(OneMemory):
    value: str | None = None
    type: Kind | None = None
    confidence: Confidence | None = None
    expires_at: Annotated[str, Field(description="ISO or words; none clears it")] | None = None
    local_only: bool | None = None


@tool(Risk.WRITE)
def store_memory(context: ToolContext, arguments: StoreMemory) -> Result:
    """Remember a fact, decision, error, solution or preference of the project."""
    item = operations.store_memory(
        actor=context.actor,
        origin=context.origin,
        project=resolving.project(context, arguments.project),
        **_fields(context, arguments, ("key", "value", "type", "confidence", "local_only")),
    )
    return _brief(item) | {"changed": ["stored"]}


@tool(Risk.READ)
def recall_memory(context: ToolContext, arguments: RecallMemory) -> Result:
    """Search what the project remembers and what was said in its conversations."""
    hits = recall(
        actor=context.actor,
        project=resolving.project(context, arguments.project),
        query=arguments.query,
        types=arguments.types,
        limit=arguments.limit,
        min_confidence=arguments.min_confidence,
        as_of=resolving.instant(context, "as_of", arguments.as_of) if arguments.as_of else None,
    )
    return {
        "hits": [
            {"key": hit.key, "value": hit.value, "type": hit.type, "score": hit.score, "why": hit.why}
            for hit in hits
        ]
    }


@tool(Risk.WRITE)
def update_memory(context: ToolContext, arguments: UpdateMemory) -> Result:
    """Correct a memory; its old value stays as history."""
    changes: Any = _fields(context, arguments, ("value", "type", "confidence", "local_only"))
    if not changes:
        raise Invalid("update_memory: name at least one field to change besides the key.")
    item = operations.update_memory(
        actor=context.actor, origin=context.origin, item=_find(context, arguments), changes=changes
    )
    return _brief(item) | {"changed": sorted(changes)}


@tool(Risk.DESTRUCTIVE)
def delete_memory(context: ToolContext, arguments: OneMemory) -> Result:
    """Forget a memory."""
    item = operations.delete_memory(
        actor=context.actor, origin=context.origin, item=_find(context, arguments)
    )
    return {"key": item.key, "changed": ["deleted"]}


def _find(context: ToolContext, arguments: OneMemory) -> MemoryItem:
    return find_item(context.actor, resolving.project(context, arguments.project), arguments.key)


def _fields(
    context: ToolContext, arguments: StoreMemory | UpdateMemory, names: tuple[str, ...]
) -> dict[str, Any]:
    given = arguments.model_dump(exclude_none=True)
    fields = {name: given[name] for name in names if name in given}
    if arguments.expires_at is not None:
        cleared = arguments.expires_at.lower() == resolving.NONE
        fields["expires_at"] = (
            None if cleared else resolving.instant(context, "expires_at", arguments.expires_at)
        )
    return fields


def _brief(item: MemoryItem) -> Result:
    found: Result = {"key": item.key, "value": item.value, "type": item.type, "project": item.project.key}
    return found | (
        {"status": item.status, "note": "It waits for a yes."} if item.status == "suggested" else {}
    )
