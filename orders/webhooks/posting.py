"""One webhook over HTTP: to a public address only, without redirects, within a time, with little read of the answer."""

import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from threading import Timer

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from orders.webhooks.addresses import AddressRefused, resolve

TIMEOUT = (5, 10)  # seconds to connect, seconds between bytes
# An answer that trickles in is cut off after so many seconds: its worker has others to serve.
LONGEST = 20
KEPT_OF_ANSWER = 1000
MOST_ADDRESSES = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Without a status nothing did, and `error` says what happened instead."""

    status: int | None = None
    text: str = ""
    retry_after: int = 0
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """The address says that nobody will ever listen there again."""
        return self.status == HTTPStatus.GONE


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send and return what came back, whatever it was."""
    try:
        with _Line() as line, _session(line) as session:
            sent = session.post(url, body, headers=headers, timeout=TIMEOUT, stream=True, allow_redirects=False)
            with sent as response:
                return _answer(response)
    except AddressRefused as error:
        return Answer(error=str(error))
    except requests.RequestException as error:
        return Answer(error=_cause(error))


class _Line:
    """The connection of one delivery. It is hung up when its time is up, however little trickles in.

    The address that is connected to is the one that was checked: a name that is looked up once for the check and once
    more for the connection could lead elsewhere the second time.
    """

    def __enter__(self) -> "_Line":
        self._undo = ExitStack()
        return self

    def __exit__(self, *_exception) -> None:
        self._undo.close()

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        made = _connect(host, port, timeout)
        ours = self._undo.enter_context(made.dup())  # it stays the same when TLS is put around the other
        clock = Timer(LONGEST, _hang_up, [ours])
        clock.daemon = True
        clock.start()
        self._undo.callback(clock.cancel)
        return made


def _connect(host: str, port: int, timeout: float) -> socket.socket:
    """To the first of the host's addresses that answers; a name with very many must not hold a worker either."""
    refused = OSError(f"{host} has no address")
    for address in resolve(host, port)[:MOST_ADDRESSES]:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            refused = error
    raise refused


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


class _OnLine:
    def __init__(self, *args, line: _Line, **kwargs):
        super().__init__(*args, **kwargs)
        self.line = line

    def _new_conn(self) -> socket.socket:
        return self.line.connect(self.host.strip("[]"), self.port, self.timeout)


class _HTTP(_OnLine, HTTPConnection):
    pass


class _HTTPS(_OnLine, HTTPSConnection):
    pass


class _Adapter(HTTPAdapter):
    """Lets requests connect by this line and no other way."""

    def __init__(self, line: _Line):
        self.line = line
        super().__init__()

    def get_connection_with_tls_context(self, *args, **kwargs):
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = partial(_HTTPS if pool.scheme == "https" else _HTTP, line=self.line)
        return pool


def _session(line: _Line) -> requests.Session:
    """A fresh one for each delivery: nothing of one shop's is left for the next, no cookie and no connection."""
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", _Adapter(line))
    made.mount("http://", _Adapter(line))
    made.headers.update({"User-Agent": "Doorstep/1", "Accept-Encoding": "identity"})
    return made


def _answer(response: requests.Response) -> Answer:
    status = response.status_code
    error = "" if 200 <= status < 300 else f"answered {status}"
    if response.is_redirect:
        error = f"answered {status}: redirects are not followed, register the address they lead to"
    after = response.headers.get("Retry-After", "")
    return Answer(status, _text(response), int(after) if after.isdecimal() and len(after) < 10 else 0, error)


def _text(response: requests.Response) -> str:
    """The answer's beginning, for people to read; the status alone says whether the news was taken."""
    with suppress(HTTPError, OSError):
        return response.raw.read(KEPT_OF_ANSWER, decode_content=False).decode("utf-8", "replace").replace("\0", "")
    return ""


def _cause(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "no answer: its certificate is not valid"
    if isinstance(error, requests.Timeout):
        return "no answer: it took too long"
    if isinstance(error, requests.ConnectionError):
        return "no answer: the connection failed"
    return f"no answer: {type(error).__name__}"
