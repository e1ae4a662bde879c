"""What an assistant may read without a tool: the projects, and of each its open tasks and its memory."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import mcp_types as types
import orjson
from django.utils import timezone

from accounts.errors import NotFound
from chat.mcp.callers import Caller
from chat.tools.answers import brief
from memory.models import MemoryItem
from tasks.models import Project, Task
from tasks.references import find_project

JSON = "application/json"
PROJECTS = "tasklore://projects"
MOST_PROJECTS, MOST_ROWS, MOST_COMPLETIONS = 50, 200, 100

_OF_A_PROJECT = re.compile(rf"{PROJECTS}/([^/?#]+)/(tasks|memory)")
_TITLES = {"tasks": "Open tasks", "memory": "Memory"}


def resources_of(caller: Caller) -> list[types.Resource]:
    projects = Project.objects.visible_to(caller.user).active().order_by("key")[:MOST_PROJECTS]
    found = [types.Resource(uri=PROJECTS, name="projects", title="Projects", mime_type=JSON)]
    for project in projects:
        for kind, title in _TITLES.items():
            uri = f"{PROJECTS}/{project.key}/{kind}"
            name = f"{project.key}-{kind}"
            title = f"{title} of {project.name}"
            found.append(types.Resource(uri=uri, name=name, title=title, mime_type=JSON))
    return found


def templates() -> list[types.ResourceTemplate]:
    return [
        types.ResourceTemplate(
            uri_template=f"{PROJECTS}/{{key}}/{kind}",
            name=f"project-{kind}",
            title=f"{title} of a project",
            mime_type=JSON,
        )
        for kind, title in _TITLES.items()
    ]


def read(caller: Caller, uri: str) -> types.ReadResourceResult:
    """Raises NotFound."""
    value = _projects(caller) if uri == PROJECTS else _of_a_project(caller, uri)
    text = orjson.dumps(value).decode()
    return types.ReadResourceResult(contents=[types.TextResourceContents(uri=uri, mime_type=JSON, text=text)])


def keys_beginning(caller: Caller, begun: str) -> list[str]:
    """Keys of the caller's projects, for completion."""
    keys = Project.objects.visible_to(caller.user).order_by("key").values_list("key", flat=True)
    return [key for key in keys if key.startswith(begun.strip().upper())]


def _projects(caller: Caller) -> Any:
    projects = Project.objects.visible_to(caller.user).with_open_count().order_by("key")
    names = ("key", "name", "description", "status", "open_count")
    return {"projects": [{name: getattr(each, name) for name in names} for each in projects[:MOST_ROWS]]}


def _of_a_project(caller: Caller, uri: str) -> Any:
    match = _OF_A_PROJECT.fullmatch(uri)
    if match is None:
        raise NotFound(f"There is no such resource. Begin with {PROJECTS}.")
    project = find_project(caller.user, unquote(match[1]))
    return _tasks(caller, project) if match[2] == "tasks" else _memory(caller, project)


def _tasks(caller: Caller, project: Project) -> Any:
    now = timezone.now().astimezone(caller.user.zone)
    tasks = Task.objects.visible_to(caller.user).open().filter(project=project).by_urgency()
    return {
        "project": project.key,
        "tasks": [brief(task, now) for task in tasks[:MOST_ROWS]],
        "total": tasks.count(),
    }


def _memory(caller: Caller, project: Project) -> Any:
    # The program may be anywhere: what is local-only stays here.
    items = MemoryItem.objects.visible_to(caller.user).filter(project=project, local_only=False)
    items = items.active().unexpired(timezone.now())
    shown = [
        {"key": item.key, "value": item.value, "type": item.type, "confidence": item.confidence}
        for item in items.recent()[:MOST_ROWS]
    ]
    return {"project": project.key, "memory": shown, "total": items.count()}
