"""One-time sign-in links: an address that signs one person in, once, within one hour."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from accounts.models import User

__all__ = ["claim", "make_link", "site_address"]


class _SignInTokens(PasswordResetTokenGenerator):
    key_salt = "accounts.signin_link"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        # The base class cuts last_login to the second: a link made and used within one would work twice.
        last_login = user.last_login.isoformat() if user.last_login else ""
        return f"{user.pk}{user.password}{last_login}{timestamp}"


_tokens = _SignInTokens()


def make_link(user: User, base_url: str) -> str:
    """An absolute address under `base_url` (scheme, host and port). A sign-in of any kind ends its use."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return base_url.rstrip("/") + reverse("signin_link", args=[uid, _tokens.make_token(user)])


def claim(uidb64: str, token: str) -> User | None:
    """The person that the link belongs to, or None when it is wrong, expired, used, or being used just now.

    Of several simultaneous claims of one link exactly one gets the person.
    """
    try:
        user = User.objects.get(pk=urlsafe_base64_decode(uidb64).decode(), is_active=True)
    except (ValueError, ValidationError, User.DoesNotExist):
        return None
    if not _tokens.check_token(user, token):
        return None
    unused = User.objects.filter(pk=user.pk, last_login=user.last_login)
    if user.last_login is None:
        unused = User.objects.filter(pk=user.pk, last_login__isnull=True)
    if not unused.update(last_login=datetime.now(UTC)):
        return None
    user.refresh_from_db()
    return user


def site_address() -> str:
    """Where people find this server: this machine's HOST and PORT, or in production its first host name.

    A name goes before a number, to which no passkey can belong.
    """
    host = settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else ""
    if settings.PRODUCTION and host.strip("*."):
        return f"https://{host.lstrip('.')}"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)
    if host == "127.0.0.1" and "localhost" in settings.ALLOWED_HOSTS:
        host = "localhost"
    if ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{settings.PORT}"
