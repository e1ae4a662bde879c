"""Two kinds of admin pages: records that are only read, and rows that domain operations write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import Model

    AnyAdmin = admin.ModelAdmin[Model]
else:
    AnyAdmin = admin.ModelAdmin


class ReadOnlyAdmin(AnyAdmin):
    """Records: looked at, and neither added, changed nor deleted."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OperationForm(forms.ModelForm):
    """Shows what an operation refused; `error_fields` names the form's field where the domain's differs."""

    refusal: DomainError | None = None
    error_fields: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.refusal is not None:
            for name, reason in (self.refusal.fields or {"": self.refusal.detail}).items():
                field = self.error_fields.get(name, name)
                self.add_error(field if field in self.fields else None, reason[:1].upper() + reason[1:])
        return cleaned


class OperationAdmin(AnyAdmin):
    """Rows that `write` changes through operations, whose refusals are shown and never fail the page."""

    form = OperationForm
    show_full_result_count = False

    def write(self, request: HttpRequest, form: Any, stored: Any) -> Any:
        """Performs the form's changes on `stored` (None: a new row) and returns the row as it is then."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # The form has already put its values into `obj`; an operation compares with what is stored.
        stored = type(obj)._default_manager.get(pk=obj.pk) if change else None
        obj.pk = self.write(request, form, stored).pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left: the operation wrote relations too."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            # Everything is rolled back; the form is read once more, with its error.
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "refusal", None)  # type: ignore[attr-defined]
        return form

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            opts = self.opts
            return HttpResponseRedirect(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without Django's own deletion, which goes past the operations."""
        return {
            name: found for name, found in super().get_actions(request).items() if name != "delete_selected"
        }
