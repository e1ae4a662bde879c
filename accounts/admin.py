from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from accounts.admin_pages import ReadOnlyAdmin
from accounts.models import ApiToken, OAuthClient, OAuthGrant, OAuthRefreshToken, User

if TYPE_CHECKING:
    BaseUserAdmin = DjangoUserAdmin[User]
else:
    BaseUserAdmin = DjangoUserAdmin

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    """People. Nobody is deleted here, since their tasks would go with them: make them inactive instead."""

    list_display = ("username", "email", "timezone", "approval", "is_staff", "is_active", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "approval", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    date_hierarchy = "date_joined"
    readonly_fields = ("last_login", "date_joined", "updated_at")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Assistant", {"fields": ("timezone", "date_order", "approval")}),
        ("Rights", {"fields": ("is_active", *RIGHTS)}),
        ("Dates", {"fields": ("last_login", "date_joined", "updated_at")}),
    )
    add_fieldsets = (
        *DjangoUserAdmin.add_fieldsets,
        ("Assistant", {"classes": ("wide",), "fields": ("timezone", "date_order", "approval")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Whoever could change a superuser's password would be one.
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *RIGHTS)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Whose programs may come in. Deleting a token revokes it."""

    list_display = ("name", "user", "prefix", "scopes", "created_at", "last_used_at", "expires_at")
    list_filter = ("scopes",)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    date_hierarchy = "created_at"
    exclude = ("digest",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.delete_apitoken")


@admin.register(OAuthClient)
class OAuthClientAdmin(ReadOnlyAdmin):
    """Programs that asked for access. Deleting one disconnects it for everybody."""

    list_display = ("name", "client_id", "created_at", "last_used_at")
    search_fields = ("name", "client_id")
    date_hierarchy = "created_at"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.delete_oauthclient")


@admin.register(OAuthGrant)
class OAuthGrantAdmin(ReadOnlyAdmin):
    """Who allowed which program what. Deleting one disconnects it."""

    list_display = ("client", "user", "scopes", "resource", "created_at", "connected_at")
    list_filter = ("scopes",)
    list_select_related = ("client", "user")
    search_fields = ("client__name", "user__username")
    date_hierarchy = "created_at"
    exclude = ("code_digest", "code_challenge")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.delete_oauthgrant")


@admin.register(OAuthRefreshToken)
class OAuthRefreshTokenAdmin(ReadOnlyAdmin):
    """What gets programs their next tokens. A grant is ended as a whole."""

    list_display = ("grant", "created_at", "used_at", "expires_at")
    list_select_related = ("grant__client", "grant__user")
    search_fields = ("grant__client__name", "grant__user__username")
    date_hierarchy = "created_at"
    exclude = ("digest",)
