"""A real SMTP server that keeps every message in memory and delivers none."""

import logging
import socket
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count

from aiosmtpd.controller import Controller

KEPT = 5000
# aiosmtpd tells every line of every conversation.
logging.getLogger("mail.log").setLevel(logging.WARNING)
# Recipients whose local part starts so are refused, for good or for now.
NOBODY, LATER = "nobody", "later"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it came over SMTP. `number` counts from 1; `recipients` are the envelope's."""

    number: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message.get("Subject", ""))

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        return _part(self.message, "plain")

    @property
    def html(self) -> str:
        return _part(self.message, "html")

    def as_json(self) -> dict:
        return {
            "number": self.number,
            "received_at": self.received_at.isoformat(),
            "from": self.sender,
            "to": list(self.recipients),
            "subject": self.subject,
            "headers": dict(self.headers),
            "text": self.text,
            "html": self.html,
        }


class Mailbox:
    """The SMTP server and what it received, oldest first. `port` 0 takes a free one."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0):
        self._mails: deque[Mail] = deque(maxlen=KEPT)
        self._numbers, self._lock = count(1), threading.Lock()
        self._controller = _Controller(self, host, port)

    @property
    def port(self) -> int:
        return self._controller.port

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def all(self) -> list[Mail]:
        with self._lock:
            return list(self._mails)

    def get(self, number: int) -> Mail | None:
        return next((mail for mail in self.all() if mail.number == number), None)

    def clear(self) -> None:
        with self._lock:
            self._mails.clear()

    # The two hooks that aiosmtpd calls.

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        local_part = address.partition("@")[0]
        if local_part.startswith(NOBODY):
            return "550 5.1.1 There is no such mailbox"
        if local_part.startswith(LATER):
            return "451 4.3.0 The mailbox is busy: try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        with self._lock:
            mail = Mail(next(self._numbers), datetime.now(UTC), envelope.mail_from, tuple(envelope.rcpt_tos), message)
            self._mails.append(mail)
        return "250 2.0.0 Kept in the sandbox"


class _Controller(Controller):
    """Listens on a socket bound beforehand, so that port 0 is known before the first mail."""

    def __init__(self, handler: Mailbox, host: str, port: int):
        self._listening = socket.create_server((host, port))
        super().__init__(handler, hostname=host, port=self._listening.getsockname()[1], enable_SMTPUTF8=True)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return body.get_content() if body else ""
