"""The rate limits of people and tokens, as DRF asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.rest.limits import spend_request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class RequestLimits(BaseThrottle):
    """Raises RateLimited. Who is not known is counted where they are refused."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        user: Any = request.user
        token: Any = request.auth
        if user is not None and user.is_authenticated:
            spend_request(user, token)
        return True
