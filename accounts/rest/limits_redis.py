"""Limits that all workers share: for each key a Redis list of its latest uses, judged in one round trip."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from accounts.rest.limits import Charge, Limiter

TIMEOUT = 0.5
RETRY_AFTER = 5.0
PREFIX = "tasklore:limit:"
# The clock is the caller's: workers agree on the time, and Redis need not.
SPEND = """
local now, wait = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  local limit, seconds = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local oldest = redis.call('LINDEX', key, limit - 1)
  if oldest then wait = math.max(wait, tonumber(oldest) + seconds - now) end
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
  redis.call('LPUSH', key, ARGV[1])
  redis.call('LTRIM', key, 0, tonumber(ARGV[2 * i]) - 1)
  redis.call('PEXPIRE', key, math.ceil(1000 * tonumber(ARGV[2 * i + 1])))
end
return '0'
"""

log = structlog.get_logger(__name__)


class RedisLimiter:
    """While Redis is away, this process counts for itself, and the log says so once."""

    def __init__(self, url: str, fallback: Limiter) -> None:
        options: dict[str, Any] = {"retry": Retry(NoBackoff(), 1)}
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, **options
        )
        self._spend = self._redis.register_script(SPEND)
        self._fallback = fallback
        self._away_until = 0.0
        self._away = False

    def spend(self, charges: Sequence[Charge]) -> float:
        arguments: list[str | float] = [repr(time.time())]
        for charge in charges:
            arguments += [charge.limit, charge.seconds]
        if self._reachable():
            try:
                wait = float(self._spend(keys=[PREFIX + each.key for each in charges], args=arguments))
            except (RedisError, OSError) as error:
                self._lost(error)
            else:
                self._found()
                return wait
        return self._fallback.spend(charges)

    def take_back(self, charge: Charge) -> None:
        self._fallback.take_back(charge)
        self._tell("LPOP", charge)

    def forget(self, charge: Charge) -> None:
        self._fallback.forget(charge)
        self._tell("DEL", charge)

    def _tell(self, command: str, charge: Charge) -> None:
        if self._reachable():
            try:
                self._redis.execute_command(command, PREFIX + charge.key)
            except (RedisError, OSError) as error:
                self._lost(error)

    def _reachable(self) -> bool:
        # Otherwise every request of an outage would wait for the time-out.
        return time.monotonic() >= self._away_until

    def _lost(self, error: Exception) -> None:
        self._away_until = time.monotonic() + RETRY_AFTER
        if not self._away:
            self._away = True
            log.warning("limits_not_shared", reason=str(error))

    def _found(self) -> None:
        if self._away:
            self._away = False
            log.info("limits_shared_again")
