"""A real HTTP server that takes callbacks, remembers them, and answers as it is told."""

import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from carriers.base import Headers


@dataclass(frozen=True)
class Received:
    body: bytes
    headers: Headers
    at: float


class Listener:
    """Answers with `statuses` in turn, then with 200. `on_receive` runs before the answer, as a view would."""

    def __init__(self):
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.on_receive = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.listener = self

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception):
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/callbacks?account=7"

    def wait_for(self, count: int, seconds: float = 5) -> list[Received]:
        """The callbacks, once so many came; fails when they do not."""
        wait_until(lambda: len(self.received) >= count, seconds, lambda: f"{len(self.received)} of {count} came")
        return self.received


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        listener = self.server.listener
        body = self.rfile.read(int(self.headers["Content-Length"]))
        received = Received(body, Headers(dict(self.headers)), time.monotonic())
        if listener.on_receive:
            listener.on_receive(received)
        listener.received.append(received)
        self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *arguments):
        pass


def wait_until(holds, seconds: float = 5, told=lambda: "it never held"):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, told()
        time.sleep(0.01)
