"""Raw MCP over HTTP, as any program could send it, and the messages of both protocol generations."""

from __future__ import annotations

from typing import Any

import orjson
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient

from accounts.models import User
from accounts.tokens import create_token

MODERN = "2026-07-28"
META = "io.modelcontextprotocol/"
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class McpProgram:
    """A program with a token of `user`'s, that talks to this process as the specification of 2026 says."""

    def __init__(
        self, user: User, scopes: str = "read,write", *, client: str = "pytest", **more: Any
    ) -> None:
        self.user = user
        self.token, self.text = create_token(actor=user, name="my laptop", scopes=scopes.split(","), **more)
        self.name = client

    def send(self, method: str, params: dict[str, Any] | None = None, **headers: str) -> HttpResponse:
        """The HTTP answer to one message."""
        params = dict(params or {})
        named = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        if method in NAMED:
            named["Mcp-Name"] = str(params.get(NAMED[method], ""))
        meta = {f"{META}protocolVersion": MODERN, f"{META}clientCapabilities": {}}
        if self.name:
            meta[f"{META}clientInfo"] = {"name": self.name, "version": "1"}
        params["_meta"] = meta | params.get("_meta", {})
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.post(orjson.dumps(body), **(named | headers))

    def post(self, body: bytes, **headers: str) -> HttpResponse:
        known = {"Authorization": f"Bearer {self.text}", "Accept": "application/json, text/event-stream"}
        sent = known | {name.replace("_", "-"): value for name, value in headers.items()}
        answer: Any = async_to_sync(AsyncClient(enforce_csrf_checks=True).post)(
            "/mcp", data=body, content_type="application/json", headers=sent
        )
        assert isinstance(answer, HttpResponse)
        return answer

    def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of a message that works."""
        answer = self.send(method, params)
        assert answer.status_code == 200, answer.content
        body = orjson.loads(answer.content)
        assert "result" in body, body
        return dict(body["result"])

    def fails(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON-RPC error of a message that does not."""
        answer = self.send(method, params)
        assert answer.status_code < 500, answer.content
        return dict(orjson.loads(answer.content)["error"])

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """What a tool answers; fails the test when it refuses."""
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert not result.get("isError"), result
        return self._content(result)

    def refused(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The error object of a tool that refuses."""
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert result.get("isError"), result
        return dict(self._content(result)["error"])

    @staticmethod
    def _content(result: dict[str, Any]) -> dict[str, Any]:
        structured: dict[str, Any] = result["structuredContent"]
        assert orjson.loads(result["content"][0]["text"]) == structured
        return structured
