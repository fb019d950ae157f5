"""A shop's own system: a real HTTP server that takes webhooks, remembers them, and answers as it is told."""

import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Received:
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    trickles: bool = False  # it comes byte by byte and never ends
    is_raw: bool = False  # not even the headers end


class Receiver:
    """Answers with `replies` in turn, then with 200. With a certificate it speaks https."""

    def __init__(self, certificate: Path | None = None):
        self.received: list[Received] = []
        self.replies: list[Reply] = []
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        self._scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/hooks"

    def answers(self, *statuses: int) -> None:
        self.replies = [Reply(status) for status in statuses]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.received.append(Received(self.path, self.headers, body))
        self._reply(receiver.replies.pop(0) if receiver.replies else Reply())

    def do_GET(self):
        self.server.receiver.received.append(Received(self.path, self.headers, b""))
        self._reply(Reply())

    def log_message(self, format, *arguments):
        pass

    def _reply(self, reply: Reply):
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        try:
            self.flush_headers() if reply.is_raw else self.end_headers()
            self.wfile.write(b"X-More: " if reply.is_raw else reply.body)
            while reply.trickles and not self.server.receiver.stopped.wait(0.05):
                self.wfile.write(b".")
        except OSError:
            pass  # it was hung up on


def a_certificate(folder: Path, host: str) -> Path:
    """A key and a certificate for this host that vouches for itself, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "certificate.pem"
    path.write_bytes(key.private_bytes(*pem) + made.public_bytes(pem[0]))
    return path
