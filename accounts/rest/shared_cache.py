"""Django's cache, where django-allauth counts: in Redis, and in this process while that is away."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

SECONDS_TO_WAIT = 1.0


class SharedCache(RedisCache):
    """A Redis that does not answer keeps nobody from signing in: each worker then counts for itself."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        waits = {"socket_timeout": SECONDS_TO_WAIT, "socket_connect_timeout": SECONDS_TO_WAIT}
        super().__init__(server, {"KEY_PREFIX": "tasklore:cache", **params, "OPTIONS": waits})
        self._own = LocMemCache("shared-cache", params)

    def add(self, key: Any, value: Any, *args: Any, **more: Any) -> bool:
        try:
            return bool(super().add(key, value, *args, **more))
        except RedisError:
            return bool(self._own.add(key, value, *args, **more))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError:
            return self._own.get(key, default, version)

    def set(self, key: Any, value: Any, *args: Any, **more: Any) -> None:
        try:
            super().set(key, value, *args, **more)
        except RedisError:
            self._own.set(key, value, *args, **more)

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return bool(super().delete(key, version))
        except RedisError:
            return bool(self._own.delete(key, version))
