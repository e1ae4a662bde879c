"""A server of embeddings for tests: real HTTP, and everything it was sent kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MEANINGS = (
    {"login", "sign-in", "authentication", "password"},
    {"fruit", "bananas", "apples"},
    {"deploy", "deploys", "release"},
)


def meaning(text: str) -> list[float]:
    """One number for each meaning, and one for what has none of them."""
    words = set(text.lower().replace("?", "").replace(".", "").split())
    found = [float(len(words & each)) for each in MEANINGS]
    return [*found, 0.0 if any(found) else 1.0]


class EmbeddingServer:
    """`answers` are the next statuses, 200 when there are none; `before` runs before each answer.

    Nothing is answered until `released`. `vector` makes a vector of a text, or raises ValueError to refuse.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.answers: list[int] = []
        self.vector: Callable[[str], Any] = meaning
        self.before: Callable[[], object] = lambda: None
        self.released = threading.Event()
        self.released.set()
        ours = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                ours.answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def texts(self) -> list[str]:
        return [text for body in self.received for text in body["input"]]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.received.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        self.before()
        self.released.wait(30)
        status, found = self.answers.pop(0) if self.answers else 200, {}
        if request.path != "/v1/embeddings":
            status = 404
        try:
            items = [{"index": n, "embedding": self.vector(text)} for n, text in enumerate(body["input"])]
            # In another order: `index` says which is which.
            found = {"object": "list", "data": items[::-1], "model": body["model"]}
        except ValueError as error:
            status, found = 400, {"error": {"message": str(error)}}
        sent = json.dumps(found).encode()
        try:
            request.send_response(status)
            request.send_header("Content-Length", str(len(sent)))
            request.send_header("Retry-After", "0")
            request.end_headers()
            request.wfile.write(sent)
        except OSError:
            request.close_connection = True

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
