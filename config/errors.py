"""Errors as HTTP: application/problem+json (RFC 9457) for programs under /api/, a page for people.

The only place that knows which status a domain error's code has.
"""

import http
import math
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from rest_framework import exceptions as drf
from rest_framework.views import set_rollback

from accounts.errors import DomainError
from accounts.rest.authentication import bearer_of

STATUS = {
    "invalid": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "stale": 412,
    "key_reused": 422,
    "rate_limited": 429,
    "unavailable": 503,
}
DRF_CODES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "rate_limited",
}
# By PostgreSQL's SQLSTATE: what the time-outs in the settings end.
DATABASE_SENTENCES = {
    "57014": "This took the database too long, and nothing was changed; try again, or ask for less.",
    "55P03": "Somebody else is changing the same thing, and nothing was changed; try again in a moment.",
}
AWAY = "The database does not answer; try again in a moment."
DEFAULT_RETRY_SECONDS = 5
MCP_PREFIX = "/mcp"
OAUTH_PREFIXES = ("/oauth/token", "/oauth/register", "/oauth/revoke", "/.well-known/")
API_PREFIXES = ("/api/", MCP_PREFIX, "/metrics", *OAUTH_PREFIXES)

log = structlog.get_logger("tasklore.errors")


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Mapping[str, list[str]] | None = None,
    retry_after: float | None = None,
    named: Mapping[str, str] | None = None,
) -> JsonResponse:
    """The answer for a program: `errors` says by field what is wrong, `retry_after` is in seconds, and
    `named` are members of its own, such as the id of what is in the way."""
    body = {
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": dict(errors or {}),
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
        **(named or {}),
    }
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    if retry_after is None and status in (429, 503):
        retry_after = DEFAULT_RETRY_SECONDS
    if retry_after is not None:
        response["Retry-After"] = _seconds(retry_after)
    if status == 401:
        wrong = ', error="invalid_token"' if code == "invalid_token" else ""
        response["WWW-Authenticate"] = f'Bearer realm="tasklore"{wrong}'
    return response


def page(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """The same answer for a person."""
    # From 500 on the page asks nobody who is signed in: the database may be what failed.
    template = "500.html" if status >= 500 else "error.html"
    context = {
        "title": http.HTTPStatus(status).phrase,
        "detail": detail,
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }
    return HttpResponse(
        render_to_string(template, context, None if status >= 500 else request), status=status
    )


def _seconds(wait: float) -> str:
    return str(max(1, math.ceil(wait)))


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIXES)


def problem_or_page(request: HttpRequest, status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    if is_api(request):
        return problem(status, code, detail, **more)
    response = page(request, status, detail)
    if status in (429, 503):
        response["Retry-After"] = _seconds(more.get("retry_after") or DEFAULT_RETRY_SECONDS)
    return response


def error_response(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The answer to an error that a view raised, or None for one that nobody foresaw."""
    if isinstance(error, DomainError):
        # A more particular error has a code of its own and the status of its family.
        codes = (getattr(family, "code", "") for family in type(error).__mro__)
        status = next((STATUS[code] for code in codes if code in STATUS), 400)
        retry_after = getattr(error, "retry_after", None)
        errors = {field: [reason] for field, reason in error.fields.items()}
        more = {"errors": errors, "retry_after": retry_after, "named": error.named}
        response = problem_or_page(request, status, error.code, error.detail, **more)
        if challenge := getattr(error, "challenge", ""):
            response["WWW-Authenticate"] = challenge
        return response
    if isinstance(error, drf.APIException):
        return _drf_problem(error)
    if isinstance(error, RequestDataTooBig):
        return problem_or_page(request, 413, "too_large", "The request is larger than this server accepts.")
    if isinstance(error, OperationalError | InterfaceError):
        log.error("database unavailable", exc_info=error)
        sentence = DATABASE_SENTENCES.get(getattr(error.__cause__, "sqlstate", None) or "", AWAY)
        return problem_or_page(request, 503, "unavailable", sentence)
    if isinstance(error, RecursionError):
        return problem_or_page(request, 400, "malformed", "The request is nested too deeply.")
    if is_api(request) and isinstance(error, Http404):
        return problem(404, "not_found", "There is nothing here that you can see.")
    if is_api(request) and isinstance(error, PermissionDenied):
        return problem(403, "forbidden", "You may not do this.")
    return None


def api_exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """REST_FRAMEWORK's EXCEPTION_HANDLER."""
    response = error_response(context["request"]._request, error)
    if response is not None:
        set_rollback()
    return response


def _drf_problem(error: drf.APIException) -> JsonResponse:
    if isinstance(error, drf.NotAuthenticated | drf.AuthenticationFailed):
        return problem(401, "unauthenticated", str(error.detail))
    if isinstance(error, drf.ValidationError):
        errors: dict[str, list[str]] = {}
        for field, sentence in _flatten(error.detail):
            errors.setdefault(field, []).append(sentence)
        summary = "; ".join(f"{field}: {sentences[0]}" for field, sentences in errors.items())
        return problem(400, "invalid", summary, errors=errors)
    retry_after = getattr(error, "wait", None)
    code = DRF_CODES.get(error.status_code, "error")
    response = problem(error.status_code, code, str(error.detail), retry_after=retry_after)
    # DRF adds it to the answers of its own views alone.
    if allowed := getattr(error, "allowed", None):
        response["Allow"] = ", ".join(allowed)
    return response


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flatten(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _flatten(inner, f"{path}.{position}" if nested and path else path)
    else:
        yield path or "non_field_errors", str(detail)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """For django-allauth, which counts sign-ups, mails and the like by itself."""
    return problem_or_page(
        request, 429, "rate_limited", "That was too often in too short a time; try again in some minutes."
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, DisallowedHost) and request.path.startswith(MCP_PREFIX):
        return problem(421, "misdirected", "This server does not answer under that host name.")
    return problem_or_page(request, 400, "malformed", "The request could not be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_or_page(request, 403, "forbidden", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_or_page(request, 404, "not_found", "There is nothing here that you can see.")


def server_error(request: HttpRequest) -> HttpResponse:
    detail = "Something went wrong on the server. It is written in its log."
    return problem_or_page(request, 500, "internal", detail)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if not is_api(request):
        return page(request, 403, "This form is out of date. Go back, reload the page and try again.")
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return problem(401, "unauthenticated", "Sign in first.")
    return problem(403, "csrf", f"Send the csrftoken cookie, and its value as X-CSRFToken. {reason}")


@csrf_exempt
def api_not_found(request: HttpRequest, path: str = "") -> HttpResponse:
    def answer(request: HttpRequest) -> HttpResponse:
        return problem(404, "not_found", "There is no such address in this API.")

    # As at every address: a write with a session needs its CSRF token, and one with an API token does not.
    return answer(request) if bearer_of(request) is not None else csrf_protect(answer)(request)
