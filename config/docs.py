"""The API's description: as an OpenAPI document, and as a page to read and try it on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from accounts.errors import Invalid
from accounts.rest.authentication import SAFE_METHODS
from chat.doors import WrongMethod

JSON, YAML = "application/vnd.oai.openapi+json", "application/vnd.oai.openapi"
TYPES = {"json": JSON, "yaml": YAML}


@csrf_exempt
def schema(request: HttpRequest) -> HttpResponse:
    """The document: JSON, or YAML by `?format=yaml` or an Accept that names it."""
    _check_method(request)
    # Making it takes a second and some memory, once.
    from config import openapi

    kind = request.GET.get("format") or _asked(request.headers.get("Accept", ""))
    if kind not in TYPES:
        raise Invalid.field("format", f"must be one of {', '.join(TYPES)}.")
    content = openapi.as_yaml() if kind == "yaml" else openapi.as_json()
    return HttpResponse(content, content_type=TYPES[kind])


@csrf_exempt
def page(request: HttpRequest) -> HttpResponse:
    """Swagger UI, from this server alone."""
    _check_method(request)
    # Its writes go with the session of who reads it, and that takes the cookie.
    get_token(request)
    return render(request, "api_docs.html")


def _check_method(request: HttpRequest) -> None:
    if request.method not in SAFE_METHODS:
        raise WrongMethod(str(request.method), sorted(SAFE_METHODS))


def _asked(accept: str) -> str:
    first = accept.partition(",")[0].partition(";")[0].strip().lower()
    return "yaml" if first == YAML or first.endswith(("/yaml", "+yaml", "/x-yaml")) else "json"


urlpatterns = [
    re_path(r"^schema/?$", schema, name="api-schema"),
    re_path(r"^docs/?$", page, name="api-docs"),
]
