"""The page of a person's connected apps, each with a way to end it. Its addresses are `urlpatterns`."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.connections import disconnect as end_connection
from accounts.connections import place_of
from accounts.models import OAuthGrant
from accounts.requests import SignedInRequest


@never_cache
@require_safe
@login_required
def connected_apps(request: SignedInRequest) -> HttpResponse:
    grants = OAuthGrant.objects.visible_to(request.user).connected().select_related("client")
    shown = [(grant, place_of(grant.redirect_uri)) for grant in grants]
    return render(request, "accounts/connected.html", {"grants": shown})


@require_POST
@login_required
def disconnect(request: SignedInRequest, pk: UUID) -> HttpResponse:
    grant = end_connection(actor=request.user, grant_id=pk)
    messages.success(request, f"“{grant.client.name}” is disconnected.")
    return redirect("connected_apps")


urlpatterns = [
    path("", connected_apps, name="connected_apps"),
    path("<uuid:pk>/disconnect/", disconnect, name="disconnect_app"),
]
