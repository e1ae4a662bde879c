"""What django-allauth asks of this project: who may sign up, how secrets are kept, who calls."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.signin.invited import invitation_in, waits

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin

    from accounts.models import User

STAGES = {"allauth.account.stages.EmailVerificationStage": "accounts.signin.stages.VerifyAddress"}
NOWHERE = "0.0.0.0"

log = structlog.get_logger("tasklore.signin")


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP) or invitation_in(request) is not None

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        """To sign in, and from there to the invitation that the account was made for."""
        url: str = super().get_email_verification_redirect_url(email_address)
        if self.request.user.is_authenticated or not waits(email_address.user):
            return url
        return f"{reverse('login')}?{urlencode({'next': reverse('teams')})}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address as the server believes it; allauth counts an IPv6 network as one by itself."""
        address = str(request.META.get("REMOTE_ADDR") or "").partition("%")[0]
        try:
            validate_ipv46_address(address)
        except ValidationError:
            # A unix socket behind a proxy that names nobody.
            return NOWHERE
        return address

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: accounts.backends counts wrong passwords, for every door."""
        self._login_failed_rl_usage = None

    def get_login_stages(self) -> list[str]:
        return [STAGES.get(stage, stage) for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """A password first, then a passkey, then a code: what is easiest comes first."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return sorted(found, key=lambda method: method["id"] == "mfa_reauthenticate")

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Not of somebody who has neither a password nor a second factor to show: they came by a link."""
        user = self.request.user
        if user.is_authenticated and not self.get_reauthentication_methods(user):
            return False
        return bool(super().is_reauthentication_required(app=app))


class TwoFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted: whoever reads the database cannot make codes."""

    def encrypt(self, text: str) -> str:
        return str(_fernet().encrypt(text.encode()).decode())

    def decrypt(self, encrypted_text: str) -> str:
        from cryptography.fernet import InvalidToken

        try:
            return str(_fernet().decrypt(encrypted_text.encode()).decode())
        except InvalidToken:
            log.warning("a second factor cannot be read: it was kept under another SECRET_KEY")
            # Random, never fixed: codes are made from what is returned here.
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Tasklore"}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        from allauth.mfa.models import Authenticator

        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "My passkey" if number == 1 else f"My passkey {number}"


class ProviderAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.OIDC_SIGNUP)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Takes one name for the person, as the settings page has it."""
        user: User = super().populate_user(request, sociallogin, data)
        user.first_name = (data.get("name") or f"{user.first_name} {user.last_name}").strip()[:150]
        user.last_name = ""
        return user


def _fernet() -> Any:
    # Not at the top: it takes memory, and most requests have no use for it.
    from cryptography.fernet import Fernet

    digest = salted_hmac("accounts.signin.second_factor", "", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
