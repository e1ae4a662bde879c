"""The forms of a second factor, apart from the others: they bring the code of passkeys, which is large."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms

from accounts.signin.forms import word

LONGEST_KEY_NAME = 100


class CodeForm(AuthenticateForm):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "code", "Code", autofocus=True)


class CodeAgainForm(ReauthenticateForm):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "code", "Code", autofocus=True)


class AppForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "code", "Code", inputmode="numeric")


class AddKeyForm(AddWebAuthnForm):
    # The column takes any length, and a list has to show it.
    name = forms.CharField(required=False, max_length=LONGEST_KEY_NAME)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, label_suffix="", **more)
        word(self, "name", "What you call it", autofocus=True)
        self.fields["passwordless"].label = "Sign in with it alone"
        self.fields[
            "passwordless"
        ].help_text = "No password is asked then: it asks for your finger, face or PIN."
        self.initial.setdefault("passwordless", True)
