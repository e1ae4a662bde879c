"""The tools: one list for the chat, REST and MCP. A tool is one typed function that calls an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, get_type_hints
from uuid import UUID

from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from accounts.errors import DomainError, Invalid
from accounts.models import Approval
from chat.llm.types import ToolSpec
from chat.metrics import TOOL_CALLS
from memory.references import AmbiguousMemory
from tasks.changes import Origin
from tasks.idempotency import once
from tasks.references import AmbiguousTask

if TYPE_CHECKING:
    from accounts.models import User
    from chat.models import Message
    from tasks.models import Project

Result = dict[str, Any]
ON_A_MEMORY = ("update_memory", "delete_memory")


class Risk(StrEnum):
    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


class Arguments(BaseModel):
    """Base of every parameter model: an argument that a tool does not know is an error."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True)


class WriteArguments(Arguments):
    idempotency_key: str | None = Field(default=None, max_length=255, exclude=True)


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Who calls, through which door, and where: never anything that a caller could choose.

    `message` is what the person said. `remote` when the answer goes to a model on another machine, or
    may: then it must hold nothing local-only.
    """

    actor: User
    origin: Origin
    project: Project
    now: datetime
    conversation_id: UUID | None = None
    message: Message | None = None
    remote: bool = True


ToolFunction = Callable[[ToolContext, Any], Result]


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str
    risk: Risk
    arguments: type[Arguments]
    run: ToolFunction
    repeatable: bool

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, self.description, _schema(self.arguments))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tool's answer: a result object, or an error object that says what to do."""

    result: Result
    failed: bool = False


_TOOLS: dict[str, Tool] = {}


def tool(
    risk: Risk, *, repeatable: bool = False
) -> Callable[[Callable[[ToolContext, Any], Result]], Callable[[ToolContext, Any], Result]]:
    """Registers a function: its name, the first line of its docstring and its second parameter's model.

    `repeatable`: the same call again, even without an idempotency key, changes nothing more.
    """

    def register(function: ToolFunction) -> ToolFunction:
        name = function.__name__
        description = (function.__doc__ or "").strip().partition("\n")[0]
        model = get_type_hints(function)["arguments"]
        _TOOLS[name] = Tool(name, description, risk, model, function, repeatable or risk is Risk.READ)
        return function

    return register


@cache
def all_tools() -> Mapping[str, Tool]:
    """Every tool by name."""
    for module in ("chat.tools.task_tools", "chat.tools.project_tools", "chat.tools.memory_tools"):
        import_module(module)
    return dict(_TOOLS)


def needs_approval(name: str, approval: str) -> bool:
    """Whether a person who chose `approval` wants to be asked before this tool runs."""
    found = all_tools().get(name)
    if found is None or found.risk is Risk.READ or approval == Approval.NEVER:
        return False
    return approval == Approval.ALWAYS or found.risk is Risk.DESTRUCTIVE


def call_tool(name: str, arguments: Mapping[str, Any], context: ToolContext) -> Outcome:
    """Runs a tool in a transaction of its own; what the caller got wrong comes back as an error result."""
    try:
        found = all_tools().get(name)
        if found is None:
            raise Invalid(f"There is no tool “{name[:60]}”. The tools are: {', '.join(sorted(all_tools()))}.")
        checked = check(found, arguments)
        with transaction.atomic():
            outcome = Outcome(_run(found, checked, context))
    except DomainError as error:
        outcome = Outcome({"error": describe_error(error)}, failed=True)
    TOOL_CALLS.add(name if name in all_tools() else "unknown", "failed" if outcome.failed else "done")
    return outcome


def describe_error(error: DomainError) -> Result:
    """What an assistant or a program needs to do better."""
    described: Result = {"code": error.code, "message": error.detail}
    if isinstance(error, AmbiguousTask):
        described["candidates"] = [{"task": task.ref, "title": task.title} for task in error.candidates]
    if isinstance(error, AmbiguousMemory):
        described["candidates"] = [{"key": each.key, "value": each.value[:120]} for each in error.candidates]
    return described


def _run(found: Tool, arguments: Arguments, context: ToolContext) -> Result:
    def perform() -> Result:
        result = found.run(context, arguments)
        if context.origin.call_id is None or found.risk is Risk.READ:
            return result
        return result | {"call": str(context.origin.call_id)}

    key = getattr(arguments, "idempotency_key", None)
    if not key:
        return perform()
    request = {"tool": found.name, "arguments": arguments.model_dump(mode="json", exclude_unset=True)}
    answer: Result = once(actor=context.actor, key=key, request=request, perform=perform)
    return answer


def check(found: Tool, arguments: Mapping[str, Any]) -> Arguments:
    """The arguments as their model. Raises Invalid, naming each that is wrong."""
    try:
        return found.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        fields = {_place(each["loc"]): _reason(each) for each in error.errors(include_url=False)}
    known = ", ".join(found.arguments.model_fields)
    detail = " ".join(f"{name}: {reason}" for name, reason in fields.items())
    raise Invalid(f"{found.name}: {detail} Its arguments are: {known}.", fields=fields)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)[:80] or "arguments"


def _reason(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "is not an argument of this tool."
    if error["type"] == "missing":
        return "is required."
    return f"{error['msg']}."


@cache
def _schema(model: type[Arguments]) -> dict[str, Any]:
    schema = model.model_json_schema()
    properties = {
        name: _plain(value) for name, value in schema["properties"].items() if name != "idempotency_key"
    }
    return {
        "type": "object",
        "properties": properties,
        "required": schema.get("required", []),
        "additionalProperties": False,
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    # "Optional" and titles cost tokens in every request and tell a model nothing.
    schema = {key: value for key, value in schema.items() if key not in ("title", "default")}
    options = [option for option in schema.pop("anyOf", []) if option.get("type") != "null"]
    if options:
        schema = {**options[0], **schema}
    return schema
