"""Tools on project memory. What answers a model on another machine holds nothing local-only."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from accounts.errors import Invalid
from chat.tools import resolving
from chat.tools.registry import Arguments, Result, Risk, ToolContext, WriteArguments, tool
from memory import operations
from memory.fields import MAX_KEY
from memory.models import MESSAGE, MemoryItem
from memory.recall import MAX_LIMIT, Hit, recall
from memory.references import said_already
from memory.words import stems
from tasks.models import Project
from tasks.text import clean_line

MAX_SHOWN = 300
# How much of the question a hit must meet; below it a hit is noise to whoever reads the answer.
FITS = 0.3

Kind = Literal["error", "solution", "context", "dependency", "decision", "preference"]
ProjectKey = Annotated[str, Field(description="Project key; default: the current one")]
Share = Annotated[float, Field(ge=0, le=1)]
MemoryRef = Annotated[str, Field(description="Its key, or words that it holds")]


class StoreMemory(WriteArguments):
    value: Annotated[str, Field(description="One fact in one sentence")]
    type: Annotated[Kind, Field(description="Default: context")] | None = None
    key: Annotated[str, Field(description="Short name; replaces what it held")] | None = None
    confidence: Annotated[float, Field(ge=0, le=1, description="How sure you are, 0-1")] | None = None
    expires_at: Annotated[str, Field(description="ISO, or words: in 30 days")] | None = None
    local_only: Annotated[bool, Field(description="Keep it from remote models")] | None = None
    project: ProjectKey | None = None


class RecallMemory(Arguments):
    query: Annotated[str, Field(description="Default: the newest")] | None = None
    types: list[Kind] | None = None
    limit: int = Field(default=5, ge=1, le=20)
    min_confidence: Share | None = None
    as_of: Annotated[str, Field(description="What was known on that date")] | None = None
    project: ProjectKey | None = None


class OneMemory(WriteArguments):
    key: MemoryRef
    project: ProjectKey | None = None


class UpdateMemory(OneMemory):
    value: str | None = None
    type: Kind | None = None
    confidence: Share | None = None
    expires_at: Annotated[str, Field(description="ISO or words; none clears it")] | None = None
    local_only: bool | None = None


@tool(Risk.WRITE)
def store_memory(context: ToolContext, arguments: StoreMemory) -> Result:
    """Remember a fact, decision, error, solution or preference of the project."""
    project = resolving.project(context, arguments.project)
    known = _known(context, arguments, project)
    fields: dict[str, Any] = {"type": known.type if known else "context"} | _fields(context, arguments)
    if known is not None:
        fields["key"] = known.key
    item = operations.store_memory(
        actor=context.actor,
        origin=context.origin,
        project=project,
        source_message=context.message,
        **fields,
    )
    is_new = known is None or known.pk != item.pk
    answer = _brief(item) | {"changed": ["stored"] if is_new else []}
    if item.status == MemoryItem.Status.SUGGESTED:
        answer["note"] = "It waits for the person's yes."
    return answer


@tool(Risk.READ)
def recall_memory(context: ToolContext, arguments: RecallMemory) -> Result:
    """Search what the project remembers and what was said in its conversations."""
    project = resolving.project(context, arguments.project)
    if not arguments.query:
        return {"hits": [_hit(context, *each) for each in _newest(context, project, arguments)]}
    found = recall(
        actor=context.actor,
        project=project,
        query=arguments.query,
        types=arguments.types,
        limit=min(2 * arguments.limit, MAX_LIMIT),
        min_confidence=arguments.min_confidence,
        as_of=_end_of(context, "as_of", arguments.as_of) if arguments.as_of else None,
        include_local=not context.remote,
        without_messages=[context.message.pk] if context.message else [],
    )
    hits = [hit for hit in found if hit.fit >= FITS and _answers(hit, arguments.query)]
    shown = hits[: arguments.limit]
    return {"hits": [_hit(context, hit.key, hit.value, hit.type, hit.source.at) for hit in shown]}


@tool(Risk.WRITE, repeatable=True)
def update_memory(context: ToolContext, arguments: UpdateMemory) -> Result:
    """Correct a memory; its old value stays as history."""
    changes: Any = _fields(context, arguments)
    if not changes:
        raise Invalid("update_memory: name at least one field to change besides the key.")
    item = operations.update_memory(
        actor=context.actor,
        origin=context.origin,
        item=resolving.memory(context, arguments.key, arguments.project),
        changes=changes,
    )
    return _brief(item) | {"changed": sorted(changes)}


@tool(Risk.DESTRUCTIVE, repeatable=True)
def delete_memory(context: ToolContext, arguments: OneMemory) -> Result:
    """Forget a memory."""
    item = operations.delete_memory(
        actor=context.actor,
        origin=context.origin,
        item=resolving.memory(context, arguments.key, arguments.project),
    )
    return _brief(item) | {"changed": ["deleted"]}


def _known(context: ToolContext, arguments: StoreMemory, project: Project) -> MemoryItem | None:
    """The item that is to be stored again, and not once more beside itself."""
    if not arguments.key:
        return said_already(context.actor, project, arguments.value, include_local=not context.remote)
    key = clean_line(arguments.key, "key", longest=MAX_KEY)
    items = MemoryItem.objects.visible_to(context.actor).filter(project=project, key=key)
    known: MemoryItem | None = items.active().first()
    return known


def _fields(context: ToolContext, arguments: StoreMemory | UpdateMemory) -> dict[str, Any]:
    names = ["value", "type", "confidence", "local_only"]
    if isinstance(arguments, StoreMemory):
        names.append("key")
    given = arguments.model_dump(exclude_none=True)
    fields = {name: given[name] for name in names if name in given}
    if arguments.expires_at is not None:
        cleared = arguments.expires_at.lower() == resolving.NONE
        fields["expires_at"] = None if cleared else _end_of(context, "expires_at", arguments.expires_at)
    return fields


def _end_of(context: ToolContext, field: str, words: str) -> datetime:
    """The instant that the words name, or the end of the day that they name."""
    found = resolving.when(context, words, field=field)
    if isinstance(found, datetime):
        return found
    return datetime.combine(found, time(), context.now.tzinfo) + timedelta(days=1)


def _newest(
    context: ToolContext, project: Project, arguments: RecallMemory
) -> list[tuple[str, str, str, datetime]]:
    items = MemoryItem.objects.visible_to(context.actor).filter(project=project)
    items = items.active().unexpired(context.now).recent()
    if arguments.as_of:
        raise Invalid.field("as_of", "needs a query: what do you want to know of that time?")
    if arguments.min_confidence is not None:
        items = items.filter(confidence__gte=arguments.min_confidence)
    if context.remote:
        items = items.filter(local_only=False)
    if arguments.types:
        items = items.filter(type__in=arguments.types)
    shown = items[: arguments.limit]
    return [(item.key, item.value, item.type, item.occurred_at or item.valid_from) for item in shown]


def _answers(hit: Hit, query: str) -> bool:
    """Whether something said before says more than the question: it may be the same question."""
    if hit.type != MESSAGE:
        return True
    more = set(stems(hit.value)) - set(stems(query))
    return not hit.value.rstrip().endswith("?") and (len(more) > 1 or any(map(str.isdigit, "".join(more))))


def _hit(context: ToolContext, key: str, value: str, kind: str, at: datetime) -> Result:
    day = at.astimezone(context.now.tzinfo).date().isoformat()
    return {"key": key, "value": _cut(value), "type": kind, "date": day}


def _brief(item: MemoryItem) -> Result:
    return {"key": item.key, "value": _cut(item.value), "type": item.type, "status": item.status}


def _cut(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= MAX_SHOWN else f"{line[: MAX_SHOWN - 1].rstrip()}…"
