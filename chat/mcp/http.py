"""`/mcp`: MCP over streamable HTTP, by bearer token, without sessions: any worker answers any request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from accounts.errors import Forbidden, InsufficientScope, Invalid, InvalidToken, Unauthenticated
from accounts.models import Scope
from accounts.rest import limits
from accounts.rest.authentication import Identity, by_token, nobody
from accounts.rest.bodies import read_json
from chat.database import in_database
from chat.doors import WrongMethod
from chat.mcp.callers import check, scope_of
from chat.mcp.oauth import resource_of

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

PARSE_ERROR, INVALID_REQUEST = -32700, -32600
PASSED_ON = ("content-type", "allow")


@csrf_exempt
async def endpoint(request: HttpRequest) -> HttpResponse:
    """`POST /mcp`: one JSON-RPC message in, its answer out.

    Raises what `identify` does, Forbidden for another site's page, and InsufficientScope.
    """
    try:
        _check_origin(request)
        if request.method != "POST":
            await in_database(_identify, request)
            raise WrongMethod(str(request.method), ["POST"])
        try:
            message = read_json(request.body)
        except Invalid as error:
            await in_database(_identify, request)
            return _refusal(PARSE_ERROR, error.detail)
        server = await in_database(_server_for, request, message)
    except (Unauthenticated, InsufficientScope) as error:
        error.challenge = _challenge(request, error)
        raise
    if not isinstance(message, dict):
        return _refusal(INVALID_REQUEST, "Send one JSON-RPC message at a time, as an object.")
    # The SDK takes a message with a wrong id for a notification, and answers nothing.
    if "id" in message and (isinstance(message["id"], bool) or not isinstance(message["id"], str | int)):
        return _refusal(INVALID_REQUEST, "id: must be a string or a whole number.")
    return await _answer(server, request)


def _check_origin(request: HttpRequest) -> None:
    """A page may call only from here, or from where the settings say. Programs send no Origin."""
    origin = request.headers.get("Origin")
    own = f"{request.scheme}://{request.get_host()}"
    if origin not in (None, own, *settings.CORS_ALLOWED_ORIGINS, *settings.CSRF_TRUSTED_ORIGINS):
        raise Forbidden("Pages of this origin may not call here; CORS_ALLOWED_ORIGINS names those that may.")


def _identify(request: HttpRequest) -> Identity:
    # A session does not count: any page that is open in the browser could use it.
    identity = by_token(request, audience=resource_of(request))
    if identity is None:
        raise nobody(request)
    limits.spend_request(identity.user, identity.token)
    return identity


def _server_for(request: HttpRequest, message: Any) -> Server[Any]:
    identity = _identify(request)
    if isinstance(message, dict):
        check(identity, scope_of(message.get("method"), message.get("params")))
    # The first time it takes a second, which the event loop must not wait for.
    from chat.mcp.server import make_server

    server = make_server(lambda scope: check(identity, scope))
    if settings.MCP_FIXTURES:
        import_string(settings.MCP_FIXTURES)(server)
    return server


async def _answer(server: Server[Any], request: HttpRequest) -> HttpResponse:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

    # Host and Origin were checked, with the same settings as for every other address.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    manager = StreamableHTTPSessionManager(
        server,
        # Nothing that the product does streams.
        json_response=not settings.MCP_FIXTURES,
        stateless=True,
        security_settings=security,
        max_request_body_size=settings.MAX_REQUEST_BYTES,
    )
    sent: list[dict[str, Any]] = []
    unread = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Any:
        # Django ends this view when the client leaves; to the SDK it never does.
        return unread.pop() if unread else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async with manager.run():
        await manager.handle_request(_scope(request), receive, send)
    start, *rest = sent
    response = HttpResponse(b"".join(each.get("body", b"") for each in rest), status=start["status"])
    del response["Content-Type"]
    for name, value in start.get("headers", []):
        if name.decode().lower() in PASSED_ON:
            response[name.decode()] = value.decode()
    return response


def _scope(request: HttpRequest) -> dict[str, Any]:
    # Blanks around a value are not part of it (RFC 9110), and the SDK compares some with the body.
    headers = [
        (name.lower().encode(), value.strip().encode("latin-1")) for name, value in request.headers.items()
    ]
    return {
        "type": "http",
        "method": request.method,
        "path": request.path,
        "query_string": b"",
        "headers": headers,
    }


def _refusal(code: int, message: str) -> HttpResponse:
    return JsonResponse(
        {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}, status=400
    )


def _challenge(request: HttpRequest, error: Unauthenticated | InsufficientScope) -> str:
    """What WWW-Authenticate says (RFC 6750 and 9728): what is wrong, and where to read how to get in."""
    parts = [f'resource_metadata="{request.build_absolute_uri(reverse("mcp-resource-metadata"))}"']
    if isinstance(error, InvalidToken | InsufficientScope):
        parts.append(f'error="{error.code}"')
    if isinstance(error, InsufficientScope):
        parts.append(f'scope="{" ".join(Scope.values)}"')
    return f"Bearer {', '.join(parts)}"
