from typing import Any

from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import signin_link
from accounts.backends import link_tries
from accounts.rest.limits import limiter, refuse_beyond


class SignIn(auth_views.LoginView):
    template_name = "accounts/signin.html"
    redirect_authenticated_user = True


class SignOut(auth_views.LogoutView):
    http_method_names = ["post", "options"]


class ChangePassword(auth_views.PasswordChangeView):
    """Asks for the old password, unless there is none: the first user signs in by link."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("password_change_done")

    def get_form_class(self) -> type[PasswordChangeForm] | type[SetPasswordForm]:  # type: ignore[override]
        return PasswordChangeForm if self._has_password() else SetPasswordForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(has_password=self._has_password(), **kwargs)

    def _has_password(self) -> bool:
        return self.request.user.is_authenticated and self.request.user.has_usable_password()


class PasswordChanged(auth_views.PasswordChangeDoneView):
    template_name = "accounts/password_done.html"


@never_cache
@require_safe
def open_link(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """Sign in by a one-time link. HEAD, which link checkers send, does not use it up."""
    if request.method == "HEAD":
        return HttpResponse()
    tries = link_tries(request)
    refuse_beyond(tries, "Too many links that do not work.")
    user = signin_link.claim(uidb64, token)
    if user is None:
        return render(request, "accounts/link_refused.html", status=410)
    for charge in tries:
        limiter().take_back(charge)
    login(request, user)
    return redirect("/")
