"""The page of one task."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.errors import NotFound
from accounts.requests import SignedInRequest
from tasks.models import Task
from tasks.page_answers import in_their_zone, is_script
from tasks.pulse import pulse_of
from tasks.references import named_by_ref, nearest
from tasks.task_page import read_task_page


@never_cache
@require_safe
@login_required
@in_their_zone
def show_task(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """`?edit` opens its words for writing, `?all` shows its whole history."""
    related = ("project__owner", "assignee", "created_by")
    rows = Task.objects.visible_to(request.user).select_related(*related)
    task = get_object_or_404(rows, pk=pk)
    pulse = pulse_of(request.user, task.project_id)
    page = read_task_page(request.user, task, everything="all" in request.GET)
    context = {
        "page": page,
        "task": task,
        "project": task.project,
        "pulse": pulse,
        "editing": page.can_edit and "edit" in request.GET,
        "statuses": Task.Status.choices,
        "priorities": Task.Priority.choices,
    }
    return render(request, "tasks/task_body.html" if is_script(request) else "tasks/task.html", context)


@require_safe
@login_required
def find_by_ref(request: SignedInRequest, ref: str) -> HttpResponse:
    """To the task that a ref such as WEB-12 names; of several teams' tasks, to the list of them."""
    found = nearest(Task.objects.visible_to(request.user).filter(named_by_ref(ref)), request.user)
    if not found:
        raise NotFound(f"There is no task {ref.upper()[:20]}.")
    if len(found) > 1:
        return redirect(f"{reverse('tasks')}?status=all&q={ref.upper()}")
    return redirect(found[0])
