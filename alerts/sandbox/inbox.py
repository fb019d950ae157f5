"""The sandbox's inbox: an SMTP server, an SMS gateway and a push service, and one web server that shows them all."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

from alerts.sandbox import pages
from alerts.sandbox.browsers import PUSH, Browsers
from alerts.sandbox.mailbox import Mailbox
from alerts.sandbox.receipts import Receipts
from alerts.sandbox.sms_gateway import Kind, SmsGateway
from alerts.sandbox.texts import Phones, Text, TextStatus
from alerts.sandbox.web import Answer, Request, WebServer

ONE_MAIL = re.compile(r"/mail/(\d+)")


class SandboxInbox:
    """Keeps what is e-mailed, texted and pushed. A context manager:

        with SandboxInbox() as inbox:
            ...  # send to inbox.smtp_port by SMTP, and to inbox.url by any provider's API
            inbox.mailbox.all(), inbox.phones.all(), inbox.browsers.new().shown

    `inbound_urls` are where people's replies are posted, by the provider's key; `receipt_pace` stretches the waits
    before receipts.
    """

    def __init__(
        self,
        http_port: int = 0,
        smtp_port: int = 0,
        *,
        host: str = "127.0.0.1",
        inbound_urls: Mapping[str, str] | None = None,
        receipt_pace: float = 1.0,
    ):
        self.inbound_urls = dict(inbound_urls or {})
        self.phones = Phones()
        self.mailbox = Mailbox(host, smtp_port)
        self.receipts = Receipts(self.phones, receipt_pace)
        self.gateway = SmsGateway(self.phones, self.receipts)
        self._web = WebServer(host, http_port, self.respond)
        self.browsers = Browsers(lambda: self.url)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self) -> None:
        self.mailbox.start()
        self.receipts.start()
        self._web.start()

    def stop(self) -> None:
        self.gateway.stop()
        self._web.stop()
        self.receipts.stop()
        self.mailbox.stop()

    @property
    def url(self) -> str:
        return self._web.url

    @property
    def smtp_port(self) -> int:
        return self.mailbox.port

    def clear(self) -> None:
        """Forget all messages, who wrote STOP, and the troubles that were ordered."""
        self.mailbox.clear()
        self.phones.clear()
        self.browsers.clear()
        self.gateway.clear_faults()

    def reply(self, phone: str, body: str, url: str = "") -> int:
        """Have this phone answer the newest message it got; the status of the merchant's answer.

        Raises ValueError when it never got one, or nobody said where replies go.
        """
        asked = next((text for text in self.phones.all()[::-1] if text.to == phone), None)
        if asked is None:
            raise ValueError(f"{phone!r} got no message that it could answer.")
        url = url or self.inbound_urls.get(asked.dialect.key)
        if not url:
            raise ValueError("Nobody said where replies go: give `url`, or start with inbound URLs.")
        text = Text(asked.dialect, asked.account, asked.secret, asked.sender, phone, body, TextStatus.RECEIVED)
        return self.receipts.reply(text, url)

    def respond(self, request: Request) -> Answer | None:
        """The answer to any HTTP request; None to hang up without one."""
        if dialect := self.gateway.dialect(request):
            return self.gateway.answer(dialect, request)
        if request.method == "POST" and request.path.startswith(PUSH):
            return self.browsers.answer(request)
        if shown := ONE_MAIL.fullmatch(request.path):
            return pages.mail(self.mailbox, int(shown[1]))
        action = ROUTES.get((request.method, request.path))
        if action is None:
            known = ", ".join(f"{method} {path}" for method, path in ROUTES)
            return _trouble(f"{request.method} {request.path} is nothing here; there are {known}.", 404)
        try:
            return action(self, request)
        except KeyError as error:
            return _trouble(f"{request.path} needs {error.args[0]!r}.")
        except (ValueError, TypeError) as error:
            return _trouble(str(error))


def _order_fault(inbox: SandboxInbox, request: Request) -> Answer:
    data = request.json()
    if data["kind"] not in list(Kind):
        raise ValueError(f"There is no fault {data['kind']!r}; there are {', '.join(Kind)}.")
    details = {name: data[name] for name in ("times", "seconds", "to") if name in data}
    inbox.gateway.fault(data["kind"], **details)
    return Answer.json({"ordered": data["kind"]}, HTTPStatus.CREATED)


def _reply(inbox: SandboxInbox, request: Request) -> Answer:
    data = request.json()
    return Answer.json({"status": inbox.reply(data["phone"], data["body"], data.get("url", ""))})


def _reply_by_form(inbox: SandboxInbox, request: Request) -> Answer:
    form = request.form()
    inbox.reply(form["phone"], form["body"])
    return Answer(HTTPStatus.SEE_OTHER, headers={"Location": "/phone"})


def _new_browser(inbox: SandboxInbox, request: Request) -> Answer:
    return Answer.json(inbox.browsers.new().subscription, HTTPStatus.CREATED)


def _clear(inbox: SandboxInbox, request: Request) -> Answer:
    inbox.clear()
    return Answer(HTTPStatus.NO_CONTENT)


ROUTES: dict[tuple[str, str], Callable[[SandboxInbox, Request], Answer]] = {
    ("GET", "/"): lambda inbox, request: pages.index(inbox.mailbox, inbox.phones),
    ("GET", "/mail"): lambda inbox, request: pages.mail_list(inbox.mailbox),
    ("GET", "/phone"): lambda inbox, request: pages.phone(inbox.phones),
    ("GET", "/mail.json"): lambda inbox, request: pages.mail_json(inbox.mailbox, request.query.get("to", "")),
    ("GET", "/phone.json"): lambda inbox, request: pages.phone_json(inbox.phones, request.query.get("phone", "")),
    ("GET", "/push.json"): lambda inbox, request: pages.push_json(inbox.browsers),
    ("POST", "/phone/reply"): _reply_by_form,
    ("POST", "/_sandbox/browsers"): _new_browser,
    ("POST", "/_sandbox/reply"): _reply,
    ("POST", "/_sandbox/faults"): _order_fault,
    ("DELETE", "/_sandbox/messages"): _clear,
}


def _trouble(text: str, status: int = HTTPStatus.BAD_REQUEST) -> Answer:
    return Answer.json({"error": text}, status)
