"""What every request passes through: its id and log line, and the refusal of what no page can take."""

import os
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

from config.errors import error_response, problem_or_page
from config.logging import current_request, write_access_line
from config.metrics import count_request

Handler = Callable[[HttpRequest], Any]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SESSION_KEY = re.compile(r"[a-z0-9]{32}")
PROBE_PATHS = ("/health", "/metrics")
QUIET_PATHS = (*PROBE_PATHS, "/static/")


@sync_and_async_middleware
def request_context(get_response: Handler) -> Handler:
    """Give the request its id (a well-formed X-Request-ID is kept) and write one line when it is answered."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            started = _begin(request)
            return _finish(request, await get_response(request), started)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        started = _begin(request)
        return _finish(request, get_response(request), started)

    return answer


def _begin(request: HttpRequest) -> float:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    request_id = given if REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
    current_request.set(request)
    # Cleared at the start, not at the end: a stream is still being written when this middleware is left.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    request.request_id = request_id  # type: ignore[attr-defined]
    return time.perf_counter()


def _finish(request: HttpRequest, response: HttpResponseBase, started: float) -> HttpResponseBase:
    response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
    # What is one person's own must not be kept by a cache that others share, whoever forgot to say so.
    response.headers.setdefault("Cache-Control", "private, no-cache")
    quiet = response.status_code < 400 and request.path.startswith(QUIET_PATHS)
    seconds = time.perf_counter() - started
    write_access_line(request, response, seconds, quiet=quiet)
    count_request(request, response, seconds)
    return response


@sync_and_async_middleware
def refuse_malformed(get_response: Handler) -> Handler:
    """Drop a session cookie that cannot be one, and refuse a NUL in the address.

    PostgreSQL raises on a NUL in any parameter, before a view could answer for it.
    """
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            return _refusal(request) or await get_response(request)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _refusal(request) or get_response(request)

    return answer


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if cookie is not None and not SESSION_KEY.fullmatch(cookie):
        del request.COOKIES[settings.SESSION_COOKIE_NAME]
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return problem_or_page(request, 400, "invalid", "The address holds a NUL character.")
    return None


class ApiCors(CorsMiddleware):
    """For the API, where most callers are no page of another site: they need but the header for caches."""

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_ORIGIN" in request.META:
            return super().__call__(request)
        response = self.get_response(request)
        patch_vary_headers(response, ("origin",))  # type: ignore[arg-type]
        return response


class CompressPages(GZipMiddleware):
    """Compresses pages and their parts alone: a stream of events would be held back, and a program on the
    same machine waits for its answer's compression longer than for its bytes.

    Django adds a random length, against guessing a page's secrets by its size.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class Common(CommonMiddleware):
    """Takes probes under any host name: they call the process by its address."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if request.path.startswith(PROBE_PATHS):
            return None
        return super().process_request(request)


class DomainErrors:
    """Answers a domain error raised by any view, where DRF's own handler has not."""

    sync_capable = True
    async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return error_response(request, error)
