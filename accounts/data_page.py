"""All that is a person's, to take along or to take away. Its addresses are `urlpatterns`."""

from __future__ import annotations

import time
from tempfile import TemporaryFile

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.erasure import check_may_go, erase_user
from accounts.errors import Conflict
from accounts.export import export_name, write_export
from accounts.models import User
from accounts.requests import SignedInRequest
from accounts.rest.limits import Charge, refuse_beyond

EXPORTED = "exported_at"
EXPORT_IS_FRESH = 3600.0
EXPORTS_AN_HOUR = 10


class DeleteForm(forms.Form):
    name = forms.CharField(
        label="Your user name", widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def __init__(self, request: SignedInRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None, label_suffix="")
        self.request = request

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name != self.request.user.get_username():
            raise forms.ValidationError(f"Type {self.request.user.get_username()}, to be sure.")
        return name

    def clean(self) -> None:
        if not was_exported(self.request):
            raise forms.ValidationError("Download your data first: afterwards it is gone.")
        try:
            check_may_go(self.request.user)
        except Conflict as refusal:
            raise forms.ValidationError(refusal.detail) from None


@never_cache
@require_safe
@login_required
def data_page(request: SignedInRequest) -> HttpResponse:
    return render(request, "accounts/data.html")


@require_POST
@login_required
@reauthentication_required
def export(request: SignedInRequest) -> HttpResponse:
    refuse_beyond([Charge(f"export:{request.user.pk}", EXPORTS_AN_HOUR, 3600.0)], "Too many downloads.")
    with TemporaryFile() as file:
        write_export(request.user, file)
        file.seek(0)
        answer = HttpResponse(file.read(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{export_name(request.user)}"'
    request.session[EXPORTED] = time.time()
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required
def delete_account(request: SignedInRequest) -> HttpResponse:
    form = DeleteForm(request)
    if form.is_bound and form.is_valid():
        user = User.objects.get(pk=request.user.pk)
        logout(request)
        erase_user(user)
        messages.success(request, "Your account is gone, and all that was yours with it.")
        return redirect("login")
    context = {"form": form, "was_exported": was_exported(request)}
    return render(request, "accounts/delete.html", context, status=400 if form.errors else 200)


def was_exported(request: SignedInRequest) -> bool:
    at: float = request.session.get(EXPORTED, 0.0)
    return time.time() - at < EXPORT_IS_FRESH


urlpatterns = [
    path("", data_page, name="your_data"),
    path("export/", export, name="export_data"),
    path("delete/", delete_account, name="delete_account"),
]
