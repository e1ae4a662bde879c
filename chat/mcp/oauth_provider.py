"""What the SDK's authorization server asks of us: clients, codes and tokens, by `accounts.connections`.

The SDK checks what OAuth asks of requests: parameters, PKCE, grant types, that what a client presents is its
own. Brings the `mcp` package: import it when somebody asks, and not before.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from django.urls import reverse
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    RegistrationError,
    TokenError,
)
from mcp.shared.auth import (
    InvalidRedirectUriError,
    InvalidScopeError,
    OAuthClientInformationFull,
    OAuthToken,
)
from pydantic import AnyUrl

from accounts import connections
from accounts.consent_page import SALT
from accounts.errors import Invalid
from accounts.models import ApiToken, OAuthClient, OAuthGrant, OAuthRefreshToken, Scope
from chat.database import in_database

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST_STATE = 2000
GRANTS = ["authorization_code", "refresh_token"]


class Client(OAuthClientInformationFull):
    """A client that keeps no secret: PKCE shows who began, and a secret that anybody gets shows nothing."""

    def validate_redirect_uri(self, redirect_uri: AnyUrl | None) -> AnyUrl:
        known = [str(uri) for uri in self.redirect_uris or []]
        if redirect_uri is None and len(known) == 1:
            return AnyUrl(known[0])
        if redirect_uri is None:
            raise InvalidRedirectUriError("redirect_uri: is missing.")
        if not any(connections.same_redirect(str(redirect_uri), each) for each in known):
            raise InvalidRedirectUriError("redirect_uri: is not one that the program gave before.")
        return redirect_uri

    def validate_scope(self, requested_scope: str | None) -> list[str]:
        # Some clients ask for what every server of theirs has, such as offline_access.
        asked = Scope.values if requested_scope is None else requested_scope.split()
        known = [scope for scope in Scope.values if scope in asked]
        if not known:
            raise InvalidScopeError(f"scope: must be one or more of {' '.join(Scope.values)}.")
        return known


class Code(AuthorizationCode):
    grant: Any


class Refresh(RefreshToken):
    row: Any


class Access(AccessToken):
    grant_id: UUID


class Provider(OAuthAuthorizationServerProvider[Code, Refresh, Access]):
    """For one request: `resource` is the address that tokens are good for."""

    def __init__(self, resource: str) -> None:
        self._resource = resource

    async def get_client(self, client_id: str) -> Client | None:
        found = await in_database(connections.find_client, client_id)
        return _client(found) if found else None

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        uris = [str(AnyUrl(str(uri))) for uri in client_info.redirect_uris or []]
        name = client_info.client_name or ""
        try:
            client = await in_database(connections.register_client, name=name, redirect_uris=uris)
        except Invalid as error:
            raise RegistrationError("invalid_redirect_uri", error.detail) from None
        # A server may say what a client is registered with (RFC 7591, 3.2.1); the SDK answers with this.
        client_info.client_id, client_info.client_name = client.client_id, client.name
        client_info.client_secret = client_info.client_secret_expires_at = None
        client_info.token_endpoint_auth_method = "none"
        client_info.grant_types, client_info.scope = list(GRANTS), " ".join(Scope.values)

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        """The address of the consent page, which holds all that was asked, signed."""
        if params.resource is not None and not _same_address(params.resource, self._resource):
            raise AuthorizeError("invalid_target", f"resource: must be {self._resource}.")
        if not CHALLENGE.fullmatch(params.code_challenge):
            raise AuthorizeError("invalid_request", "code_challenge: must be 43 characters, by S256.")
        if len(params.state or "") > LONGEST_STATE:
            raise AuthorizeError("invalid_request", f"state: must have at most {LONGEST_STATE} characters.")
        asked = {
            "client_id": client.client_id,
            "scopes": params.scopes or Scope.values,
            "resource": self._resource,
            "code_challenge": params.code_challenge,
            "redirect_uri": str(params.redirect_uri),
            "redirect_uri_given": params.redirect_uri_provided_explicitly,
            "state": params.state,
        }
        signed = signing.dumps(asked, salt=SALT, compress=True)
        return f"{reverse('oauth_consent')}?{urlencode({'asked': signed})}"

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> Code | None:
        grant = await in_database(connections.find_code, client.client_id, authorization_code)
        return _code(grant, authorization_code) if grant else None

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: Code
    ) -> OAuthToken:
        return _token(await in_database(connections.take_up, authorization_code.grant))

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> Refresh | None:
        row = await in_database(connections.find_refresh, client.client_id, refresh_token)
        return _refresh(row, refresh_token) if row else None

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: Refresh, scopes: list[str]
    ) -> OAuthToken:
        return _token(await in_database(connections.refresh, refresh_token.row, scopes))

    async def load_access_token(self, token: str) -> Access | None:
        row = await in_database(connections.find_access, token)
        return _access(row, token) if row else None

    async def revoke_token(self, token: Access | Refresh) -> None:
        grant_id = token.grant_id if isinstance(token, Access) else token.row.grant_id
        await in_database(connections.end, grant_id)


def _client(row: OAuthClient) -> Client:
    return Client(
        client_id=row.client_id,
        client_name=row.name,
        redirect_uris=[AnyUrl(uri) for uri in row.redirect_uris],
        token_endpoint_auth_method="none",
        grant_types=list(GRANTS),
        scope=" ".join(Scope.values),
    )


def _code(grant: OAuthGrant, text: str) -> Code:
    return Code(
        code=text,
        scopes=grant.scopes.split(","),
        expires_at=grant.code_expires_at.timestamp(),
        client_id=grant.client.client_id,
        code_challenge=grant.code_challenge,
        redirect_uri=AnyUrl(grant.redirect_uri),
        redirect_uri_provided_explicitly=grant.redirect_uri_given,
        resource=grant.resource,
        grant=grant,
    )


def _refresh(row: OAuthRefreshToken, text: str) -> Refresh:
    return Refresh(
        token=text,
        client_id=row.grant.client.client_id,
        scopes=row.grant.scopes.split(","),
        expires_at=_seconds(row.expires_at),
        row=row,
    )


def _access(row: ApiToken, text: str) -> Access:
    grant = row.grant
    assert grant is not None
    return Access(
        token=text, client_id=grant.client.client_id, scopes=row.scopes.split(","), grant_id=grant.pk
    )


def _token(issued: connections.Issued | None) -> OAuthToken:
    if issued is None:
        raise TokenError("invalid_grant", "It was used already.")
    return OAuthToken(
        access_token=issued.access_token,
        refresh_token=issued.refresh_token,
        expires_in=issued.seconds,
        scope=issued.scopes.replace(",", " "),
    )


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _same_address(asked: str, ours: str) -> bool:
    return asked.rstrip("/").lower() == ours.lower()
