"""Django's database backend for PostgreSQL (an `ENGINE`), and how it is set up."""

from typing import Any

CONNECT_SECONDS = 5
POOL_SECONDS = 5
RETRY_SECONDS = 2


def entry(
    address: dict[str, Any], *, pool: int, statement_timeout: float, lock_timeout: float
) -> dict[str, Any]:
    """The DATABASES entry for `address`, whose own OPTIONS win; times are in seconds, 0 is none."""
    limits = {"statement_timeout": statement_timeout, "lock_timeout": lock_timeout}
    given = address.get("OPTIONS", {})
    startup = [f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items() if seconds]
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        # A server that vanished without a word: the system's own patience is a quarter of an hour.
        "tcp_user_timeout": 10_000,
        **given,
    }
    if startup:
        # Compiling a statement of a few milliseconds takes 20.
        startup.append("-c jit=off")
        options["options"] = " ".join([*startup, given.get("options", "")]).strip()
    if pool:
        # Django's default, None, forbids even what is asked for (see `accounts.prepared`); its own statements
        # hold their values and are never prepared.
        options.setdefault("prepare_threshold", 5)
        options["pool"] = {
            "min_size": 1,
            "max_size": pool,
            "timeout": POOL_SECONDS,
            # After each failure the pool waits twice as long, without bound; begun anew, about a second.
            "reconnect_timeout": RETRY_SECONDS,
            "reconnect_failed": lambda failed: failed.check(),
        }
    return {**address, "ENGINE": "config.postgresql", "CONN_MAX_AGE": 0, "OPTIONS": options}
