"""How requests leave: one pooled Session per carrier in a process, always with a timeout, bodies capped."""

from functools import cache
from http import HTTPStatus

import requests
from requests.adapters import HTTPAdapter

from carriers.base import Headers, Reply
from carriers.errors import CarrierUnavailable

TIMEOUT = (5, 20)  # seconds to connect, seconds between bytes
MOST_BYTES = 8_000_000
CHUNK = 64 * 1024


@cache
def session(carrier_key: str) -> requests.Session:
    """The process's Session for this carrier: connections are kept, redirects and cookies are not followed."""
    made = requests.Session()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=128)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    made.headers["User-Agent"] = "Doorstep/1"
    return made


class HttpTransport:
    """The Transport that adapters send with, for one carrier."""

    def __init__(self, carrier_key: str):
        self.carrier_key = carrier_key

    def __call__(self, method: str, url: str, **options) -> Reply:
        """Send and return the Reply, whatever its status. Raises CarrierUnavailable when no whole answer came."""
        try:
            with session(self.carrier_key).request(
                method, url, timeout=TIMEOUT, stream=True, allow_redirects=False, **options
            ) as response:
                return Reply(response.status_code, self._body(response), Headers(response.headers))
        except requests.RequestException as error:
            raise CarrierUnavailable(f"no answer: {_cause(error)}", carrier=self.carrier_key) from error

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(CHUNK):
            body += chunk
            if len(body) > MOST_BYTES:
                raise CarrierUnavailable(
                    f"answered more than {MOST_BYTES} bytes",
                    carrier=self.carrier_key,
                    reply=Reply(HTTPStatus.OK, bytes(body[:CHUNK])),
                )
        return bytes(body)


def _cause(error: requests.RequestException) -> str:
    """What happened, without the URL: it may carry a key."""
    if isinstance(error, requests.Timeout):
        return "it took too long"
    if isinstance(error, requests.ConnectionError):
        return "the connection failed"
    return type(error).__name__
