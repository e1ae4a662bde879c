"""A telephone line between a server and what it depends on, which a test can cut, or leave silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Line:
    """Forwards connections to `target`, a TCP address or the path of a Unix socket."""

    def __init__(self, target: tuple[str, int] | str) -> None:
        self.target = target
        self._talking = threading.Event()
        self._talking.set()
        self._open: list[socket.socket] = []
        self._listen(0)

    def _listen(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Ends every connection, and refuses new ones, as a server that is down."""
        # Shut down first: a close alone leaves the thread that accepts with the port.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()

    def drop(self) -> None:
        """Ends every connection and takes new ones, as a server that was restarted."""
        open_now, self._open = self._open, []
        for end in open_now:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def restore(self) -> None:
        self._listen(self.port)

    def silence(self) -> None:
        """Takes connections and what is said, and answers nothing, as a server that is paused."""
        self._talking.clear()

    def speak(self) -> None:
        self._talking.set()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = self._call()
            except OSError:
                return
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _call(self) -> socket.socket:
        if isinstance(self.target, tuple):
            return socket.create_connection(self.target)
        far = socket.socket(socket.AF_UNIX)
        far.connect(self.target)
        return far

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                self._talking.wait()
                sink.sendall(piece)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(target: tuple[str, int] | str) -> Iterator[Line]:
    line = Line(target)
    try:
        yield line
    finally:
        line.speak()
        line.cut()
