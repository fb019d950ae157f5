"""The pages for people, and the same as JSON: what was e-mailed, what was texted."""

from itertools import groupby
from pathlib import Path

from django.template import Context, Engine

from alerts.sandbox.browsers import Browsers
from alerts.sandbox.mailbox import Mailbox
from alerts.sandbox.texts import Phones, Text
from alerts.sandbox.web import Answer

SHOWN_HEADERS = ("List-Unsubscribe", "List-Unsubscribe-Post", "Reply-To", "Message-ID", "Auto-Submitted", "Precedence")
PAGES = Engine(dirs=[Path(__file__).parent / "templates"])


def index(mailbox: Mailbox, phones: Phones) -> Answer:
    return _page("index.html", mails=mailbox.all()[::-1], phones=_by_phone(phones))


def mail_list(mailbox: Mailbox) -> Answer:
    return _page("mail_list.html", mails=mailbox.all()[::-1])


def mail(mailbox: Mailbox, number: int) -> Answer:
    """One message; 404 when there is none of that number."""
    found = mailbox.get(number)
    if found is None:
        return Answer.json({"error": f"There is no mail {number}; see /mail."}, 404)
    shown = [(name, value) for name, value in found.headers if name in SHOWN_HEADERS]
    return _page("mail.html", mail=found, headers=shown)


def phone(phones: Phones) -> Answer:
    return _page("phone.html", phones=_by_phone(phones))


def mail_json(mailbox: Mailbox, to: str = "") -> Answer:
    """All mails, oldest first; only those to one address where it is given."""
    return Answer.json([mail.as_json() for mail in mailbox.all() if not to or to in mail.recipients])


def phone_json(phones: Phones, number: str = "") -> Answer:
    """All texts, oldest first; only those to and from one number where it is given."""
    return Answer.json([_text_json(text) for text in phones.all() if number in ("", text.phone)])


def push_json(browsers: Browsers) -> Answer:
    """All browsers, oldest first, with the notifications that each shows now."""
    return Answer.json([{"endpoint": each.endpoint, "shown": list(each.shown.values())} for each in browsers.all()])


def _page(name: str, **context) -> Answer:
    return Answer.html(PAGES.get_template(name).render(Context(context, use_tz=False)))


def _by_phone(phones: Phones) -> list[tuple[str, list[Text]]]:
    """Each number with its messages, oldest first; the number with the newest message first."""
    texts = sorted(phones.all(), key=lambda text: text.phone)
    grouped = [(number, sorted(group, key=lambda text: text.created_at)) for number, group in groupby(texts, _phone)]
    return sorted(grouped, key=lambda each: each[1][-1].created_at, reverse=True)


def _phone(text: Text) -> str:
    return text.phone


def _text_json(text: Text) -> dict:
    return {
        "sid": text.sid,
        "provider": text.dialect.key,
        "phone": text.phone,
        "direction": "in" if text.inbound else "out",
        "from": text.sender,
        "to": text.to,
        "body": text.body,
        "status": text.status.value,
        "error_code": text.error_code,
        "created_at": text.created_at.isoformat(),
    }
