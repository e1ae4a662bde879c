"""Bringing tasks in from a file: choose it, see what each row becomes and what is wrong, then say yes."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from accounts.errors import DomainError
from accounts.models import User
from accounts.requests import SignedInRequest
from tasks.changes import Origin
from tasks.models import Door, Project, Task
from tasks.page_answers import in_their_zone
from tasks.transfer.elsewhere import Sheet, named, read_sheet
from tasks.transfer.imports import Imported, import_tasks

MAX_ROWS = 1_000
LARGEST = 512 * 1024
SHOWN_TASKS = 200
SHOWN_ERRORS = 500


class Line(NamedTuple):
    """A row as the preview shows it: the task that it becomes, or why it cannot."""

    number: int
    task: Task | None
    wrong: list[tuple[str, str]]
    notes: list[str]


class ProjectChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.key})"


class ImportForm(forms.Form):
    """The file, or on the second time its text, which the browser brings back with the yes."""

    file = forms.FileField(label="CSV file", required=False, widget=forms.FileInput(attrs={"accept": ".csv"}))
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    project: forms.ModelChoiceField = ProjectChoice(label="Into the project", queryset=None, empty_label=None)

    def __init__(self, actor: User, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")
        writable = Project.objects.writable_by(actor).exclude(status="archived").order_by("name", "id")
        self.fields["project"].queryset = writable  # type: ignore[attr-defined]
        self.now, self.day_first = timezone.now().astimezone(actor.zone), actor.day_first

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        file: UploadedFile | None = given.get("file")
        if file is None and not given.get("text"):
            self.add_error("file", "Choose a file.")
        elif file is not None and (file.size or 0) > LARGEST:
            self.add_error("file", f"At most {LARGEST // 1024} kB; split it into several.")
        else:
            raw = file.read() if file is not None else given["text"].encode()
            try:
                given["sheet"] = read_sheet(raw, now=self.now, day_first=self.day_first)
                given["text"] = raw.decode("utf-8-sig")
            except DomainError as error:
                self.add_error("file", error.detail)
        if (sheet := given.get("sheet")) and not 1 <= len(sheet.rows) <= MAX_ROWS:
            self.add_error("file", f"It must hold 1 to {MAX_ROWS} tasks, and holds {len(sheet.rows)}.")
        return given


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@in_their_zone
def import_page(request: SignedInRequest) -> HttpResponse:
    """A file is shown as what it would become; with `confirm`, its rows that are right become tasks."""
    if request.method != "POST":
        return render(request, "tasks/import.html", {"form": ImportForm(request.user)})
    form = ImportForm(request.user, request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "tasks/import.html", {"form": form}, status=400)
    sheet, project = form.cleaned_data["sheet"], form.cleaned_data["project"]
    confirmed = "confirm" in request.POST
    try:
        found = _imported(request.user, sheet, project, dry_run=not confirmed)
    except DomainError as error:
        form.add_error("file", error.detail)
        return render(request, "tasks/import.html", {"form": form}, status=400)
    if confirmed:
        messages.success(request, _said(found))
        return redirect(project.get_absolute_url())
    context = {
        "form": form,
        "project": project,
        "kind": sheet.kind,
        "lines": _lines(sheet, found),
        "right": len(found.tasks),
        "wrong": len(found.errors),
        "text": form.cleaned_data["text"],
    }
    return render(request, "tasks/import_preview.html", context)


def _imported(actor: User, sheet: Sheet, project: Project, *, dry_run: bool) -> Imported:
    rows = [(number, {"project": str(project.pk), **row}) for number, row in sheet.rows]
    origin = Origin(Door.PAGE, call_id=uuid7())
    return import_tasks(actor=actor, origin=origin, rows=rows, dry_run=dry_run)


def _lines(sheet: Sheet, found: Imported) -> list[Line]:
    """The wrong rows first, since they ask for something."""
    lines = [
        Line(
            number,
            found.tasks.get(number),
            list(named(sheet, _reasons(found.errors[number]))) if number in found.errors else [],
            sheet.notes.get(number, []),
        )
        for number, _ in sheet.rows
    ]
    wrong = [line for line in lines if line.wrong][:SHOWN_ERRORS]
    return wrong + [line for line in lines if not line.wrong][:SHOWN_TASKS]


def _reasons(error: DomainError) -> dict[str, str]:
    return error.fields or {"": error.detail}


def _said(found: Imported) -> str:
    count = len(found.tasks)
    said = f"Added {count} task{'' if count == 1 else 's'}."
    left = len(found.errors)
    return f"{said} Left out: {left} row{'' if left == 1 else 's'}." if left else said
