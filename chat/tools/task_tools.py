"""Tools on tasks: each resolves what its arguments name, and calls one operation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from accounts.errors import Invalid
from chat.tools import resolving
from chat.tools.answers import brief, changed, detailed
from chat.tools.registry import Arguments, Result, Risk, ToolContext, WriteArguments, tool
from tasks import operations
from tasks.changes import snapshot
from tasks.models import Change, Task
from tasks.querysets import TaskQuerySet
from tasks.receipts import receipt_text
from tasks.references import find_member, find_task
from tasks.text import check_text, clean_search
from tasks.undo import undo_with

Priority = Literal["low", "medium", "high"]
Status = Literal["todo", "in_progress", "done", "cancelled"]
TaskRef = Annotated[str, Field(description="WEB-12, 12 or the title")]
ProjectKey = Annotated[str, Field(description="Project key; default: the current one")]
DueWords = Annotated[str, Field(description="ISO, or words: tomorrow 5pm")]
Repeat = Annotated[str, Field(description="RRULE, or words: every other Tuesday")]


class AddTask(WriteArguments):
    title: str
    description: str | None = None
    project: ProjectKey | None = None
    due: DueWords | None = None
    priority: Priority | None = None
    labels: list[str] | None = None
    assignee: str | None = None
    parent: TaskRef | None = None
    repeat: Repeat | None = None


class ListTasks(Arguments):
    status: Literal["open", "done", "all"] = "open"
    project: Annotated[str, Field(description="Project key or all; default: this one")] | None = None
    due: (
        Annotated[str, Field(description="today, overdue, week, weekend, next month, 2026-12 or a date")]
        | None
    ) = None
    completed: Annotated[str, Field(description="When it was done: today, yesterday, week")] | None = None
    priority: Priority | None = None
    label: str | None = None
    assignee: str | None = None
    search: str | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class OneTask(Arguments):
    task: TaskRef


class WriteOneTask(WriteArguments):
    task: TaskRef


class UpdateTask(WriteOneTask):
    title: str | None = None
    description: str | None = None
    project: ProjectKey | None = None
    due: Annotated[str, Field(description="ISO or words; none clears it")] | None = None
    priority: Priority | None = None
    status: Status | None = None
    labels: Annotated[list[str], Field(description="Replaces all labels")] | None = None
    add_labels: list[str] | None = None
    remove_labels: list[str] | None = None
    assignee: Annotated[str, Field(description="none clears it")] | None = None
    parent: Annotated[str, Field(description="none clears it")] | None = None
    blocked_by: Annotated[list[str], Field(description="Tasks it waits for; replaces all")] | None = None
    repeat: Annotated[str, Field(description="RRULE or words; none stops it")] | None = None


class NextTask(Arguments):
    project: ProjectKey | None = None


class Undo(WriteArguments):
    turn: (
        Annotated[str, Field(description="Turn or call id; default: the last that changed anything")] | None
    ) = None


@tool(Risk.WRITE)
def add_task(context: ToolContext, arguments: AddTask) -> Result:
    """Add a task."""
    project = resolving.project(context, arguments.project)
    fields: dict[str, Any] = {}
    if arguments.description is not None:
        fields["description"] = arguments.description
    if arguments.priority is not None:
        fields["priority"] = arguments.priority
    if arguments.labels is not None:
        fields["labels"] = arguments.labels
    if arguments.due:
        fields["due"] = resolving.due(context, arguments.due)
    if arguments.repeat:
        fields["recurrence"] = resolving.repeat(context, arguments.repeat)
    if arguments.assignee:
        fields["assignee"] = find_member(context.actor, project, arguments.assignee)
    if arguments.parent:
        fields["parent"] = find_task(context.actor, arguments.parent, project=project)
    task = operations.add_task(
        actor=context.actor, origin=context.origin, project=project, title=arguments.title, **fields
    )
    return changed(task, {}, {}, context.now) | {"changed": ["created"]}


@tool(Risk.READ)
def list_tasks(context: ToolContext, arguments: ListTasks) -> Result:
    """List tasks, most urgent first; answers with a cursor when there are more."""
    tasks = _filtered(context, arguments)
    start, total = resolving.offset(arguments.cursor), tasks.count()
    page = tasks[start : start + arguments.limit]
    answer: Result = {"tasks": [brief(task, context.now) for task in page], "total": total}
    if start + arguments.limit < total:
        answer["cursor"] = str(start + arguments.limit)
    return answer


@tool(Risk.READ)
def get_task(context: ToolContext, arguments: OneTask) -> Result:
    """Show one task in full."""
    return detailed(find_task(context.actor, arguments.task, project=context.project), context.now)


@tool(Risk.WRITE, repeatable=True)
def update_task(context: ToolContext, arguments: UpdateTask) -> Result:
    """Change the fields given; leave the others."""
    task = find_task(context.actor, arguments.task, project=context.project)
    fields = resolving.task_fields(context, task, arguments)
    if not fields:
        raise Invalid("update_task: name at least one field to change besides the task.")
    before = snapshot(task)
    task = operations.update_task(
        actor=context.actor,
        origin=context.origin,
        task=task,
        changes=fields,  # type: ignore[arg-type]
    )
    return changed(task, before, snapshot(task), context.now)


@tool(Risk.WRITE, repeatable=True)
def complete_task(context: ToolContext, arguments: WriteOneTask) -> Result:
    """Mark a task as done; a repeating one gets its next occurrence."""
    task = find_task(context.actor, arguments.task, project=context.project)
    before = snapshot(task)
    task, following = operations.complete_task(actor=context.actor, origin=context.origin, task=task)
    answer = changed(task, before, snapshot(task), context.now)
    return answer | {"next": brief(following, context.now)} if following else answer


@tool(Risk.WRITE, repeatable=True)
def reopen_task(context: ToolContext, arguments: WriteOneTask) -> Result:
    """Make a done or cancelled task open again."""
    task = find_task(context.actor, arguments.task, project=context.project)
    before = snapshot(task)
    task = operations.reopen_task(actor=context.actor, origin=context.origin, task=task)
    return changed(task, before, snapshot(task), context.now)


@tool(Risk.DESTRUCTIVE, repeatable=True)
def delete_task(context: ToolContext, arguments: WriteOneTask) -> Result:
    """Move a task to the trash."""
    task = find_task(context.actor, arguments.task, project=context.project)
    task = operations.delete_task(actor=context.actor, origin=context.origin, task=task)
    return changed(task, {}, {}, context.now) | {"changed": ["deleted"]}


@tool(Risk.WRITE, repeatable=True)
def restore_task(context: ToolContext, arguments: WriteOneTask) -> Result:
    """Take a task out of the trash."""
    task = find_task(context.actor, arguments.task, project=context.project, trashed=True)
    task = operations.restore_task(actor=context.actor, origin=context.origin, task=task)
    return changed(task, {}, {}, context.now) | {"changed": ["restored"]}


@tool(Risk.READ)
def next_task(context: ToolContext, arguments: NextTask) -> Result:
    """Say which task to do next: not blocked, most urgent first, with the reason."""
    tasks = Task.objects.listed_for(context.actor).open().unblocked()
    if arguments.project:
        tasks = tasks.filter(project=resolving.project(context, arguments.project))
    task = tasks.by_urgency().first()
    if task is None:
        return {"task": None, "reason": "Nothing is open."}
    return brief(task, context.now) | {"reason": resolving.why_next(task, context.now)}


@tool(Risk.WRITE)
def undo(context: ToolContext, arguments: Undo) -> Result:
    """Undo everything that a turn or a call changed."""
    change = resolving.change(context, arguments.turn)
    undone = undo_with(actor=context.actor, origin=context.origin, change=change)
    zone = context.actor.zone
    hidden = {Change.Object.MEMORY} if context.remote else set()
    return {
        "restored": [
            {"object": "memory"}
            if change.object_type in hidden
            else {"object": change.ref, "text": receipt_text(change, zone)}
            for change in undone.changes
        ],
        "conflicts": [
            {"object": "memory" if each.object_type in hidden else each.ref, "reason": each.reason}
            for each in undone.conflicts
        ],
    }


def _filtered(context: ToolContext, arguments: ListTasks) -> TaskQuerySet:
    tasks = Task.objects.listed_for(context.actor).kept()
    if (arguments.project or "").lower() != "all":
        tasks = tasks.filter(project=resolving.project(context, arguments.project))
    if arguments.priority:
        tasks = tasks.filter(priority=arguments.priority)
    if arguments.label:
        tasks = tasks.labelled(check_text(arguments.label, "label").lstrip("#@").lower())
    if arguments.assignee:
        tasks = tasks.filter(assignee__username__iexact=resolving.username(context, arguments.assignee))
    if arguments.search:
        tasks = tasks.search(clean_search(arguments.search))
    tasks = _due_in(tasks, context, arguments.due) if arguments.due else tasks
    if arguments.completed:
        first, last = resolving.completed_days(context, arguments.completed)
        return tasks.completed_between(first, last, context.actor.zone).by_completion()
    if arguments.status == "done":
        return tasks.done().by_completion()
    return (tasks.open() if arguments.status == "open" else tasks).by_urgency()


def _due_in(tasks: TaskQuerySet, context: ToolContext, window: str) -> TaskQuerySet:
    if window.lower() == "overdue":
        return tasks.overdue(context.now)
    first, last = resolving.due_days(context, window)
    return tasks.due_between(first, last, context.actor.zone)
