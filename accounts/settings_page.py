"""The settings page: name, time zone, how dates are written, and when the assistant asks first.

Its addresses are `urlpatterns`.
"""

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
from accounts.models import Approval, DateOrder, User
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
    date_order = forms.ChoiceField(
        label="Dates in figures", choices=DateOrder.choices, widget=forms.RadioSelect
    )
    approval = forms.ChoiceField(
        label="When the assistant asks you first", choices=Approval.choices, widget=forms.RadioSelect
    )

    class Meta:
        model = User
        fields = ["first_name", "timezone", "date_order", "approval"]


class BrowserForm(forms.ModelForm):
    date_order = forms.ChoiceField(choices=DateOrder.choices, required=False)

    class Meta:
        model = User
        fields = ["timezone", "date_order"]


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
    """Takes the browser's zone, and how its language writes dates, once: where a zone is set already, both
    stay. Raises Invalid."""
    form = BrowserForm(request.POST)
    form.is_valid()
    if "timezone" in form.errors or not form.cleaned_data["timezone"]:
        raise Invalid.field("timezone", "must be an IANA time zone, such as Europe/Zurich.")
    if "date_order" in form.errors:
        raise Invalid.field("date_order", f"must be one of {', '.join(DateOrder.values)}.")
    told = {name: value for name, value in form.cleaned_data.items() if value}
    User.objects.filter(pk=request.user.pk, timezone="").update(**told)
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
