"""How a person signs in, and where they are: the security page. Its addresses are `urlpatterns`."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import NotFound
from accounts.requests import SignedInRequest

if TYPE_CHECKING:
    from accounts.models import User

SHOWN_SESSIONS = 50
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
BROWSER_NAMES = {"Edg": "Edge", "OPR": "Opera"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@never_cache
@require_safe
@login_required
def security_page(request: SignedInRequest) -> HttpResponse:
    found = Authenticator.objects.filter(user=request.user).order_by("created_at")
    keys = [each for each in found if each.type == Authenticator.Type.WEBAUTHN]
    codes = next((each for each in found if each.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "totp": next((each for each in found if each.type == Authenticator.Type.TOTP), None),
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "keys": keys,
        "keys_work_here": keys_work_at(request.get_host()),
        "by_name": address_by_name(request),
        "sessions": sessions_of(request),
        "providers": SocialAccount.objects.filter(user=request.user),
        "oidc": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "mail": settings.MAIL_CONFIGURED,
    }
    return render(request, "accounts/security.html", context)


@require_POST
@login_required
def end_session(request: SignedInRequest, pk: int) -> HttpResponse:
    session = UserSession.objects.filter(user=request.user, pk=pk).first()
    if session is None:
        raise NotFound("There is no such session; it has ended already.")
    session.end()
    messages.success(request, "That browser is signed out.")
    return redirect("security")


@require_POST
@login_required
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    for session in UserSession.objects.filter(user=request.user).exclude(
        session_key=request.session.session_key
    ):
        session.end()
    messages.success(request, "Every other browser is signed out.")
    return redirect("security")


def sessions_of(request: SignedInRequest) -> list[dict[str, Any]]:
    """The person's browsers, this one first. One that signed in before sessions were listed is added."""
    if not UserSession.objects.filter(session_key=request.session.session_key).exists():
        UserSession.objects.create_from_request(request)
    live = UserSession.objects.purge_and_list(request.user)
    here = request.session.session_key
    live.sort(key=lambda each: (each.session_key != here, -each.last_seen_at.timestamp()))
    return [
        {"row": each, "here": each.session_key == here, "browser": browser_of(each.user_agent)}
        for each in live[:SHOWN_SESSIONS]
    ]


def browser_of(user_agent: str) -> str:
    """A browser's and a system's name, as far as the browser tells: `Firefox on Linux`."""
    browser = next((name for name in BROWSERS if f"{name}/" in user_agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    named = BROWSER_NAMES.get(browser, browser)
    return " on ".join(part for part in (named, system) if part) or "An unknown browser"


def keys_work_at(host: str) -> bool:
    """Whether a browser makes passkeys for this host: they belong to a name, never to a number."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return True
    return False


def address_by_name(request: SignedInRequest) -> str:
    """Where this server is found by a name, when it was asked for by a number of this machine."""
    host, _, port = request.get_host().rpartition(":")
    return f"{request.scheme}://localhost:{port}" if host in ("127.0.0.1", "[::1]", "0.0.0.0") else ""


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user).exists())


urlpatterns = [
    path("", security_page, name="security"),
    path("sessions/others/end/", end_other_sessions, name="end_other_sessions"),
    path("sessions/<int:pk>/end/", end_session, name="end_session"),
]
