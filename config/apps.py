import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class Admin(AdminConfig):
    default_site = "accounts.admin_site.Site"


class StaticFiles(StaticFilesConfig):
    """Leaves out what a package brings and no page asks for: each file costs every start in production."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "swagger-ui-standalone*", "oauth2-*"]


@contextmanager
def missing(*modules: str) -> Iterator[None]:
    """In the block, imports do not find these modules, unless they are loaded already."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# Django REST framework imports what it finds. PostgreSQL's driver and an HTTP client, for classes that
# nothing here uses, are 16 MB and a quarter of a second of every start.
with missing("django.contrib.postgres", "requests"):
    import rest_framework.compat  # noqa: F401
