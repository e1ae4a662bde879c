from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.admin_pages import OperationAdmin, OperationForm, ReadOnlyAdmin
from accounts.errors import DomainError
from tasks import operations, team_admin
from tasks.changes import Origin
from tasks.models import CalendarFeed, Change, Comment, Door, IdempotencyKey, Project, Task, TaskTally
from tasks.references import named_by_ref

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["team_admin"]

ADMIN = Origin(Door.ADMIN)


class InTrash(admin.SimpleListFilter):
    title = "trash"
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Kept"), ("yes", "In the trash")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() == "no")


class ProjectForm(OperationForm):
    def clean_key(self) -> str:
        # The form holds itself to the database's constraints before an operation cleans the key.
        key: str = self.cleaned_data["key"]
        return key.upper()


class TaskForm(OperationForm):
    error_fields = {"due": "due_at"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("due_date") and cleaned.get("due_at"):
            self.add_error("due_at", "A task is due on a day or at an instant: empty one of them.")
        return cleaned


@admin.register(Project)
class ProjectAdmin(OperationAdmin):
    """Projects, written by operations. They are archived, not deleted."""

    form = ProjectForm
    list_display = ("key", "name", "owner", "status", "open_tasks", "in_trash", "created_at")
    list_filter = ("status", InTrash)
    search_fields = ("key", "name", "owner__username")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    ordering = ("key", "owner__username")
    autocomplete_fields = ("owner",)
    readonly_fields = ("id", "last_number", "created_at", "updated_at", "deleted_at")
    fields = ("owner", "key", "name", "description", "status", "metadata", *readonly_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).with_open_count()  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="open tasks", ordering="open_count")
    def open_tasks(self, project: Any) -> int:
        return int(project.open_count)

    @admin.display(description="in the trash", boolean=True)
    def in_trash(self, project: Project) -> bool:
        return project.deleted_at is not None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj is None else ("owner", *self.readonly_fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def write(self, request: HttpRequest, form: Any, stored: Project | None) -> Project:
        given: dict[str, Any] = {name: form.cleaned_data[name] for name in form.changed_data}
        if stored is None:
            named = {name: form.cleaned_data[name] for name in ("owner", "key", "name", "description")}
            stored = operations.create_project(actor=request.user, origin=ADMIN, **named)  # type: ignore[arg-type]
            given = {name: value for name, value in given.items() if name not in named}
        return operations.update_project(
            actor=request.user,  # type: ignore[arg-type]
            origin=ADMIN,
            project=stored,
            changes=given,  # type: ignore[arg-type]
        )


@admin.register(Task)
class TaskAdmin(OperationAdmin):
    """Anybody's tasks, written by operations for their owner. Deleting one moves it to the trash."""

    form = TaskForm
    list_display = (
        "task_ref", "title", "owner", "status", "priority", "due_date", "due_at", "assignee", "in_trash",
        "updated_at",
    )  # fmt: skip
    list_display_links = ("task_ref", "title")
    list_filter = (InTrash, "status", "priority", "due_date", "project__status")
    search_fields = ("title", "description", "project__key", "project__owner__username")
    search_help_text = (
        "A ref such as WEB-12, or words of the title, the description, the project or its owner."
    )
    list_select_related = ("project__owner", "assignee")
    date_hierarchy = "created_at"
    ordering = ("-updated_at",)
    autocomplete_fields = ("project", "assignee")
    raw_id_fields = ("parent", "blocked_by")
    readonly_fields = ("id", "number", "completed_at", "created_by", "created_at", "updated_at", "deleted_at")
    fields = (
        "project", "title", "description", "status", "priority", "due_date", "due_at", "recurrence", "labels",
        "assignee", "parent", "blocked_by", *readonly_fields,
    )  # fmt: skip
    actions = ("move_to_trash", "restore")

    @admin.display(description="task", ordering="project__key")
    def task_ref(self, task: Task) -> str:
        return task.ref

    @admin.display(ordering="project__owner__username")
    def owner(self, task: Task) -> str:
        return task.project.owner.get_username()

    @admin.display(description="in the trash", boolean=True)
    def in_trash(self, task: Task) -> bool:
        return task.deleted_at is not None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        by_ref = queryset.filter(named_by_ref(search_term))
        return (
            (by_ref, False) if by_ref.exists() else super().get_search_results(request, queryset, search_term)
        )

    def write(self, request: HttpRequest, form: Any, stored: Task | None) -> Task:
        given: dict[str, Any] = {name: form.cleaned_data[name] for name in form.changed_data}
        if {"due_date", "due_at"} & given.keys():
            given["due"] = form.cleaned_data["due_at"] or form.cleaned_data["due_date"]
        given = {name: value for name, value in given.items() if name not in ("due_date", "due_at")}
        by: dict[str, Any] = {"actor": request.user, "origin": ADMIN}
        if stored is None:
            return operations.add_task(**by, project=given.pop("project"), title=given.pop("title"), **given)
        return operations.update_task(**by, task=stored, changes=given)  # type: ignore[arg-type]

    # --- The trash ------------------------------------------------------------------------------------

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_trashed = obj is not None and obj.deleted_at is not None
        return not is_trashed and super().has_delete_permission(request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        return [str(task) for task in objs], {"tasks": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        operations.delete_task(actor=request.user, origin=ADMIN, task=obj)  # type: ignore[arg-type]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for task in queryset:
            self.log_change(request, task, "Moved to the trash.")

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        text = f"{obj_display} was moved to the trash. The action “Restore” takes it out again."
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:tasks_task_changelist"))

    @admin.action(description="Move to the trash", permissions=["delete"])
    def move_to_trash(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        wanted = queryset.filter(deleted_at=None)
        self._each(request, wanted, operations.delete_task, "Moved to the trash")

    @admin.action(description="Restore from the trash", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        wanted = queryset.filter(deleted_at__isnull=False)
        self._each(request, wanted, operations.restore_task, "Restored")

    def _each(self, request: HttpRequest, tasks: QuerySet[Task], verb: Callable[..., Any], done: str) -> None:
        count = 0
        for task in tasks.select_related("project__owner"):
            try:
                verb(actor=request.user, origin=ADMIN, task=task)
            except DomainError as refusal:
                self.message_user(request, f"{task.ref}: {refusal.detail}", messages.ERROR)
            else:
                self.log_change(request, task, f"{done}.")
                count += 1
        self.message_user(request, f"{done}: {count} {'task' if count == 1 else 'tasks'}.", messages.SUCCESS)


@admin.register(Comment)
class CommentAdmin(OperationAdmin):
    """Comments, written by operations. They are deleted on the task's page."""

    list_display = ("__str__", "task", "author", "created_at", "edited_at", "deleted_at")
    search_fields = ("text", "task__title", "author__username")
    list_select_related = ("task__project", "author")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    readonly_fields = ("task", "author", "id", "created_at", "edited_at", "deleted_at")
    fields = ("text", *readonly_fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def write(self, request: HttpRequest, form: Any, stored: Comment | None) -> Comment:
        assert stored is not None
        return operations.update_comment(
            actor=request.user,  # type: ignore[arg-type]
            origin=ADMIN,
            comment=stored,
            text=form.cleaned_data["text"],
        )


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "verb", "ref", "title", "actor", "door", "client", "turn_id", "undone_at")
    list_filter = ("verb", "door", "object_type", ("undone_at", admin.EmptyFieldListFilter))
    search_fields = ("ref", "title", "actor__username", "object_id")
    list_select_related = ("actor",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """A deleted key would let its write happen twice."""

    list_display = ("key", "actor", "created_at")
    search_fields = ("key", "actor__username")
    list_select_related = ("actor",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)


@admin.register(TaskTally)
class TaskTallyAdmin(ReadOnlyAdmin):
    """Kept by every change of a task; `manage.py recount_tasks` mends them."""

    list_display = ("id", "project", "figure", "bucket", "assignee", "count")
    list_filter = ("figure",)
    search_fields = ("project__key",)
    list_select_related = ("project", "assignee")
    ordering = ("-id",)


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """Secret addresses for calendar programs. Deleting one ends it."""

    list_display = ("project", "user", "created_at", "last_read_at")
    list_select_related = ("project", "user")
    search_fields = ("project__key", "user__username")
    exclude = ("digest",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)
