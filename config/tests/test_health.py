"""Readiness names what is missing and never waits long for it; Redis is looked after on its own."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from config import health
from config.tests.line import Line, line_to

pytestmark = pytest.mark.django_db(transaction=True)
needs_redis = pytest.mark.skipif(not configured.REDIS_URL.startswith("redis://"), reason="needs Redis")


@pytest.fixture
def redis_line(settings: Settings) -> Iterator[Line]:
    """The settings' Redis, by a line that the test can cut."""
    address = urlsplit(settings.REDIS_URL)
    with line_to((address.hostname or "127.0.0.1", address.port or 6379)) as line:
        settings.REDIS_URL = f"redis://127.0.0.1:{line.port}{address.path}"
        yield line


@pytest.fixture
def missing_migration() -> Iterator[None]:
    row = MigrationRecorder.Migration.objects.filter(app="accounts").latest("id")
    row.delete()
    health.check_migrations.cache_clear()
    yield
    row.save()


@pytest.mark.parametrize("path", ["/health/ready", "/health/ready/"])
def test_ready_when_everything_answers(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    redis = "ok" if configured.REDIS_URL else "not_configured"
    assert response.json() == {"status": "ready", "database": connection.vendor, "redis": redis}
    assert client.post(path).status_code == 405


def test_not_ready_until_every_migration_is_applied(client: Client, missing_migration: None) -> None:
    response = client.get("/health/ready")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["code"] == "unavailable"
    assert response.json()["errors"] == {
        "database": ["The database lacks 1 migration: run manage.py migrate."]
    }


def test_not_ready_without_a_database(client: Client) -> None:
    with patch.object(BaseDatabaseWrapper, "cursor", side_effect=DatabaseError("secret detail")):
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["detail"] == "The database does not answer."
    assert "secret detail" not in response.content.decode()


@pytest.mark.parametrize("path", ["/health/redis", "/health/redis/"])
def test_redis_is_not_missed_where_it_is_not_used(client: Client, settings: Settings, path: str) -> None:
    settings.REDIS_URL = ""
    response = client.get(path)
    assert (response.status_code, response.json()) == (200, {"status": "not_configured"})
    assert client.get("/health/ready").json()["redis"] == "not_configured"


@needs_redis
def test_redis_that_answers(client: Client, redis_line: Line) -> None:
    response = client.get("/health/redis")
    assert (response.status_code, response.json()["status"]) == (200, "ok")
    assert 0 < response.json()["latency_ms"] < 2000
    redis_line.drop()
    assert client.get("/health/redis").status_code == 200, "a stale connection was taken for a fault"


@needs_redis
@pytest.mark.parametrize("fault", ["cut", "silence"])
def test_redis_that_is_down_or_paused(client: Client, redis_line: Line, fault: str) -> None:
    assert client.get("/health/redis").status_code == 200
    getattr(redis_line, fault)()
    response = client.get("/health/redis")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["detail"] == "Redis does not answer."
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["errors"] == {"redis": ["Redis does not answer."]}
    assert client.get("/health").status_code == 200
