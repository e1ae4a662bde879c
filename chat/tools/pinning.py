"""Arguments as a person approves them: whatever would mean something else later is named for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from accounts.errors import DomainError
from chat.tools import resolving
from chat.tools.registry import ON_A_MEMORY, Arguments, ToolContext, all_tools, check
from tasks.references import find_project, find_task


def pin(name: str, arguments: Mapping[str, Any], context: ToolContext) -> dict[str, Any] | None:
    """The arguments with tasks by their refs, memories by their keys, dates as ISO text, repeats as rules,
    and for `undo` the turn that it undoes; None when they are wrong.

    Wrong arguments need no approval: running the call answers with what is wrong.
    """
    found = all_tools()[name]
    try:
        checked = check(found, arguments)
        pinned = dict(arguments)
        _pin_tasks(name, checked, context, pinned)
        if name in ON_A_MEMORY:
            pinned["key"] = resolving.memory(context, checked.key, checked.project).key  # type: ignore[attr-defined]
        for field in ("due", "expires_at"):
            if _says(words := getattr(checked, field, None)):
                pinned[field] = resolving.when(context, words, field=field).isoformat()
        if _says(words := getattr(checked, "repeat", None)):
            pinned["repeat"] = resolving.repeat(context, words) or resolving.NONE
        if name == "undo":
            change = resolving.change(context, checked.turn)  # type: ignore[attr-defined]
            pinned["turn"] = str(change.turn_id or change.call_id)
    except DomainError:
        return None
    return pinned


def _pin_tasks(name: str, checked: Arguments, context: ToolContext, pinned: dict[str, Any]) -> None:
    home = context.project
    if "task" in type(checked).model_fields:
        trashed = name == "restore_task"
        task = find_task(context.actor, checked.task, project=home, trashed=trashed)  # type: ignore[attr-defined]
        pinned["task"], home = task.ref, task.project
    if key := getattr(checked, "project", None):
        home = find_project(context.actor, key)
    if _says(parent := getattr(checked, "parent", None)):
        pinned["parent"] = find_task(context.actor, parent, project=home).ref
    if blockers := getattr(checked, "blocked_by", None):
        pinned["blocked_by"] = [
            find_task(context.actor, each, project=home).ref if _says(each) else each for each in blockers
        ]


def _says(words: str | None) -> TypeGuard[str]:
    return bool(words) and str(words).lower() != resolving.NONE
