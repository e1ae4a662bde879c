"""Prompts that a person picks in their assistant: each is one message that says which tools to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mcp_types as types

from accounts.errors import Invalid
from tasks.text import clean_line

MAX_ARGUMENT = 500
PROJECT = types.PromptArgument(
    name="project", description="Project key; without it all projects", required=False
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """`text` names its arguments in braces; `scope` follows the project that was chosen, if any."""

    title: str
    description: str
    text: str
    arguments: tuple[types.PromptArgument, ...] = (PROJECT,)


RECIPES = {
    "daily_brief": Recipe(
        "Daily brief",
        "What is overdue, what is due today, and what to do first.",
        "Give me my daily brief for {project}. Call list_tasks for what is overdue and for what is due "
        "today, and next_task for what to do first. Answer in a few lines: overdue, today, and one "
        "suggestion with its reason. Change nothing.",
    ),
    "plan_project": Recipe(
        "Plan a project",
        "From a goal to tasks with dates, after you agreed to them.",
        "Help me plan this: {goal}. It belongs to {project}. First call recall_memory and list_tasks for "
        "what is known and already planned. Then propose 5 to 12 tasks with priorities, dates and what "
        "waits for what, and ask me. Only when I agree, create them with add_task, and store decisions "
        "with store_memory.",
        (
            types.PromptArgument(name="goal", description="What is to be reached", required=True),
            PROJECT,
        ),
    ),
    "weekly_review": Recipe(
        "Weekly review",
        "What was done, what slipped, and the week ahead.",
        "Let us review the week of {project}. Call list_tasks for what was completed this week, for what "
        "is overdue and for what is due in the week ahead, and get_dashboard for the figures. Sum up in "
        "three short lists. For each overdue task ask me whether to move, drop or do it, and change it "
        "only when I say so.",
    ),
}


def prompts() -> list[types.Prompt]:
    return [
        types.Prompt(
            name=name, title=each.title, description=each.description, arguments=list(each.arguments)
        )
        for name, each in RECIPES.items()
    ]


def prompt(name: str, given: Mapping[str, str]) -> types.GetPromptResult:
    """Raises Invalid for a prompt or an argument that is not known, and for one that is missing."""
    recipe = RECIPES.get(name)
    if recipe is None:
        raise Invalid.field("name", f"must be one of {', '.join(RECIPES)}.")
    known = {argument.name for argument in recipe.arguments}
    for argument in given:
        if argument not in known:
            raise Invalid.field(argument[:60], f"is not known; known are {', '.join(sorted(known))}.")
    for each in recipe.arguments:
        if each.required and not given.get(each.name, "").strip():
            raise Invalid.field(each.name, "is required.")
    said = {
        key: clean_line(value, key, longest=MAX_ARGUMENT) for key, value in given.items() if value.strip()
    }
    said["project"] = f"the project {said['project']}" if "project" in said else "all my projects"
    content = types.TextContent(type="text", text=recipe.text.format_map(said))
    return types.GetPromptResult(
        description=recipe.description, messages=[types.PromptMessage(role="user", content=content)]
    )
