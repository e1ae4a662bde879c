from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.views import admin_signin
from config import docs, errors, health, metrics

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^health/?$", health.health, name="health"),
    re_path(r"^health/ready/?$", health.ready, name="ready"),
    re_path(r"^health/redis/?$", health.redis_health, name="redis_health"),
    re_path(r"^metrics/?$", metrics.metrics, name="metrics"),
    path("admin/login/", admin_signin),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("settings/", include("accounts.settings_page")),
    path("oauth/consent/", include("accounts.consent_page")),
    path("api/", include(docs.urlpatterns)),
    path("api/", include("tasks.api_urls")),
    path("api/", include("memory.api_urls")),
    path("api/", include("chat.api_urls")),
    re_path(r"^api(/.*)?$", errors.api_not_found),
    path("memory/", include("memory.urls")),
    path("", include("tasks.urls")),
    path("", include("chat.urls")),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
# Read by django-allauth.
handler429 = errors.too_many_requests
