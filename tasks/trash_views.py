"""What is in the trash, and the way back."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from tasks.browse import PAGE, lines_of, read_page
from tasks.models import Project, Task
from tasks.page_answers import in_their_zone, is_script
from tasks.pulse import pulse_of


@never_cache
@require_safe
@login_required
@in_their_zone
def show_trash(request: SignedInRequest) -> HttpResponse:
    """Tasks and projects, the last deleted first."""
    user, page = request.user, read_page(request.GET.get("page", ""))
    pulse = pulse_of(user)
    tasks = Task.objects.visible_to(user).trashed().select_related("project", "assignee").defer("description")
    start = (page - 1) * PAGE
    shown = list(tasks.order_by("-deleted_at", "-id")[start : start + PAGE + 1])
    projects = Project.objects.restorable_by(user).exclude(deleted_at=None).order_by("-deleted_at")
    context = {
        "lines": lines_of(user, shown[:PAGE], timezone.now().astimezone(user.zone)),
        "projects": list(projects[:PAGE]) if page == 1 else [],
        "number": page,
        "newer": page - 1,
        "older": page + 1 if len(shown) > PAGE else 0,
        "pulse": pulse,
    }
    return render(request, "tasks/trash_rows.html" if is_script(request) else "tasks/trash.html", context)
