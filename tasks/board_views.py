"""The board of a project. What is moved on it goes through the form of the task."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from tasks.board import read_board, read_shown
from tasks.models import Project
from tasks.page_answers import in_their_zone, is_script, rights
from tasks.pulse import pulse_of


@never_cache
@require_safe
@login_required
@in_their_zone
def show_board(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """`?done=80` and the like show so many of a column."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    pulse = pulse_of(request.user, project.pk)
    context = {
        "project": project,
        "columns": read_board(request.user, project, read_shown(request.GET)),
        "pulse": pulse,
        **rights(request.user, project),
    }
    return render(request, "tasks/board_columns.html" if is_script(request) else "tasks/board.html", context)
