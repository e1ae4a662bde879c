"""A connected app, made without the exchange of requests that leads to one."""

from __future__ import annotations

from accounts.connections import allow, find_code, register_client, take_up
from accounts.models import OAuthGrant, User


def make_connection(user: User, name: str = "Claude") -> OAuthGrant:
    """It has an access token and a refresh token."""
    client = register_client(name=name, redirect_uris=["https://claude.example/callback"])
    asked = {"resource": "http://testserver/mcp", "code_challenge": "c" * 43}
    code = allow(
        actor=user,
        client_id=client.client_id,
        scopes=["read", "write"],
        redirect_uri=client.redirect_uris[0],
        redirect_uri_given=True,
        **asked,
    )
    grant = find_code(client.client_id, code)
    assert grant is not None and take_up(grant) is not None
    return grant
