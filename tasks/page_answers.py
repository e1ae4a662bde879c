"""What a write from a page is answered with: a sentence and its undo for a script, a way back for a form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from uuid_utils.compat import uuid7

from accounts.errors import Conflict, DomainError, Forbidden, NotFound, Stale
from accounts.models import User
from accounts.requests import SignedInRequest
from tasks.changes import Origin
from tasks.models import Change, Door, Project

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence; each of `refused` says what was not. `goes_to` is where to look next."""

    said: str
    refused: Sequence[str] = ()
    goes_to: str = ""


def in_their_zone(view: View) -> View:
    """Times are read and shown in the time zone of the person who is signed in."""

    @wraps(view)
    def answer(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(request.user.zone):
            return view(request, *args, **kwargs)

    return answer


def acts(view: Callable[..., Done]) -> View:
    """A view that writes: it is given the request and the origin of its changes, which one undo takes back.

    A script (with the header `HX-Request`) gets JSON: `said`, `refused`, and where to post to undo it and to
    go on, or null; refused as a whole, `detail`, `fields`, and `theirs` (see EditConflict). A form is led
    back to the page it came from.
    """

    @require_POST
    @login_required
    @in_their_zone
    @wraps(view)
    def answer(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        origin = Origin(Door.PAGE, call_id=uuid7())
        try:
            done = view(request, origin, *args, **kwargs)
        except NotFound:
            raise
        except DomainError as error:
            return _refused(request, error)
        return _done(request, origin, done)

    return answer


def rights(user: User, project: Project | None) -> dict[str, bool]:
    """Which controls a page of the project shows: to write tasks in it, and to change the project itself."""
    if project is None:
        return {"can_add": True, "can_manage": False}
    manages = Project.objects.editable_by(user).filter(pk=project.pk).exists()
    writes = manages or Project.objects.writable_by(user).filter(pk=project.pk).exists()
    return {"can_add": writes and project.status != Project.Status.ARCHIVED, "can_manage": manages}


def is_script(request: SignedInRequest) -> bool:
    return "HX-Request" in request.headers


def refusal(error: DomainError) -> JsonResponse:
    status = 403 if isinstance(error, Forbidden) else 409 if isinstance(error, Conflict | Stale) else 400
    theirs = getattr(error, "theirs", {})
    return JsonResponse({"detail": error.detail, "fields": error.fields, "theirs": theirs}, status=status)


def back(request: SignedInRequest, otherwise: str) -> HttpResponseRedirect:
    """To the address that the form named as `next`, if it is one of ours."""
    named = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(named, {request.get_host()}, request.is_secure())
    return redirect(named if is_ours else otherwise)


def _refused(request: SignedInRequest, error: DomainError) -> HttpResponse:
    if is_script(request):
        return refusal(error)
    messages.error(request, error.detail)
    return back(request, reverse("tasks"))


def _done(request: SignedInRequest, origin: Origin, done: Done) -> HttpResponse:
    if is_script(request):
        changed = Change.objects.visible_to(request.user).filter(call_id=origin.call_id).exists()
        undo = reverse("undo", args=[origin.call_id]) if changed else None
        return JsonResponse(
            {"said": done.said, "refused": list(done.refused), "undo": undo, "go": done.goes_to or None}
        )
    if done.said:
        messages.success(request, done.said)
    for sentence in done.refused:
        messages.warning(request, sentence)
    return back(request, done.goes_to or reverse("tasks"))
