"""The forms of a second factor, apart from the others: they bring the code of passkeys, which is large."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms

from accounts.signin.forms import word

LONGEST_KEY_NAME = 100
NOT_ASKED = "No passkey was asked for: the page had not loaded wholly. Try again."
UNKNOWN_KEY = "That passkey is not known here. Sign in another way, and add it under Settings, Security."

# What the library that reads credentials raises for JSON that no browser makes.
MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


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

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("credential"):
            raise forms.ValidationError(NOT_ASKED)
        try:
            found: dict[str, Any] = super().clean()
        except MALFORMED as error:
            raise forms.ValidationError(NOT_ASKED) from error
        return found


class _KeyForm(forms.Form):
    credential = forms.JSONField(widget=forms.HiddenInput, error_messages={"required": NOT_ASKED})

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except MALFORMED as error:
            raise forms.ValidationError(UNKNOWN_KEY) from error
        except forms.ValidationError as refusal:
            if refusal.code != "incorrect_code":
                raise
            raise forms.ValidationError(UNKNOWN_KEY) from refusal


class KeyForm(_KeyForm, LoginWebAuthnForm):
    """A passkey as the only step."""


class KeyAfterPasswordForm(_KeyForm, AuthenticateWebAuthnForm):
    """As the second step."""


class KeyAgainForm(_KeyForm, ReauthenticateWebAuthnForm):
    """To show once more that it is you."""
