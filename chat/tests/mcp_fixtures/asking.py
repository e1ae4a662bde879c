"""Fixtures that ask their caller for something first: results of `input_required`, and what follows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext

Context = ServerRequestContext[Any, Any]
Asked = types.CallToolResult | types.InputRequiredResult

NAME = ("What is your name?", "name", "string")
CONFIRM = ("Please confirm", "ok", "boolean")


def _question(message: str, field: str, kind: str) -> types.ElicitRequest:
    schema: Any = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def _sample(text: str, most: int) -> types.CreateMessageRequest:
    said = types.SamplingMessage(role="user", content=types.TextContent(text=text))
    return types.CreateMessageRequest(
        params=types.CreateMessageRequestParams(messages=[said], max_tokens=most)
    )


def _done(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=text)])


def _ask(requests: dict[str, Any], state: str | None = None) -> types.InputRequiredResult:
    return types.InputRequiredResult(input_requests=requests, request_state=state)


def _said(params: Any, key: str, field: str) -> Any:
    """What was answered to a question; None while it was not."""
    answer = (params.input_responses or {}).get(key)
    if isinstance(answer, types.ElicitResult) and answer.action == "accept" and answer.content:
        return answer.content.get(field)
    return None


def elicitation(context: Context, params: types.CallToolRequestParams) -> Asked:
    name = _said(params, "user_name", "name")
    return _done(f"Hello, {name}!") if name else _ask({"user_name": _question(*NAME)})


def sampling(context: Context, params: types.CallToolRequestParams) -> Asked:
    answer = (params.input_responses or {}).get("capital_question")
    if isinstance(answer, types.CreateMessageResult):
        return _done(getattr(answer.content, "text", ""))
    return _ask({"capital_question": _sample("What is the capital of France?", 100)})


def list_roots(context: Context, params: types.CallToolRequestParams) -> Asked:
    answer = (params.input_responses or {}).get("client_roots")
    if isinstance(answer, types.ListRootsResult):
        return _done(" ".join(str(root.uri) for root in answer.roots))
    return _ask({"client_roots": types.ListRootsRequest(params=types.RequestParams())})


def request_state(context: Context, params: types.CallToolRequestParams) -> Asked:
    if params.request_state == "asked" and _said(params, "confirm", "ok") is not None:
        return _done("state-ok")
    return _ask({"confirm": _question(*CONFIRM)}, "asked")


def multiple_inputs(context: Context, params: types.CallToolRequestParams) -> Asked:
    requests = {
        "user_name": _question(*NAME),
        "greeting": _sample("Generate a greeting", 50),
        "client_roots": types.ListRootsRequest(params=types.RequestParams()),
    }
    if params.request_state == "asked" and requests.keys() <= (params.input_responses or {}).keys():
        return _done("All were answered.")
    return _ask(requests, "asked")


def multi_round(context: Context, params: types.CallToolRequestParams) -> Asked:
    if params.request_state == "two" and _said(params, "step2", "color"):
        return _done("Both were answered.")
    if params.request_state == "one" and _said(params, "step1", "name"):
        return _ask({"step2": _question("Step 2: What is your favorite color?", "color", "string")}, "two")
    return _ask({"step1": _question("Step 1: What is your name?", "name", "string")}, "one")


def capabilities(context: Context, params: types.CallToolRequestParams) -> Asked:
    """Asks only what the client said that it can answer."""
    given = context.session.client_params
    may = given.capabilities if given else types.ClientCapabilities()
    requests: dict[str, Any] = {}
    if may.elicitation is not None:
        requests["user_name"] = _question(*NAME)
    if may.sampling is not None:
        requests["greeting"] = _sample("Generate a greeting", 50)
    return _ask(requests) if requests else _done("There is nobody to ask.")


TOOLS: dict[str, Callable[[Context, types.CallToolRequestParams], Asked]] = {
    "test_streaming_elicitation": elicitation,
    "test_input_required_result_elicitation": elicitation,
    "test_input_required_result_sampling": sampling,
    "test_input_required_result_list_roots": list_roots,
    "test_input_required_result_request_state": request_state,
    "test_input_required_result_tampered_state": request_state,
    "test_input_required_result_multiple_inputs": multiple_inputs,
    "test_input_required_result_multi_round": multi_round,
    "test_input_required_result_capabilities": capabilities,
}
PROMPT = types.Prompt(name="test_input_required_result_prompt", description="For conformance tests.")


def prompt(params: types.GetPromptRequestParams) -> types.GetPromptResult | types.InputRequiredResult:
    context = _said(params, "user_context", "context")
    if not context:
        question = _question("What context should the prompt use?", "context", "string")
        return _ask({"user_context": question})
    content = types.TextContent(text=f"Answer in the context of {context}.")
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=content)])
