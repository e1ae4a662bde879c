from collections.abc import Callable
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.decorators import secure_admin_login
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import signin_link
from accounts.backends import check_again, link_tries
from accounts.rest.limits import limiter, refuse_beyond


def later(name: str) -> Callable[..., HttpResponse]:
    """A view of django-allauth's, imported when it is first asked for: passkeys alone take 10 MB."""

    def view(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        answer: HttpResponse = import_string(f"allauth.{name}")(request, *args, **more)
        return answer

    return view


sign_in = later("account.views.login")
sign_out = require_POST(later("account.views.logout"))
send_reset_link = later("account.views.password_reset")


class PasswordForm(PasswordChangeForm):
    """Counts a wrong old password as a try to sign in: a session left open is no way to guess."""

    request: HttpRequest

    def clean_old_password(self) -> str:
        old = str(self.cleaned_data["old_password"])
        if not check_again(self.request, self.user, old):
            self.add_error("old_password", self.error_messages["password_incorrect"])
        return old


class ChangePassword(auth_views.PasswordChangeView):
    """Asks for the old password, unless there is none: the first user signs in by link."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("password_change_done")

    def get_form_class(self) -> type[PasswordChangeForm] | type[SetPasswordForm]:  # type: ignore[override]
        return PasswordForm if self._has_password() else SetPasswordForm

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.request = self.request  # type: ignore[attr-defined]
        form.label_suffix = ""
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        changed = self._has_password()
        signal = account_signals.password_changed if changed else account_signals.password_set
        answer = super().form_valid(form)
        signal.send(sender=type(form.user), request=self.request, user=form.user)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(has_password=self._has_password(), **kwargs)

    def _has_password(self) -> bool:
        return self.request.user.is_authenticated and self.request.user.has_usable_password()


class PasswordChanged(auth_views.PasswordChangeDoneView):
    template_name = "accounts/password_done.html"


def reset_password(request: HttpRequest) -> HttpResponse:
    """A link by mail; where this server sends none, what to do instead."""
    if not settings.MAIL_CONFIGURED:
        return render(request, "account/password_reset_by_hand.html")
    return send_reset_link(request)


@never_cache
@require_safe
def open_link(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """Sign in by a one-time link, and a second factor where there is one.

    HEAD, which link checkers send, does not use it up.
    """
    if request.method == "HEAD":
        return HttpResponse()
    tries = link_tries(request)
    refuse_beyond(tries, "Too many links that do not work.")
    user = signin_link.claim(uidb64, token)
    if user is None:
        return render(request, "accounts/link_refused.html", status=410)
    for charge in tries:
        limiter().take_back(charge)
    record_authentication(request, user, method="link")
    # Whoever made the link knows the person: no address has to be verified for it.
    answer: HttpResponse = perform_login(
        request, Login(user=user, redirect_url="/", email_verification="none")
    )
    return answer


# The admin's own form would ask for no second factor.
admin_signin = secure_admin_login(admin.site.login)
