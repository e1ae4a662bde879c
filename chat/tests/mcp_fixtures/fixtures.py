"""What the MCP conformance suite wants a server to have for it, added to the server of the product.

Each name and text is one that the suite asks for (its scenarios describe them); nothing here reaches a row.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types
from django.conf import settings
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError

from chat.tests.mcp_fixtures import asking

Context = ServerRequestContext[Any, Any]
Handler = Callable[[Context, Any], Awaitable[Any]]

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
SOUND = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
TEMPLATE = "test://template/{id}/data"
JSON = "application/json"


def add_to(server: Server[Any]) -> None:
    """Lists and answers the fixtures too; whatever else is asked for goes to the product's own handlers."""
    # What a client echoes is sealed, as the SDK does it for whoever keeps state with the client.
    security = RequestStateSecurity(keys=[settings.SECRET_KEY])
    server.middleware.append(RequestStateBoundary(security, default_audience="conformance"))
    _also_lists(server, "tools/list", "tools", [_tool(name) for name in [*TOOLS, *asking.TOOLS]])
    _also_lists(server, "resources/list", "resources", RESOURCES)
    templates = [types.ResourceTemplate(uri_template=TEMPLATE, name="template", mime_type=JSON)]
    _also_lists(server, "resources/templates/list", "resource_templates", templates)
    _also_lists(server, "prompts/list", "prompts", [*PROMPTS, asking.PROMPT])
    _answers_first(server, "tools/call", _call)
    _answers_first(server, "resources/read", _read)
    _answers_first(server, "prompts/get", _prompt)


def _also_lists(server: Server[Any], method: str, field: str, more: list[Any]) -> None:
    entry = server.get_request_handler(method)
    assert entry is not None

    async def listed(context: Context, params: Any) -> Any:
        result: Any = await entry.handler(context, params)
        return result.model_copy(update={field: [*getattr(result, field), *more]})

    server.add_request_handler(method, entry.params_type, listed)


def _answers_first(server: Server[Any], method: str, answer: Handler) -> None:
    entry = server.get_request_handler(method)
    assert entry is not None

    async def answered(context: Context, params: Any) -> Any:
        found = await answer(context, params)
        return found if found is not None else await entry.handler(context, params)

    server.add_request_handler(method, entry.params_type, answered)


def _tool(name: str) -> types.Tool:
    return types.Tool(name=name, description="For conformance tests.", input_schema={"type": "object"})


async def _call(context: Context, params: types.CallToolRequestParams) -> Any:
    if params.name in asking.TOOLS:
        return asking.TOOLS[params.name](context, params)
    if params.name in TOOLS:
        found = await TOOLS[params.name](context)
        return found if isinstance(found, types.CallToolResult) else types.CallToolResult(content=found)
    return None


async def _simple(context: Context) -> Any:
    return [types.TextContent(text="This is a simple text response for testing.")]


async def _image(context: Context) -> Any:
    return [types.ImageContent(data=PIXEL, mime_type="image/png")]


async def _audio(context: Context) -> Any:
    return [types.AudioContent(data=SOUND, mime_type="audio/wav")]


async def _embedded(context: Context) -> Any:
    return [_resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")]


async def _mixed(context: Context) -> Any:
    text = types.TextContent(text="Multiple content types test:")
    data = json.dumps({"test": "data", "value": 123})
    resource = _resource("test://mixed-content-resource", JSON, data)
    return [text, types.ImageContent(data=PIXEL, mime_type="image/png"), resource]


async def _error(context: Context) -> Any:
    text = types.TextContent(text="This tool intentionally returns an error for testing")
    return types.CallToolResult(content=[text], is_error=True)


async def _progress(context: Context) -> Any:
    for done in (0, 50, 100):
        await context.session.report_progress(done, 100)
        await asyncio.sleep(0.05)
    return [types.TextContent(text="Done.")]


async def _logging(context: Context) -> Any:
    await context.session.send_log_message("info", "Working.", related_request_id=context.request_id)
    return [types.TextContent(text="Done.")]


async def _missing_capability(context: Context) -> Any:
    given = context.session.client_params
    if given is None or given.capabilities.sampling is None:
        needed = types.ClientCapabilities(sampling=types.SamplingCapability())
        data = types.MissingRequiredClientCapabilityErrorData(required_capabilities=needed)
        raise MCPError(
            types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This tool needs the sampling capability.",
            data.model_dump(by_alias=True, mode="json", exclude_none=True),
        )
    return [types.TextContent(text="Done.")]


TOOLS: dict[str, Callable[[Context], Awaitable[Any]]] = {
    "test_simple_text": _simple,
    "test_image_content": _image,
    "test_audio_content": _audio,
    "test_embedded_resource": _embedded,
    "test_multiple_content_types": _mixed,
    "test_error_handling": _error,
    "test_tool_with_progress": _progress,
    "test_logging_tool": _logging,
    "test_missing_capability": _missing_capability,
}


def _resource(uri: str, kind: str, text: str) -> types.EmbeddedResource:
    return types.EmbeddedResource(resource=types.TextResourceContents(uri=uri, mime_type=kind, text=text))


RESOURCES = [
    types.Resource(uri="test://static-text", name="static-text", mime_type="text/plain"),
    types.Resource(uri="test://static-binary", name="static-binary", mime_type="image/png"),
]


async def _read(context: Context, params: types.ReadResourceRequestParams) -> Any:
    uri = params.uri
    content: Any
    if uri == "test://static-text":
        text = "This is the content of the static text resource."
        content = types.TextResourceContents(uri=uri, mime_type="text/plain", text=text)
    elif uri == "test://static-binary":
        content = types.BlobResourceContents(uri=uri, mime_type="image/png", blob=PIXEL)
    elif match := re.fullmatch(r"test://template/([^/]+)/data", uri):
        data = {"id": match[1], "templateTest": True, "data": f"Data for ID: {match[1]}"}
        content = types.TextResourceContents(uri=uri, mime_type=JSON, text=json.dumps(data))
    else:
        return None
    return types.ReadResourceResult(contents=[content])


def _arguments(*names: str) -> list[types.PromptArgument]:
    return [types.PromptArgument(name=name, required=True) for name in names]


PROMPTS = [
    types.Prompt(name=name, description="For conformance tests.", arguments=_arguments(*arguments))
    for name, *arguments in (
        ("test_simple_prompt",),
        ("test_prompt_with_arguments", "arg1", "arg2"),
        ("test_prompt_with_embedded_resource", "resourceUri"),
        ("test_prompt_with_image",),
    )
]


async def _prompt(context: Context, params: types.GetPromptRequestParams) -> Any:
    given = params.arguments or {}
    said: list[Any]
    if params.name == asking.PROMPT.name:
        return asking.prompt(params)
    if params.name == "test_simple_prompt":
        said = [types.TextContent(text="This is a simple prompt for testing.")]
    elif params.name == "test_prompt_with_arguments":
        text = f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"
        said = [types.TextContent(text=text)]
    elif params.name == "test_prompt_with_embedded_resource":
        uri = given.get("resourceUri", "test://none")
        embedded = _resource(uri, "text/plain", "Embedded resource content for testing.")
        said = [embedded, types.TextContent(text="Please process the embedded resource above.")]
    elif params.name == "test_prompt_with_image":
        image = types.ImageContent(data=PIXEL, mime_type="image/png")
        said = [image, types.TextContent(text="Please analyze the image above.")]
    else:
        return None
    messages = [types.PromptMessage(role="user", content=content) for content in said]
    return types.GetPromptResult(messages=messages)
