"""What counts as having just shown that it is you."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest


def count_new_factor(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    """A second factor set up a moment ago was shown a moment ago: recovery codes follow at once."""
    about = {"id": authenticator.pk, "type": authenticator.type}
    record_authentication(request, user, "mfa", reauthenticated=True, **about)
