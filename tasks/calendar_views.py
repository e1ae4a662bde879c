"""Calendars: the file at a secret address, and the page where addresses are made and ended."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import NotFound
from accounts.requests import SignedInRequest
from accounts.rest.limits import spend_unknown
from tasks.calendar_feeds import end_feed, feed_of, make_feed, note_reading
from tasks.calendar_file import FIELDS, calendar_file
from tasks.models import CalendarFeed, Project, Task
from tasks.page_answers import in_their_zone

# More than a calendar program shows; the newest are taken.
MOST_EVENTS = 10_000
SHOWN_PROJECTS = 200


@require_safe
def show_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The project's open tasks that are due, for whoever has the address; 304 while nothing has changed."""
    try:
        feed = feed_of(secret)
    except NotFound:
        spend_unknown(request)
        raise
    tasks = Task.objects.visible_to(feed.user).filter(project=feed.project)
    state = tasks.order_by().aggregate(count=Count("pk"), last=Max("updated_at"))
    zone, host = feed.user.zone, request.build_absolute_uri("/")
    stamp = (feed.project.updated_at, feed.project.name, feed.project.key, zone.key, host, state)
    etag = f'"{hashlib.sha256(repr(stamp).encode()).hexdigest()[:32]}"'
    answer = get_conditional_response(request, etag=etag)
    if answer is None:
        due = tasks.open().with_due().select_related(None).only(*FIELDS).order_by("-id")[:MOST_EVENTS]
        file = calendar_file(
            feed.project,
            due,
            zone=zone,
            address_of=lambda task: f"{host.rstrip('/')}{reverse('task', args=[task.pk])}",
            now=timezone.now(),
        )
        answer = HttpResponse(file, content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = f'inline; filename="{feed.project.key}.ics"'
    if answer.status_code in (200, HttpResponseNotModified.status_code):
        note_reading(feed)
    answer["ETag"], answer["Cache-Control"] = etag, "private, no-cache"
    return answer


@never_cache
@require_safe
@login_required
@in_their_zone
def show_calendars(request: SignedInRequest) -> HttpResponse:
    return render(request, "tasks/calendars.html", _context(request))


@never_cache
@require_POST
@login_required
@in_their_zone
def change_feed(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """`verb` is `end`; without it a new address is made, which is in this one answer alone."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    if request.POST.get("verb") == "end":
        end_feed(actor=request.user, project=project)
        messages.success(request, f"The address of {project.key} is ended.")
        return redirect("calendars")
    secret = make_feed(actor=request.user, project=project)
    address = request.build_absolute_uri(reverse("calendar_feed", args=[secret]))
    made = {"project": project, "address": address}
    return render(request, "tasks/calendars.html", {**_context(request), "made": made})


def _context(request: SignedInRequest) -> dict[str, object]:
    feeds = {feed.project_id: feed for feed in CalendarFeed.objects.visible_to(request.user)}
    projects = Project.objects.visible_to(request.user).exclude(status="archived").order_by("name", "id")
    rows = [{"project": project, "feed": feeds.get(project.pk)} for project in projects[:SHOWN_PROJECTS]]
    return {"rows": sorted(rows, key=lambda row: row["feed"] is None)}
