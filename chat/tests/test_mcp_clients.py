"""The official client lists and calls everything, over HTTP against a server process and over stdio."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from django.conf import settings as django_settings
from django.db import connections
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import Implementation, PromptReference, ResourceTemplateReference

from accounts.models import User
from accounts.tokens import create_token, revoke_token
from chat.mcp.prompts import RECIPES
from chat.tests.person import Person
from chat.tests.serving import Server, serving
from chat.tests.test_tools import CALLS
from chat.tools.registry import Risk, all_tools
from config.tests.copies import address
from memory.tests.talk import remember
from tasks import operations
from tasks.models import Change, Project, Task
from tasks.tests.making import API, add

pytestmark = pytest.mark.django_db(transaction=True)

ME = Implementation(name="official", version="1")
Connect = Callable[[str], AbstractAsyncContextManager[Client]]


def environment(token: str) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "ENV_FILE": os.devnull,
        "DATABASE_URL": address(),
        "SECRET_KEY": django_settings.SECRET_KEY,
        "TASKLORE_TOKEN": token,
    }


def over_http(server: Server, mode: str) -> Connect:
    def connect(token: str) -> AbstractAsyncContextManager[Client]:
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30)
        address = f"http://127.0.0.1:{server.port}/mcp"
        return Client(streamable_http_client(address, http_client=http), client_info=ME, mode=mode)

    return connect


def over_stdio(token: str) -> AbstractAsyncContextManager[Client]:
    manage = str(Path(django_settings.BASE_DIR) / "manage.py")
    started = StdioServerParameters(command=sys.executable, args=[manage, "mcp"], env=environment(token))
    return Client(started, client_info=ME)


@pytest.fixture(
    params=[
        pytest.param("http-2026", marks=pytest.mark.one_lane),
        pytest.param("http-2025", marks=pytest.mark.one_lane),
        "stdio",
    ]
)
def connect(request: pytest.FixtureRequest, person: Person) -> Iterator[Connect]:
    if request.param == "stdio":
        yield over_stdio
        return
    with serving(person, {}) as server:
        yield over_http(server, "auto" if request.param == "http-2026" else "legacy")


@pytest.fixture
def token(alice: User, inbox: Project) -> str:
    add(alice, inbox)
    add(alice, inbox, "Old", status="done")
    operations.delete_task(actor=alice, origin=API, task=add(alice, inbox, "Gone"))
    remember(inbox, "Staging runs on port 8443", key="port")
    remember(inbox, "The door code is 4711", key="door", local_only=True)
    # Named as the client is: one of 2025 does not say its name with each call.
    return create_token(actor=alice, name="official", scopes=["read", "write"])[1]


def run(work: Callable[[], Awaitable[None]]) -> None:
    connections.close_all()
    asyncio.run(asyncio.wait_for(work(), 60))


def arguments_of(name: str) -> dict[str, Any]:
    given = CALLS[name][0]
    return given | {"task": given["task"].replace("WEB", "INBOX")} if "task" in given else given


def test_every_tool_resource_and_prompt(connect: Connect, token: str) -> None:
    async def work() -> None:
        async with connect(token) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == all_tools().keys()
            for name, tool in all_tools().items():
                if name == "undo":
                    await client.call_tool("add_task", {"title": "Before"})
                called = await client.call_tool(name, arguments_of(name))
                assert not called.is_error, (name, called)
                if tool.risk is not Risk.READ:
                    undone = await client.call_tool("undo", {"turn": called.structured_content["call"]})
                    assert not undone.is_error, (name, undone)
            await read_everything(client)
            assert {prompt.name for prompt in (await client.list_prompts()).prompts} == RECIPES.keys()
            for name in RECIPES:
                given = {"goal": "a garden"} if name == "plan_project" else {}
                said = await client.get_prompt(name, {"project": "INBOX", **given})
                assert "the project INBOX" in said.messages[0].content.text  # type: ignore[union-attr]
            for ref, argument in (
                (PromptReference(name="daily_brief"), "project"),
                (ResourceTemplateReference(uri="tasklore://projects/{key}/tasks"), "key"),
            ):
                found = await client.complete(ref, {"name": argument, "value": "in"})
                assert found.completion.values == ["INBOX"]

    run(work)
    made = Change.objects.exclude(door="api")
    assert set(made.values_list("door", "client")) == {("mcp", "official")}


async def read_everything(client: Client) -> None:
    listed = {each.uri for each in (await client.list_resources()).resources}
    assert {"tasklore://projects", "tasklore://projects/INBOX/tasks"} <= listed
    templates = (await client.list_resource_templates()).resource_templates
    assert {each.uri_template for each in templates} == {
        "tasklore://projects/{key}/tasks",
        "tasklore://projects/{key}/memory",
    }
    texts = {}
    for uri in listed:
        (content,) = (await client.read_resource(uri)).contents
        texts[uri] = content.text  # type: ignore[union-attr]
    assert "Buy milk" in texts["tasklore://projects/INBOX/tasks"]
    assert "Old" not in texts["tasklore://projects/INBOX/tasks"]
    assert "8443" in texts["tasklore://projects/INBOX/memory"]
    assert "4711" not in "".join(texts.values())
    for wrong in ("tasklore://projects/NONE/tasks", "tasklore://other", "file:///etc/passwd"):
        with pytest.raises(MCPError):
            await client.read_resource(wrong)


def test_a_stranger_reads_nothing(connect: Connect, token: str, charlie: User) -> None:
    _, theirs = create_token(actor=charlie, name="official", scopes=["read"])

    async def work() -> None:
        async with connect(theirs) as client:
            assert "add_task" not in {tool.name for tool in (await client.list_tools()).tools}
            for resource in (await client.list_resources()).resources:
                (content,) = (await client.read_resource(resource.uri)).contents
                assert "milk" not in content.text and "8443" not in content.text  # type: ignore[union-attr]
            # Sent without asking the list first, as a careless program does.
            with pytest.raises((MCPError, httpx2.HTTPError)):
                await client.call_tool("add_task", {"title": "Mine"})

    run(work)
    assert Task.objects.filter(deleted_at=None).count() == 2


def test_a_cut_call_issued_again_makes_one_effect(person: Person, token: str) -> None:
    arguments = {"title": "Once", "idempotency_key": "cut-1"}
    body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call"}
    sent = orjson.dumps(body | {"params": {"name": "add_task", "arguments": arguments}})
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nAccept: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(sent)}\r\n\r\n"
    ).encode()
    with serving(person, {}) as server:
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as caller:
                caller.sendall(head + sent)
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as caller:
            caller.sendall(head + sent)
            answer = b"".join(iter(lambda: caller.recv(65536), b""))
    assert orjson.loads(answer.split(b"\r\n\r\n", 1)[1])["result"]["structuredContent"]["title"] == "Once"
    assert Task.objects.filter(title="Once").count() == 1


class TestStdio:
    def start(self, text: str) -> subprocess.CompletedProcess[str]:
        manage = str(Path(django_settings.BASE_DIR) / "manage.py")
        connections.close_all()
        return subprocess.run(
            [sys.executable, manage, "mcp"],
            stdin=subprocess.DEVNULL,
            env=environment(text),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_without_a_good_token_it_says_so_and_ends(self, alice: User) -> None:
        token, text = create_token(actor=alice, name="x")
        revoke_token(actor=alice, token_id=token.pk)
        for given in ("", "tl-nonsense", text):
            ended = self.start(given)
            assert (ended.returncode, ended.stdout) == (1, "")
            assert "TASKLORE_TOKEN" in ended.stderr
            assert len(ended.stderr.splitlines()) == 1

    def test_its_output_is_the_protocol_alone(self, token: str) -> None:
        hello = {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "x", "version": "1"},
        }
        lines = [
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            {
                "jsonrpc": "2.0",
                "id": 2,
                "method": "tools/call",
                "params": {"name": "list_tasks", "arguments": {}},
            },
        ]
        said = "".join(orjson.dumps(line).decode() + "\n" for line in ["no JSON", *lines])
        command = [sys.executable, str(Path(django_settings.BASE_DIR) / "manage.py"), "mcp"]
        connections.close_all()
        with subprocess.Popen(
            command, env=environment(token), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin and process.stdout
            process.stdin.write(said)
            process.stdin.flush()
            answers: list[Any] = []
            # The end of its input is the end of it: what was asked must be answered before.
            while {1, 2} - {answer.get("id") for answer in answers}:
                answers.append(orjson.loads(process.stdout.readline()))
            process.stdin.close()
            answers += [orjson.loads(line) for line in process.stdout]
        assert process.returncode == 0
        assert all(answer["jsonrpc"] == "2.0" for answer in answers)
