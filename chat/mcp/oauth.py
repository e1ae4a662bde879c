"""OAuth 2.1 for programs that take no token by hand: the SDK's authorization server behind Django's views.

Nothing here imports the `mcp` package before somebody asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from accounts.consent_page import returning
from accounts.models import Scope
from accounts.rest import limits
from accounts.rest.authentication import SAFE_METHODS
from chat.database import in_database
from chat.doors import WrongMethod

if TYPE_CHECKING:
    from chat.mcp.oauth_provider import Provider

FORM = "application/x-www-form-urlencoded"
PASSED_ON = ("content-type", "cache-control", "pragma")


def resource_of(request: HttpRequest) -> str:
    """The address that tokens for this server are issued for (RFC 8707)."""
    return request.build_absolute_uri(reverse("mcp"))


def issuer_of(request: HttpRequest) -> str:
    """Who issues them: this server, by the name that it was called by."""
    return f"{request.scheme}://{request.get_host()}"


def resource_metadata(request: HttpRequest) -> HttpResponse:
    """Where and how to be let in (RFC 9728), for clients that find out by themselves."""
    body = {
        "resource": resource_of(request),
        "resource_name": "Tasklore",
        "authorization_servers": [issuer_of(request)],
        "bearer_methods_supported": ["header"],
        "scopes_supported": list(Scope.values),
    }
    return _public(request, body)


def server_metadata(request: HttpRequest) -> HttpResponse:
    """What this authorization server can do, and where (RFC 8414)."""
    body = {
        "issuer": issuer_of(request),
        "authorization_endpoint": request.build_absolute_uri(reverse("oauth_authorize")),
        "token_endpoint": request.build_absolute_uri(reverse("oauth_token")),
        "registration_endpoint": request.build_absolute_uri(reverse("oauth_register")),
        "revocation_endpoint": request.build_absolute_uri(reverse("oauth_revoke")),
        "scopes_supported": list(Scope.values),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
    return _public(request, body)


async def authorize(request: HttpRequest) -> HttpResponse:
    """Checks what a program asks for, and leads on to the page where the person says yes or no.

    What is wrong is said here, with a link to go back: an address that anybody may register must not be
    a way to send people anywhere.
    """
    if request.method not in ("GET", "HEAD"):
        raise WrongMethod(str(request.method), ["GET", "HEAD"])
    if not await in_database(lambda: request.user.is_authenticated):
        return redirect_to_login(request.get_full_path())
    provider = await in_database(_provider, request)
    from mcp.server.auth.handlers.authorize import AuthorizationHandler

    answer = await _ask(AuthorizationHandler(provider).handle, request)
    target = answer.headers.get("location", "")
    if target.startswith(reverse("oauth_consent")):
        return HttpResponseRedirect(target)
    return await in_database(_refused, request, answer, target)


@csrf_exempt
async def token(request: HttpRequest) -> HttpResponse:
    """Exchanges a code, or a refresh token, for the next tokens."""
    _only_posts(request)
    provider = await in_database(_provider, request)
    from mcp.server.auth.handlers.token import TokenHandler
    from mcp.server.auth.middleware.client_auth import ClientAuthenticator

    return await _form(TokenHandler(provider, ClientAuthenticator(provider)).handle, request)


@csrf_exempt
async def revoke(request: HttpRequest) -> HttpResponse:
    """Ends what a token came from (RFC 7009)."""
    _only_posts(request)
    provider = await in_database(_provider, request)
    from mcp.server.auth.handlers.revoke import RevocationHandler
    from mcp.server.auth.middleware.client_auth import ClientAuthenticator

    return await _form(RevocationHandler(provider, ClientAuthenticator(provider)).handle, request)


@csrf_exempt
async def register(request: HttpRequest) -> HttpResponse:
    """Takes a program's description of itself (RFC 7591)."""
    _only_posts(request)
    await in_database(limits.spend_unknown, request)
    provider = await in_database(_provider, request)
    from mcp.server.auth.handlers.register import RegistrationHandler
    from mcp.server.auth.settings import ClientRegistrationOptions

    options = ClientRegistrationOptions(enabled=True)
    return _passed_on(await _ask(RegistrationHandler(provider, options).handle, request))


def _provider(request: HttpRequest) -> Provider:
    # The first time it takes a second, which the event loop must not wait for.
    from chat.mcp.oauth_provider import Provider

    return Provider(resource_of(request))


async def _form(handle: Callable[[Any], Awaitable[Any]], request: HttpRequest) -> HttpResponse:
    """The answer to a form. Raises RateLimited for too many that are refused."""
    if request.content_type != FORM:
        return JsonResponse(
            {"error": "invalid_request", "error_description": f"Send it as {FORM}."}, status=400
        )
    from starlette.formparsers import MultiPartException

    try:
        answer = await _ask(handle, request)
    except MultiPartException as error:
        await in_database(limits.spend_unknown, request)
        return JsonResponse({"error": "invalid_request", "error_description": error.message}, status=400)
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        await in_database(limits.spend_unknown, request)
    return _passed_on(answer)


async def _ask(handle: Callable[[Any], Awaitable[Any]], request: HttpRequest) -> Any:
    from starlette.requests import Request

    body = request.body
    if request.path == reverse("oauth_revoke") and b"client_secret=" not in body:
        # The SDK wants the parameter, also of a client that has no secret.
        body += b"&client_secret="
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return unread.pop() if unread else {"type": "http.disconnect"}

    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in request.headers.items()]
    query = request.META.get("QUERY_STRING", "").encode()
    scope = {
        "type": "http",
        "method": request.method,
        "path": request.path,
        "query_string": query,
        "headers": headers,
    }
    return await handle(Request(scope, receive))


def _passed_on(answer: Any) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status_code)
    for name in PASSED_ON:
        if name in answer.headers:
            response[name] = answer.headers[name]
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _refused(request: HttpRequest, answer: Any, target: str) -> HttpResponse:
    """The page that says what is wrong. `target` tells the program; empty where nobody knows it."""
    said = dict(parse_qsl(urlsplit(target).query)) if target else {}
    detail = said.get("error_description") or "The program is not known here, or may not come back there."
    context = {"detail": detail, "target": returning(target, issuer_of(request)) if target else ""}
    return render(request, "accounts/consent_refused.html", context, status=400)


def _public(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    if request.method not in SAFE_METHODS:
        raise WrongMethod(str(request.method), sorted(SAFE_METHODS))
    return JsonResponse(body, headers={"Access-Control-Allow-Origin": "*"})


def _only_posts(request: HttpRequest) -> None:
    if request.method != "POST":
        raise WrongMethod(str(request.method), ["POST"])
