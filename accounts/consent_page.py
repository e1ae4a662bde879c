"""Where a person says yes or no to a program that asks for access. Its addresses are `urlpatterns`."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.connections import allow, find_client, place_of
from accounts.errors import Invalid, NotFound
from accounts.models import Scope
from accounts.requests import SignedInRequest

SALT = "accounts.consent"
ANSWER_WITHIN = 600


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def consent(request: SignedInRequest) -> HttpResponse:
    """Shows who asks for what and where it leads, and on a yes makes the code. Raises Invalid, NotFound."""
    asked = _read(request.POST.get("asked") or request.GET.get("asked", ""))
    client = find_client(asked["client_id"])
    if client is None:
        raise NotFound("The program that asked is not known any more. Start again from there.")
    if request.method != "POST":
        context = {
            "client": client,
            "asked": request.GET["asked"],
            "place": place_of(asked["redirect_uri"]),
            "redirect_uri": asked["redirect_uri"],
            "reads": Scope.READ in asked["scopes"],
            "writes": Scope.WRITE in asked["scopes"],
        }
        return render(request, "accounts/consent.html", context)
    answer = _allowed(request, asked) if request.POST.get("answer") == "yes" else {"error": "access_denied"}
    if asked["state"] is not None:
        answer["state"] = asked["state"]
    target = returning(with_query(asked["redirect_uri"], answer), f"{request.scheme}://{request.get_host()}")
    # Not a redirect: browsers hold a form to where the page says that it leads, and this leads elsewhere.
    context = {"target": target, "place": place_of(target), "client": client, "allowed": "code" in answer}
    return render(request, "accounts/consent_given.html", context)


def with_query(address: str, more: dict[str, str]) -> str:
    """The address with parameters added to those that it has."""
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return parts._replace(query=query).geturl()


def returning(address: str, issuer: str) -> str:
    """The address to send a person back to, which says from whom (RFC 9207)."""
    return with_query(address, {"iss": issuer})


def _allowed(request: SignedInRequest, asked: dict[str, Any]) -> dict[str, str]:
    scopes = asked["scopes"]
    if request.POST.get("access") == "read" and Scope.READ in scopes:
        scopes = [Scope.READ]
    names = ("client_id", "resource", "code_challenge", "redirect_uri", "redirect_uri_given")
    code = allow(actor=request.user, scopes=scopes, **{name: asked[name] for name in names})
    return {"code": code}


def _read(signed: str) -> dict[str, Any]:
    try:
        asked: dict[str, Any] = signing.loads(signed, salt=SALT, max_age=ANSWER_WITHIN)
    except signing.SignatureExpired:
        raise Invalid("That took longer than ten minutes. Start again from the program that asked.") from None
    except signing.BadSignature:
        raise Invalid("This is no question of a program. Start again from the program that asked.") from None
    return asked


urlpatterns = [path("", consent, name="oauth_consent")]
