"""django-allauth's forms in this project's words."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    AddEmailForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SignupForm,
)
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts.signin.invited import claim, invitation_in


class SignInForm(LoginForm):
    signup_open = property(lambda self: get_adapter().is_open_for_signup(self.request))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "login", "User name or e-mail", autocomplete="username", autofocus=True)
        word(self, "password", "Password")


class SignUpForm(SignupForm):
    """By an invitation, where sign-up is closed, the address is the invited one; anywhere it is filled in."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        self.invitation = invitation_in(get_adapter().request)
        word(self, "username", "User name", autofocus=True)
        word(self, "email", "E-mail" if settings.MAIL_CONFIGURED else "E-mail (optional)")
        word(self, "password1", "Password")
        if self.invitation:
            self.initial["email"] = self.invitation.email
            if not settings.SIGNUP:
                word(self, "email", "E-mail", readonly=True)

    def clean_email(self) -> str:
        address: str = super().clean_email()
        if self.invitation and not settings.SIGNUP and address != self.invitation.email:
            raise forms.ValidationError(f"The invitation is for {self.invitation.email}.")
        return address

    @transaction.atomic
    def save(self, request: HttpRequest) -> Any:
        user = super().save(request)
        if self.invitation:
            claim(request, self.invitation, user)
        return user


class ResetForm(ResetPasswordForm):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "email", "E-mail", autofocus=True)


class NewPasswordForm(ResetPasswordKeyForm):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "password1", "New password", autofocus=True)
        word(self, "password2", "The same again")


class PasswordAgainForm(ReauthenticateForm):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "password", "Password", autofocus=True)


class AddressForm(AddEmailForm):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "email", "New address")


def word(form: forms.Form, field: str, label: str, **attributes: Any) -> None:
    """Labels a field, and takes away what allauth writes into it."""
    found = form.fields[field]
    found.label = label
    for unwanted in ("placeholder", "aria-describedby"):
        found.widget.attrs.pop(unwanted, None)
    found.widget.attrs.update(attributes)
    if field == "password":
        found.help_text = ""
