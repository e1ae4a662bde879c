"""The registry's tools as MCP shows them, and calls of them."""

from __future__ import annotations

from typing import Any

import mcp_types as types
import orjson

from chat.mcp.callers import Caller
from chat.tools.registry import Risk, Tool, all_tools, call_tool

KEY = {
    "type": "string",
    "maxLength": 255,
    "description": "Any text of your own; the same call with the same key again changes nothing more",
}


def tools_of(caller: Caller) -> list[types.Tool]:
    """Those that the caller's token may use."""
    return [_definition(tool) for tool in all_tools().values() if caller.may_use(tool)]


def input_schema(name: str) -> dict[str, Any] | None:
    found = all_tools().get(name)
    return _input_schema(found) if found else None


def call(caller: Caller, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
    """The tool's answer; what was wrong with the call is an answer as well, with `is_error`."""
    outcome = call_tool(name, arguments, caller.context())
    text = types.TextContent(type="text", text=orjson.dumps(outcome.result).decode())
    return types.CallToolResult(content=[text], structured_content=outcome.result, is_error=outcome.failed)


def _definition(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.name.replace("_", " ").capitalize(),
        description=tool.description,
        input_schema=_input_schema(tool),
        output_schema={"type": "object"},
        annotations=types.ToolAnnotations(
            read_only_hint=tool.risk is Risk.READ,
            destructive_hint=tool.risk is Risk.DESTRUCTIVE,
            idempotent_hint=tool.repeatable,
            open_world_hint=False,
        ),
    )


def _input_schema(tool: Tool) -> dict[str, Any]:
    schema = dict(tool.spec.parameters)
    if tool.risk is not Risk.READ:
        schema["properties"] = schema["properties"] | {"idempotency_key": KEY}
    return schema
