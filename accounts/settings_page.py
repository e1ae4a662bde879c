"""The settings page: name, time zone, and when the assistant asks first. Its addresses are `urlpatterns`."""

from __future__ import annotations

from itertools import groupby
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Invalid
from accounts.models import Approval, User
from accounts.requests import SignedInRequest

UNSET = ("", "Not chosen yet (UTC)")


def zones_by_region() -> list[tuple[str, str] | tuple[str, list[tuple[str, str]]]]:
    """Every IANA zone as choices, grouped by what stands before its slash."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    regions = groupby(names, key=lambda name: name.split("/")[0])
    grouped = [(region, [(name, _place(name)) for name in zones]) for region, zones in regions]
    return [UNSET, ("UTC", "UTC"), *grouped]


class SettingsForm(forms.ModelForm):
    first_name = forms.CharField(
        label="Name", max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    timezone = forms.ChoiceField(label="Time zone", choices=zones_by_region, required=False)
    approval = forms.ChoiceField(
        label="When the assistant asks you first", choices=Approval.choices, widget=forms.RadioSelect
    )

    class Meta:
        model = User
        fields = ["first_name", "timezone", "approval"]


class TimeZoneForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["timezone"]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings_page(request: SignedInRequest) -> HttpResponse:
    form = SettingsForm(request.POST or None, instance=request.user, label_suffix="")
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, "Your settings are saved.")
        return redirect("settings")
    return render(request, "accounts/settings.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
@login_required
def guess_timezone(request: SignedInRequest) -> HttpResponse:
    """Takes the browser's zone, once: a zone that is set already stays. Raises Invalid."""
    form = TimeZoneForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["timezone"]:
        raise Invalid.field("timezone", "must be an IANA time zone, such as Europe/Zurich.")
    User.objects.filter(pk=request.user.pk, timezone="").update(timezone=form.cleaned_data["timezone"])
    return HttpResponse(status=204)


def _place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ", ")


urlpatterns = [
    path("", settings_page, name="settings"),
    path("timezone/", guess_timezone, name="settings_timezone"),
    path("apps/", include("accounts.connected_page")),
    path("tokens/", include("accounts.tokens_page")),
    path("security/", include("accounts.security_page")),
    path("data/", include("accounts.data_page")),
]
