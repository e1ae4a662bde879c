"""Tools on projects, and the figures of a dashboard."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chat.tools import resolving
from chat.tools.registry import Arguments, Result, Risk, ToolContext, WriteArguments, tool
from tasks import operations
from tasks.dashboard import figures
from tasks.models import Project


class NoArguments(Arguments):
    pass


class CreateProject(WriteArguments):
    name: str
    key: Annotated[str, Field(description="1-10 letters and digits; default: from the name")] | None = None
    description: str | None = None


class GetDashboard(Arguments):
    project: Annotated[str, Field(description="Project key; default: all projects")] | None = None


@tool(Risk.READ)
def list_projects(context: ToolContext, arguments: NoArguments) -> Result:
    """List the projects with their open tasks."""
    projects = Project.objects.visible_to(context.actor).with_open_count().order_by("key")
    return {
        "projects": [
            {"key": each.key, "name": each.name, "status": each.status, "open": each.open_count}  # type: ignore[attr-defined]
            for each in projects[:100]
        ]
    }


@tool(Risk.WRITE)
def create_project(context: ToolContext, arguments: CreateProject) -> Result:
    """Create a project."""
    project = operations.create_project(
        actor=context.actor,
        origin=context.origin,
        key=arguments.key or operations.free_key(context.actor, arguments.name),
        name=arguments.name,
        description=arguments.description or "",
    )
    return {"project": project.key, "name": project.name, "changed": ["created"]}


@tool(Risk.READ)
def get_dashboard(context: ToolContext, arguments: GetDashboard) -> Result:
    """Count open, overdue, due and recently done tasks."""
    project = resolving.project(context, arguments.project) if arguments.project else None
    return figures(actor=context.actor, project=project, now=context.now)
