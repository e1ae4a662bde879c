"""The list of tasks, of one project or of all, and what can be done from it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from tasks import operations
from tasks.browse import DUES, PRIORITIES, SORTS, STATUSES, browse, read_filters
from tasks.changes import Origin
from tasks.models import Change, Project, Task
from tasks.page_answers import Done, acts, in_their_zone, is_script, rights
from tasks.page_edit import assignable, edit_task, shown_fields
from tasks.pulse import pulse_of
from tasks.quick_add import read_quick_add
from tasks.receipts import receipt_text
from tasks.references import find_project, find_task
from tasks.several import act_on, read_act
from tasks.undo import undo_call

CHOICES = {"statuses": STATUSES, "priorities": PRIORITIES, "dues": DUES, "sorts": SORTS}


@never_cache
@require_safe
@login_required
@in_their_zone
def show_tasks(request: SignedInRequest) -> HttpResponse:
    """Every task of every project; the address says which of them."""
    return _list(request, None)


@never_cache
@require_safe
@login_required
@in_their_zone
def show_project(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _list(request, get_object_or_404(Project.objects.visible_to(request.user), pk=pk))


@require_safe
@login_required
def find_by_key(request: SignedInRequest, key: str) -> HttpResponse:
    """To the project with that key, or to those that have it."""
    named = list(Project.objects.visible_to(request.user).filter(key=key.upper())[:2])
    if len(named) > 1:
        return redirect(f"{reverse('projects')}?q={key.upper()}")
    return redirect(named[0] if named else find_project(request.user, key))


@acts
def add(request: SignedInRequest, origin: Origin) -> Done:
    """A line in words: `text`, in `project`, below `parent` if there is one."""
    given = request.POST
    project = find_project(request.user, given.get("project", "")) if given.get("project") else None
    fields: Any = read_quick_add(
        given.get("text", ""),
        now=timezone.now().astimezone(request.user.zone),
        day_first=request.user.day_first,
    )
    if given.get("parent"):
        parent = find_task(request.user, given["parent"])
        fields["parent"], project = parent, project or parent.project
    task = operations.add_task(
        actor=request.user,
        origin=origin,
        project=project or operations.ensure_inbox(request.user),
        **fields,
    )
    return Done(_told(request, origin, task))


@acts
def act(request: SignedInRequest, origin: Origin) -> Done:
    """One verb on the tasks that are selected."""
    return act_on(request.user, origin, read_act(request.POST))


@acts
def undo(request: SignedInRequest, origin: Origin, call: UUID) -> Done:
    undone = undo_call(actor=request.user, origin=origin, call_id=call)
    refused = [f"{each.ref} “{each.title}” was left alone: {each.reason}" for each in undone.conflicts]
    return Done("Undone." if undone.changes or not refused else "", refused)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@in_their_zone
def edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The form within a line; POST writes what it changed."""
    if request.method == "POST":
        return save(request, pk=pk)
    related = ("project__owner", "assignee")
    task = get_object_or_404(Task.objects.editable_by(request.user).kept().select_related(*related), pk=pk)
    context = {
        "task": task,
        "fields": shown_fields(task, request.user.zone, linked=False),
        "priorities": Task.Priority.choices,
        "assignees": assignable(task.project),
    }
    fragment = is_script(request)
    return render(request, "tasks/edit_form.html" if fragment else "tasks/edit.html", context)


@acts
def save(request: SignedInRequest, origin: Origin, pk: UUID) -> Done:
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    saved = edit_task(actor=request.user, origin=origin, task=task, given=request.POST.dict())
    return Done(_told(request, origin, saved), goes_to=task.get_absolute_url())


@never_cache
@require_safe
@login_required
def pulse(request: SignedInRequest) -> HttpResponse:
    """204 with the pulse as its ETag, 304 while it is what the page has; `?project=` takes an id."""
    named = request.GET.get("project", "")
    try:
        tag = f'"{pulse_of(request.user, UUID(named) if named else None)}"'
    except ValueError:
        raise Http404 from None
    same = request.headers.get("If-None-Match") == tag
    return HttpResponse(status=304 if same else 204, headers={"ETag": tag})


def _list(request: SignedInRequest, project: Project | None) -> HttpResponse:
    # Before the rows: what changes meanwhile is then seen by the next look.
    pulse = pulse_of(request.user, project.pk if project else None)
    listing = browse(request.user, project, read_filters(request.GET))
    context = {
        "listing": listing,
        "project": project,
        "pulse": pulse,
        "assignees": assignable(project) if project else [],
        "can_edit_some": any(line.can_edit for group in listing.groups for line in group.lines),
        **rights(request.user, project),
        **CHOICES,
    }
    return render(request, "tasks/list.html" if is_script(request) else "tasks/tasks.html", context)


def _told(request: SignedInRequest, origin: Origin, task: Task) -> str:
    """What this request did to the task, from its change record; nothing when that is nothing."""
    made = Change.objects.visible_to(request.user).filter(call_id=origin.call_id, object_id=task.pk).first()
    return f"{receipt_text(made, request.user.zone)}." if made else ""
