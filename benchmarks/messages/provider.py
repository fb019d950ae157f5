"""The providers at the end of the line: an SMTP server and an SMS gateway that count what they take, and when."""

import json
import re
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller

from benchmarks.messages.plant import free_port

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class Provider:
    """`mails` by Message-ID, `mails_to` and `texts` by address: the epoch seconds at which each was taken."""

    def __init__(self):
        self.mails: dict[str, list[float]] = defaultdict(list)
        self.mails_to: dict[str, list[float]] = defaultdict(list)
        self.texts: dict[str, list[float]] = defaultdict(list)
        self._smtp = Controller(self, hostname="127.0.0.1", port=free_port())
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), _gateway(self.texts))

    def __enter__(self):
        self._smtp.start()
        threading.Thread(target=self._web.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self._web.shutdown()
        self._smtp.stop()

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self._smtp.port}"

    @property
    def sms_url(self) -> str:
        return f"http://127.0.0.1:{self._web.server_address[1]}"

    async def handle_DATA(self, _server, _session, envelope):
        named = MESSAGE_ID.search(envelope.content)
        now = time.time()
        self.mails[named[1].decode() if named else ""].append(now)
        self.mails_to[envelope.rcpt_tos[0]].append(now)
        return "250 OK"


def _gateway(texts: dict[str, list[float]]) -> type[BaseHTTPRequestHandler]:
    class Gateway(BaseHTTPRequestHandler):
        """Takes texts as Twilio's Messages API does."""

        protocol_version = "HTTP/1.1"

        def do_POST(self):
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            texts[form["To"][0]].append(time.time())
            body = json.dumps({"sid": f"SM{len(texts):032}", "status": "queued"}).encode()
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told):
            pass

    return Gateway
