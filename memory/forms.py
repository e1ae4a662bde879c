"""What a person may write of a memory item; its words are checked again where they are stored."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from accounts.errors import DomainError
from memory.fields import MAX_KEY, MAX_VALUE, MemoryFields
from memory.models import MemoryItem

_SHARE = {"step": "any", "inputmode": "decimal"}


class ItemForm(forms.Form):
    value = forms.CharField(
        label="What to remember",
        max_length=MAX_VALUE,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    type = forms.ChoiceField(choices=MemoryItem.Type.choices, initial=MemoryItem.Type.CONTEXT)
    subject = forms.CharField(
        label="About", max_length=MAX_KEY, required=False, help_text="Whom or what, if anybody in particular."
    )
    relevance = forms.FloatField(
        min_value=0,
        max_value=1,
        initial=0.5,
        widget=forms.NumberInput(attrs=_SHARE),
        help_text="From 0 to 1. The least relevant goes first when memory is full.",
    )
    confidence = forms.FloatField(
        min_value=0,
        max_value=1,
        initial=1,
        widget=forms.NumberInput(attrs=_SHARE),
        help_text="From 0 to 1: how sure it is.",
    )
    expires_at = forms.DateTimeField(
        label="Expires",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Left empty, it stays.",
    )
    local_only = forms.BooleanField(
        label="Local only", required=False, help_text="Never sent to a model on another machine."
    )

    def refuse(self, error: DomainError) -> None:
        """Says beside each field what an operation refused, and what has no field at the top."""
        named = {name: reason for name, reason in error.fields.items() if name in self.fields}
        for name, reason in named.items():
            self.add_error(name, reason)
        if not named:
            self.add_error(None, error.detail)

    def changes(self) -> MemoryFields:
        """The fields that differ from the item's."""
        return cast(MemoryFields, {name: self.cleaned_data[name] for name in self.changed_data})


class NewItemForm(ItemForm):
    key = forms.CharField(
        max_length=MAX_KEY,
        required=False,
        help_text="A short name. Left empty, it gets one; with one in use, this takes its place.",
    )
    field_order = ["value", "type", "key", "subject", "expires_at"]

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


def item_form(item: MemoryItem, posted: Any = None) -> ItemForm:
    """The form of one item, filled with what it holds."""
    initial = {name: getattr(item, name) for name in ItemForm.base_fields}
    if item.expires_at:
        # The browser's field has no seconds: with them, every save would look like a change.
        initial["expires_at"] = item.expires_at.replace(second=0, microsecond=0)
    return ItemForm(posted, initial=initial, label_suffix="")
