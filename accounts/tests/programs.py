"""A program at the API, by its token."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import ApiToken, User
from accounts.tokens import create_token

LIST = "/api/conversations/"


class Program:
    """Sends a token of `user`'s, as a client does that keeps to every rule of CSRF and has no cookie."""

    def __init__(self, user: User, scopes: str = "read,write", **more: Any) -> None:
        self.token, self.text = create_token(actor=user, name="a test", scopes=scopes.split(","), **more)
        self.client = Client(enforce_csrf_checks=True)

    def get(self, path: str = LIST, **more: Any) -> Any:
        return self.client.get(path, headers=self.headers, **more)

    def post(self, path: str = LIST, body: Any = None, **more: Any) -> Any:
        return self.client.post(
            path, body or {}, content_type="application/json", headers=self.headers, **more
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}"}

    @property
    def row(self) -> ApiToken:
        return ApiToken.objects.get(pk=self.token.pk)
