"""The page of a person's API tokens: made, seen once, and revoked. Its addresses are `urlpatterns`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Invalid
from accounts.models import ApiToken
from accounts.requests import SignedInRequest
from accounts.tokens import create_token, revoke_token

SCOPES = [("read,write", "Read and write"), ("read", "Only read"), ("write", "Only write")]
LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until you revoke it")]


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What it is for",
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "Backup script", "autocomplete": "off"}),
    )
    scopes = forms.ChoiceField(
        label="What it may do", choices=SCOPES, initial="read,write", widget=forms.RadioSelect
    )
    days = forms.ChoiceField(label="How long it works", choices=LIFETIMES, initial="90", required=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tokens_page(request: SignedInRequest) -> HttpResponse:
    form = TokenForm(request.POST if request.method == "POST" else None, label_suffix="")
    made = _make(request, form) if form.is_bound and form.is_valid() else None
    context = {
        # A redirect would have to keep the secret somewhere: it is in this one answer alone.
        "made": made,
        "form": TokenForm(label_suffix="") if made else form,
        "tokens": ApiToken.objects.visible_to(request.user).made_by_hand().recent(),
        "now": timezone.now(),
    }
    return render(request, "accounts/tokens.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def revoke(request: SignedInRequest, pk: UUID) -> HttpResponse:
    token = revoke_token(actor=request.user, token_id=pk)
    messages.success(request, f"“{token.name}” is revoked: what used it is signed out.")
    return redirect("api_tokens")


def _make(request: SignedInRequest, form: TokenForm) -> dict[str, Any] | None:
    given = form.cleaned_data
    lifetime = timedelta(days=int(given["days"])) if given["days"] else None
    try:
        token, text = create_token(
            actor=request.user,
            name=given["name"],
            scopes=given["scopes"].split(","),
            expires_at=timezone.now() + lifetime if lifetime else None,
        )
    except Invalid as refusal:
        for field, reason in refusal.fields.items():
            form.add_error(field, reason[:1].upper() + reason[1:])
        return None
    return {"token": token, "text": text}


urlpatterns = [
    path("", tokens_page, name="api_tokens"),
    path("<uuid:pk>/revoke/", revoke, name="revoke_api_token"),
]
