"""The request of a view that only people who are signed in reach."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """What `login_required` lets through: its user is somebody."""

    user: User
