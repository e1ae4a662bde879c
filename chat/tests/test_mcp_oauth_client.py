"""The official client signs in by itself: it finds the way, a person says yes, and it renews its tokens."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from django.db import connections
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from mcp_types import Implementation
from pydantic import AnyUrl

from accounts.models import OAuthGrant, User
from accounts.signin_link import make_link
from chat.tests.person import Person
from chat.tests.serving import serving
from chat.tools.registry import all_tools
from tasks.models import Change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_lane]


class Storage:
    """What a program keeps between its starts."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Browser:
    """A person's, who is signed in by a one-time link and says yes on the consent page."""

    def __init__(self, user: User) -> None:
        self.path = urlsplit(make_link(user, "http://localhost")).path
        self.target = ""
        self.opened = 0

    async def open(self, address: str) -> None:
        self.opened += 1
        async with httpx2.AsyncClient(follow_redirects=True, timeout=30) as http:
            await http.get(str(httpx2.URL(address).join(self.path)))
            page = await http.get(address)
            hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
            form = {name: unescape(value) for name, value in hidden} | {"answer": "yes"}
            page = await http.post(str(page.url.join("/oauth/consent/")), data=form)
        match = re.search(r'content="0;url=([^"]+)"', page.text)
        assert match, page.text
        self.target = unescape(match[1])

    async def came_back(self) -> AuthorizationCodeResult:
        told = {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}
        return AuthorizationCodeResult(**told)


def test_it_signs_in_and_stays(alice: User, person: Person) -> None:
    storage, browser = Storage(), Browser(alice)

    async def work(port: int) -> None:
        address = f"http://127.0.0.1:{port}/mcp"
        metadata = OAuthClientMetadata(
            client_name="Official", redirect_uris=[AnyUrl("http://localhost:3030/callback")]
        )
        signing_in = OAuthClientProvider(address, metadata, storage, browser.open, browser.came_back)
        async with httpx2.AsyncClient(auth=signing_in, timeout=30) as http:
            transport = streamable_http_client(address, http_client=http)
            me = Implementation(name="", version="1")
            async with Client(transport, client_info=me) as client:
                assert {tool.name for tool in (await client.list_tools()).tools} == all_tools().keys()
                assert not (await client.call_tool("add_task", {"title": "Milk"})).is_error
                before = storage.tokens
                # As an hour later: the client renews its token before it asks again.
                signing_in.context.token_expiry_time = 1.0
                assert not (await client.call_tool("list_tasks", {})).is_error
        assert before and storage.tokens and before.refresh_token != storage.tokens.refresh_token
        assert storage.tokens.scope == "read write"

    with serving(person, {}) as server:
        connections.close_all()
        asyncio.run(asyncio.wait_for(work(server.port), 60))
    assert browser.opened == 1
    (grant,) = OAuthGrant.objects.visible_to(alice).connected()
    assert grant.client.name == "Official"
    assert [(each.actor, each.client) for each in Change.objects.filter(door="mcp")] == [(alice, "Official")]
