"""A connection that does not wait for ever for a server that has fallen silent without hanging up."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.errors import ConnectionTimeout, _WaitTimeout

SILENT_SECONDS = 3.0
ASK_SECONDS = 2


class PatientConnection(psycopg.Connection[Any]):
    """After each `SILENT_SECONDS` of a statement, the server is asked over a new connection whether it lives.

    The time-outs in the settings are the server's own to keep: one that is paused, or behind a network that
    swallows everything, keeps none of them. A slow statement on a server that answers is waited for.
    """

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        while True:
            try:
                return super().wait(gen, interval, SILENT_SECONDS)
            except _WaitTimeout:
                if not self._server_answers():
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server has fallen silent") from None

    def _server_answers(self) -> bool:
        address = make_conninfo(self.info.dsn, password=self.info.password, connect_timeout=ASK_SECONDS)
        try:
            psycopg.connect(address).close()
        except ConnectionTimeout:
            return False
        except psycopg.OperationalError:
            # It refuses, which is an answer too.
            return True
        return True
