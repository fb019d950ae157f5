"""A small HTTP server: hands each request to one function and sends back its answer."""

import base64
import binascii
import contextlib
import json
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

MAX_BODY = 1_000_000
IDLE_SECONDS = 65
WAITING_CALLERS = 256


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    authorization: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)  # names in small letters

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict:
        """The body as a JSON object. Raises ValueError."""
        data = json.loads(self.body or b"{}")
        if not isinstance(data, dict):
            raise ValueError("The body must be a JSON object.")
        return data

    def basic_auth(self) -> tuple[str, str]:
        """User and password; two empty texts when there are none."""
        scheme, _, value = self.authorization.partition(" ")
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return (user, password) if scheme.lower() == "basic" else ("", "")

    def bearer(self) -> str:
        """The bearer token; empty when there is none."""
        scheme, _, token = self.authorization.partition(" ")
        return token if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, data, status: int = 200, **headers: str) -> "Answer":
        return cls(
            status, json.dumps(data, ensure_ascii=False).encode(), {"Content-Type": "application/json", **headers}
        )

    @classmethod
    def html(cls, text: str) -> "Answer":
        return cls(200, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


class WebServer:
    """Serves in threads until stopped. `respond` returns None to hang up without an answer."""

    def __init__(self, host: str, port: int, respond: Callable[[Request], Answer | None]):
        self._server = _Server((host, port), respond)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="inbox", daemon=True)

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host}:{port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = WAITING_CALLERS

    def __init__(self, address, respond):
        self.respond = respond
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self):
        super().server_close()
        # Ends the threads that wait on kept connections; each then closes its own.
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        # A caller that hung up is not worth a traceback; everything else is.
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "DoorstepSandbox"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    timeout = IDLE_SECONDS

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        answer = self.server.respond(self._request(self.rfile.read(length)))
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)

    do_POST = do_DELETE = do_GET

    def _request(self, body: bytes) -> Request:
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, address.path, query, headers.get("authorization", ""), body, headers)

    def _send(self, answer: Answer):
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format, *arguments):
        """Nothing: the pages show what arrived."""
