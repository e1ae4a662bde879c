"""What a caller must bring to any address of the API: to be known, and the scope of what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.rest.authentication import SAFE_METHODS, check_scope, nobody

if TYPE_CHECKING:
    from rest_framework.views import APIView


class SignedInWithScope(BasePermission):
    """Safe methods take the scope `read`, the others `write`.

    A view whose POST changes nothing says `read_only_post = True`. Raises Unauthenticated and
    InsufficientScope.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        user: Any = request.user
        token: Any = request.auth
        if user is None or not user.is_authenticated:
            raise nobody(request._request)
        method = request.method
        reads = method in SAFE_METHODS or (method == "POST" and getattr(view, "read_only_post", False))
        check_scope(token, writes=not reads)
        return True
