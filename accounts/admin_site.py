"""The admin, in the time zone of whoever is signed in, as every other page is."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import SimpleTemplateResponse
from django.utils import timezone


class Site(AdminSite):
    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def answer(request: HttpRequest, *args: Any, **more: Any) -> Any:
            zone = request.user.zone if request.user.is_authenticated else None
            with timezone.override(zone):
                response = inner(request, *args, **more)
                # Else it is rendered when the zone is gone.
                return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return answer
