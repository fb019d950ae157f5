"""The pretend carrier as an HTTP server: the carriers' own paths under their keys, a control API, a page for people."""

import contextlib
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from carriers.base import Headers
from carriers.sandbox import control, page
from carriers.sandbox.dhl_unified import DHLUnified
from carriers.sandbox.faults import Fault, Faults, Kind, RateLimits, spoil
from carriers.sandbox.fedex import FedEx
from carriers.sandbox.ledger import UNANSWERED, Ledger
from carriers.sandbox.lives import Life
from carriers.sandbox.pushing import RETRY_WAITS, Pusher, Subscription
from carriers.sandbox.ups import UPS
from carriers.sandbox.wire import Answer, Limit, Lives, Order, Request, WireFormat

FORMATS: tuple[type[WireFormat], ...] = (DHLUnified, UPS, FedEx)
MAX_BODY = 5_000_000
IDLE_SECONDS = 65
WAITING_CALLERS = 256  # connections that may queue while the threads are busy


def wall_clock() -> datetime:
    return datetime.now(UTC)


class SandboxCarrier:
    """Plays lives to whoever asks, and pushes news to whoever subscribed. A context manager:

        with SandboxCarrier() as sandbox:
            sandbox.add(plots.delivered(route))
            requests.get(f"{sandbox.base_url('dhl-unified')}/track/shipments", ...)

    `port` 0 takes a free one. `clock` says what time it is in the lives; `limits` sets rate limits by carrier key.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        clock: Callable[[], datetime] = wall_clock,
        limits: Mapping[str, Limit] | None = None,
        retry_waits: tuple[float, ...] = RETRY_WAITS,
    ):
        self.clock = clock
        self.formats = {wire.key: wire(clock) for wire in FORMATS}
        self.faults, self.rate_limits, self.ledger = Faults(), RateLimits(limits or {}), Ledger()
        self._lives: dict[str, Lives] = {key: {} for key in self.formats}
        self.pusher = Pusher(self.formats, self._lives.__getitem__, clock, self.ledger, retry_waits)
        self._stopping = threading.Event()
        self._server = _Server((host, port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self) -> None:
        self._thread.start()
        self.pusher.start()

    def stop(self) -> None:
        """Answer no more, push no more; open connections are closed."""
        self._stopping.set()
        self.pusher.stop()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host}:{port}"

    def base_url(self, carrier: str) -> str:
        """What an account's base_url must be to speak to this carrier here."""
        return f"{self.url}/{carrier}"

    def add(self, *lives: Life) -> None:
        """Play these lives; one that has the number of another takes its place. Raises ValueError."""
        for life in lives:
            self.wire(life.carrier).check(life)
        for life in lives:
            self._lives[life.carrier] = self._lives[life.carrier] | {life.number: life}

    def lives(self, carrier: str) -> list[Life]:
        return list(self._lives[carrier].values())

    def life(self, carrier: str, number: str) -> Life | None:
        return self._lives.get(carrier, {}).get(number)

    def wire(self, carrier: str) -> WireFormat:
        try:
            return self.formats[carrier]
        except KeyError:
            known = ", ".join(self.formats)
            raise ValueError(f"The sandbox does not play the carrier {carrier!r}; it plays {known}.") from None

    def fault(
        self, carrier: str, kind: str, *, times: int | None = 1, seconds: float = 1, on: str = "tracking"
    ) -> None:
        """Order trouble for the carrier's next calls, see `carriers.sandbox.faults`."""
        self.wire(carrier)
        self.faults.add(Fault(carrier, Kind(kind), times, seconds, on))

    def subscribe(self, carrier: str, url: str, secret: str, *, wait: float = 5) -> Subscription:
        """Push all of this carrier's news to `url`. Waits so many seconds for its handshake, where it has one."""
        self.wire(carrier)
        subscription = self.pusher.subscribe(carrier, Order(url, secret), self.base_url(carrier))
        subscription.live.wait(wait)
        return subscription

    def respond(self, request: Request) -> Answer | None:
        """The answer to any call; None to hang up without one."""
        carrier, _, path = request.path.removeprefix("/").partition("/")
        if carrier in self.formats:
            return self._carrier_answer(carrier, _below(request, f"/{path}"))
        if carrier == "_sandbox":
            return control.answer(self, _below(request, f"/{path}"))
        if request.path == "/":
            return page.answer(self)
        known = ", ".join(f"/{key}" for key in self.formats)
        return Answer.json({"error": f"{request.path} is nothing here; try /, /_sandbox/log, {known}."}, 404)

    def _carrier_answer(self, carrier: str, request: Request) -> Answer | None:
        answer = self._with_troubles(carrier, request)
        status = answer.status if answer else UNANSWERED
        self.ledger.called(carrier, request.method, request.path, int(status))
        return answer

    def _with_troubles(self, carrier: str, request: Request) -> Answer | None:
        wire = self.formats[carrier]
        on = "token" if request.path == wire.token_path else "tracking"
        delay, trouble = self.faults.take(carrier, on)
        self._stopping.wait(delay)
        if trouble is None:
            return self._plain_answer(wire, request)
        match trouble.kind:
            case Kind.TIMEOUT:
                self._stopping.wait(trouble.seconds)
                return None
            case Kind.TOO_MANY:
                return wire.too_many(trouble.seconds)
            case Kind.FAILURE | Kind.UNAVAILABLE:
                return wire.failure(int(trouble.kind))
        return spoil(trouble.kind, self._plain_answer(wire, request))

    def _plain_answer(self, wire: WireFormat, request: Request) -> Answer:
        if activation := wire.activation(request):
            return Answer(self.pusher.activate(wire.key, *activation))
        if wait := self.rate_limits.seconds_to_wait(wire.key, wire.caller(request)):
            return wire.too_many(wait)
        order = wire.order(request)
        if isinstance(order, Order):
            subscription = self.pusher.subscribe(wire.key, order, self.base_url(wire.key))
            return wire.ordered(order, subscription.address)
        return order or wire.answer(request, self._lives[wire.key])


def _below(request: Request, path: str) -> Request:
    return Request(request.method, path, request.query, request.headers, request.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = WAITING_CALLERS

    def __init__(self, address, sandbox: SandboxCarrier):
        self.sandbox = sandbox
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
        self._answer()

    do_POST = do_DELETE = do_GET

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query))
        request = Request(self.command, address.path, query, Headers(dict(self.headers)), self.rfile.read(length))
        answer = self.server.sandbox.respond(request)
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)

    def _send(self, answer: Answer):
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format, *arguments):
        """Nothing: the ledger keeps the calls."""
