from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class Admin(AdminConfig):
    default_site = "accounts.admin_site.Site"


class StaticFiles(StaticFilesConfig):
    """Leaves out what a package brings and no page asks for: each file costs every start in production."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "swagger-ui-standalone*", "oauth2-*"]
