"""The task panel: its fragment, and the two verbs that a checkbox has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from tasks.changes import Origin
from tasks.models import INBOX, Door, Task
from tasks.operations import complete_task, reopen_task
from tasks.panel import panel
from tasks.references import find_project

PAGE = Origin(Door.PAGE)


@never_cache
@require_safe
@login_required
def show_panel(request: SignedInRequest) -> HttpResponse:
    """`?project=` takes a key or an id."""
    project = find_project(request.user, request.GET.get("project") or INBOX)
    return render(request, "tasks/panel.html", {"panel": panel(request.user, project)})


@require_POST
@login_required
def complete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _change(request, pk, complete_task)


@require_POST
@login_required
def reopen(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _change(request, pk, reopen_task)


def _change(request: SignedInRequest, pk: UUID, verb: Callable[..., Any]) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    verb(actor=request.user, origin=PAGE, task=task)
    if "HX-Request" in request.headers:
        # The panel fetches itself: two quick clicks must not race for its place on the page.
        return HttpResponse(status=204, headers={"HX-Trigger": "tasks-changed"})
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if is_ours else "/")
