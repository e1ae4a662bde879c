"""Who is let in at /mcp, with which scope, from where, and what is refused before any tool runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.tokens import revoke_token
from chat.tests.mcp_client import McpProgram
from tasks.models import Task
from tasks.operations import ensure_inbox
from tasks.tests.making import add

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_lane]

METADATA = "http://testserver/.well-known/oauth-protected-resource"
ADD: dict[str, Any] = {"name": "add_task", "arguments": {"title": "Milk"}}
OLD_CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": ADD}


@pytest.fixture
def program(transactional_db: None, alice: User) -> McpProgram:
    return McpProgram(alice)


def challenge(answer: HttpResponse) -> str:
    return str(answer.headers["WWW-Authenticate"])


class TestToken:
    def test_none(self, program: McpProgram) -> None:
        answer = program.send("tools/list", Authorization="")
        assert answer.status_code == 401
        assert challenge(answer) == f'Bearer resource_metadata="{METADATA}"'

    def test_a_session_is_none(self, program: McpProgram, alice: User) -> None:
        client = Client()
        client.force_login(alice)
        answer = client.post("/mcp", orjson.dumps(OLD_CALL), content_type="application/json")
        assert answer.status_code == 401
        assert not Task.objects.exists()

    @pytest.mark.parametrize(
        "text",
        ["tl-" + "x" * 43, "tl-", "eyJhbGciOiJIUzI1NiJ9.e30.x", "x" * 5000, "tl-" + "é" * 43],
    )
    def test_a_foreign_one(self, program: McpProgram, text: str) -> None:
        answer = program.send("tools/call", ADD, Authorization=f"Bearer {text}")
        assert answer.status_code == 401
        assert challenge(answer) == f'Bearer resource_metadata="{METADATA}", error="invalid_token"'
        assert not Task.objects.exists()

    def test_an_expired_one(self, alice: User) -> None:
        program = McpProgram(alice, expires_at=timezone.now() + timedelta(days=1))
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            answer = program.send("tools/call", ADD)
        assert (answer.status_code, 'error="invalid_token"' in challenge(answer)) == (401, True)

    def test_a_revoked_one(self, program: McpProgram, alice: User) -> None:
        program.ask("tools/list")
        revoke_token(actor=alice, token_id=program.token.pk)
        assert program.send("tools/call", ADD).status_code == 401

    def test_somebody_who_may_not_sign_in(self, program: McpProgram, alice: User) -> None:
        alice.is_active = False
        alice.save()
        assert program.send("tools/list").status_code == 401

    @pytest.mark.parametrize(
        ("scopes", "method", "params"),
        [
            ("read", "tools/call", ADD),
            ("read", "tools/call", {"name": "delete_task", "arguments": {"task": "INBOX-1"}}),
            ("write", "tools/call", {"name": "list_tasks", "arguments": {}}),
            ("write", "resources/read", {"uri": "tasklore://projects"}),
            ("write", "resources/list", {}),
        ],
    )
    def test_a_scope_too_low(self, alice: User, scopes: str, method: str, params: dict[str, Any]) -> None:
        add(alice, ensure_inbox(alice))
        answer = McpProgram(alice, scopes).send(method, params)
        assert (answer.status_code, orjson.loads(answer.content)["code"]) == (403, "insufficient_scope")
        assert 'error="insufficient_scope", scope="read write"' in challenge(answer)
        assert list(Task.objects.values_list("deleted_at", flat=True)) == [None]

    def test_an_old_client_meets_the_same(self, alice: User) -> None:
        headers = {"Mcp-Protocol-Version": "2025-06-18"}
        answer = McpProgram(alice, "read").post(orjson.dumps(OLD_CALL), **headers)
        assert answer.status_code == 403
        answer = McpProgram(alice).post(orjson.dumps(OLD_CALL), **headers)
        assert orjson.loads(answer.content)["result"]["structuredContent"]["task"] == "INBOX-1"


@pytest.mark.parametrize("path", ["", "/mcp", "/mcp/"])
def test_the_metadata_says_how_to_get_in(db: None, path: str) -> None:
    answer = Client().get(f"/.well-known/oauth-protected-resource{path}")
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, "*")
    body = answer.json()
    assert (body["resource"], body["scopes_supported"]) == ("http://testserver/mcp", ["read", "write"])
    assert body["bearer_methods_supported"] == ["header"]
    assert Client().post(f"/.well-known/oauth-protected-resource{path}").status_code in (403, 405)


class TestOrigin:
    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "http://testserver.evil.example", "null", "http://testserver:81", "x", "é"],
    )
    def test_of_others(self, program: McpProgram, origin: str) -> None:
        assert program.send("tools/call", ADD, Origin=origin).status_code == 403
        assert not Task.objects.exists()

    def test_of_our_own_and_of_a_friend(self, program: McpProgram, settings: Settings) -> None:
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
        for origin in ("http://testserver", "https://app.example"):
            assert program.send("tools/list", Origin=origin).status_code == 200

    def test_a_friends_browser_may_ask_first(self, program: McpProgram, settings: Settings) -> None:
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
        asked = "authorization,content-type,mcp-protocol-version,mcp-method,mcp-name"
        headers = {
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        }
        answer = Client().options("/mcp", headers=headers)
        allowed = answer["Access-Control-Allow-Headers"].replace(" ", "").split(",")
        assert set(asked.split(",")) <= set(allowed)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "testserver.evil.example", "a b"])
def test_an_evil_host(program: McpProgram, settings: Settings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    answer = program.send("tools/call", ADD, Host=host)
    assert (answer.status_code, orjson.loads(answer.content)["code"]) == (421, "misdirected")
    assert not Task.objects.exists()


def nested(levels: int) -> bytes:
    return b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' + b"[" * levels + b"]" * levels + b"}"


BODIES: dict[str, bytes] = {
    "a batch": orjson.dumps([OLD_CALL, OLD_CALL]),
    "an empty batch": b"[]",
    "nested deeply": nested(101),
    "nested very deeply": nested(100_000),
    "no JSON": b"{",
    "nothing": b"",
    "a number": b"1",
    "no method": b'{"jsonrpc":"2.0","id":1}',
    "half a surrogate pair": b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}',
    "no UTF-8": b'{"jsonrpc":"2.0","id":1,"method":"\xff"}',
    "NUL": orjson.dumps(OLD_CALL).replace(b"Milk", b"\\u0000"),
    "NaN": b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    "a wrong version": b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
    "an object as id": b'{"jsonrpc":"2.0","id":{},"method":"ping"}',
    "an infinite number": b'{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
}


@pytest.mark.parametrize("version", ["2026-07-28", "2025-06-18", ""])
def test_a_body_that_is_no_message(program: McpProgram, version: str) -> None:
    headers = {"MCP-Protocol-Version": version} if version else {}
    assert {name: program.post(body, **headers).status_code for name, body in BODIES.items()} == (
        dict.fromkeys(BODIES, 400)
    )
    assert not Task.objects.exists()


WRONG_PARAMS: list[Any] = [
    [], "x", 1, None, {}, {"name": 1}, {"name": ["add_task"]}, {"name": "add_task", "arguments": []},
    {"name": "add_task", "arguments": "x"}, {"name": "x" * 10_000}, {"name": "\u202e\n"},
]  # fmt: skip


@pytest.mark.parametrize("version", ["2026-07-28", "2025-06-18", "1999-01-01"])
def test_params_of_a_wrong_kind(program: McpProgram, version: str) -> None:
    for method in ("tools/call", "resources/read", "prompts/get", "completion/complete", "x"):
        for params in WRONG_PARAMS:
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            headers = {"MCP-Protocol-Version": version, "Mcp-Method": method}
            answer = program.post(orjson.dumps(body), **headers)
            assert answer.status_code < 500, (method, params, answer.content)
            assert "result" not in orjson.loads(answer.content), (method, params)
    assert not Task.objects.exists()


def test_five_megabytes(program: McpProgram) -> None:
    assert program.post(b'"' + b"x" * 5_000_000 + b'"').status_code == 413


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_other_methods(program: McpProgram, method: str) -> None:
    def ask(**headers: str) -> Any:
        return getattr(Client(), method)("/mcp", headers=headers)

    assert ask().status_code == 401
    answer = ask(Authorization=f"Bearer {program.text}")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "text/html"}, 406),
        ({"Mcp-Method": "tools/list"}, 400),
        ({"Mcp-Name": "delete_task"}, 400),
        ({"MCP-Protocol-Version": "1999-01-01"}, 400),
    ],
)
def test_headers_that_do_not_fit(program: McpProgram, headers: dict[str, str], status: int) -> None:
    assert program.send("tools/call", ADD, **headers).status_code == status
    assert not Task.objects.exists()


def test_blanks_around_a_header_are_no_part_of_it(program: McpProgram) -> None:
    assert program.send("tools/call", ADD, **{"Mcp-Name": "  add_task "}).status_code == 200


def test_a_notification_is_taken(program: McpProgram) -> None:
    body = orjson.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert program.post(body).status_code == 202
    assert program.post(body, **{"MCP-Protocol-Version": "2026-07-28"}).status_code == 202


def test_both_spellings_of_the_address(program: McpProgram) -> None:
    headers = {"Authorization": f"Bearer {program.text}"}
    for path in ("/mcp", "/mcp/"):
        assert Client().get(path, headers=headers).status_code == 405


def test_too_many_are_told_to_wait(program: McpProgram, settings: Settings) -> None:
    settings.RATE_LIMIT_TOKEN = 2
    limited = [program.send("tools/list") for _ in range(3)][-1]
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0
