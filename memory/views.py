"""The memory page: what a project remembers, to browse, search, correct, approve and forget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from accounts.requests import SignedInRequest
from memory import operations
from memory.browse import browse, read_filters
from memory.forms import NewItemForm, item_form
from memory.models import MemoryItem
from memory.upkeep import DELETED, DELETED_KEPT_FOR
from tasks.changes import Origin
from tasks.models import INBOX, Door, Project
from tasks.operations import ensure_inbox
from tasks.page_answers import in_their_zone
from tasks.references import find_project

PAGE = Origin(Door.PAGE)
MOST_VERSIONS = 100

View = Callable[..., HttpResponse]


@never_cache
@require_safe
@login_required
@in_their_zone
def memory(request: SignedInRequest) -> HttpResponse:
    """`?project=` takes a key or an id; `q` searches; `status`, `type`, `as_of` and `page` narrow."""
    filters = read_filters(request.GET.dict())
    listing = browse(request.user, _project(request), filters)
    fragment = "HX-Request" in request.headers
    context = {"listing": listing, "types": MemoryItem.Type.choices}
    return render(request, "memory/list.html" if fragment else "memory/page.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@in_their_zone
def new(request: SignedInRequest) -> HttpResponse:
    """One item by hand, in the project that `?project=` names."""
    project = _project(request)
    form = NewItemForm(request.POST or None, label_suffix="")
    if form.is_bound and form.is_valid():
        try:
            item = operations.store_memory(actor=request.user, origin=PAGE, project=project, **form.given())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, f"“{item.key}” is remembered.")
            return redirect(_list_of(project))
    return render(
        request, "memory/new.html", {"form": form, "project": project}, status=400 if form.errors else 200
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@in_their_zone
def item(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One item with the history of its key; POST corrects it."""
    row = get_object_or_404(MemoryItem.objects.visible_to(request.user).with_source(request.user), pk=pk)
    form = item_form(row, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            current = operations.update_memory(
                actor=request.user, origin=PAGE, item=row, changes=form.changes()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            messages.success(request, f"“{current.key}” is saved.")
            return redirect("memory-item", current.pk)
    versions = MemoryItem.objects.visible_to(request.user).filter(project=row.project)
    context = {
        "item": row,
        "form": form,
        "project": row.project,
        "is_in_use": row.status in (MemoryItem.Status.ACTIVE, MemoryItem.Status.SUGGESTED),
        "gone_at": row.updated_at + DELETED_KEPT_FOR if row.reason == DELETED else None,
        "versions": versions.history(row.key).with_source(request.user)[:MOST_VERSIONS],
    }
    return render(request, "memory/item.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def act(request: SignedInRequest, pk: UUID, verb: str) -> HttpResponse:
    """One of `VERBS`; a script gets the sentence alone, a form goes back to the page that it came from."""
    row = get_object_or_404(MemoryItem.objects.visible_to(request.user), pk=pk)
    perform, said = VERBS[verb]
    status = 200
    try:
        perform(actor=request.user, origin=PAGE, item=row)
        sentence = said.format(row.key)
    except DomainError as error:
        status, sentence = 409, error.detail
    if "HX-Request" in request.headers:
        return HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=status)
    messages.add_message(request, messages.SUCCESS if status == 200 else messages.ERROR, sentence)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if is_ours else _list_of(row.project))


VERBS: dict[str, tuple[Callable[..., Any], str]] = {
    "approve": (operations.approve_suggestion, "“{}” is remembered."),
    "reject": (operations.reject_suggestion, "“{}” is rejected."),
    "forget": (operations.delete_memory, "“{}” is forgotten."),
    "restore": (operations.restore_memory, "“{}” is in use again."),
}


def _project(request: SignedInRequest) -> Project:
    named = request.GET.get("project", "")
    return find_project(request.user, named) if named not in ("", INBOX) else ensure_inbox(request.user)


def _list_of(project: Project) -> str:
    return f"{reverse('memory')}?project={project.pk}"
