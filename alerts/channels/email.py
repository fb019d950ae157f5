"""E-mail, through whatever Django's default mailer is: SMTP, or a provider by django-anymail."""

import re
import smtplib
from email.headerregistry import Address
from http import HTTPStatus
from urllib.parse import urlsplit

from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from alerts.channels.base import Channel, ChannelError, Kind, Receipt
from alerts.consent import has_agreed, suppress
from alerts.links import unsubscribe_link
from alerts.mailers.folding import Message
from alerts.models import Alert, Suppressed
from alerts.shops import sender_of
from alerts.states import Why
from orders.models import Merchant, Purpose

# Too many at once, or the same one is just being taken: both pass.
PASSES = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT)
# Under this name the provider keeps the message's uuid and gives it back with each receipt.
METADATA = "alert"
# What a server's answer begins with when there is no such mailbox (RFC 3463; 5.1.10: the host takes no mail at all).
NO_SUCH_MAILBOX = re.compile(r"5\.1\.(1|10)\b")


class Email(Channel):
    key, name = "email", _("E-mail")
    says = ("subject", "headline", "story", "next")
    has_html = True
    # The Message-ID stays the same, by which mail programs know a message again.
    is_repeatable = True

    def is_ready(self, merchant):
        return True

    def address_of(self, customer):
        return customer.email

    def send(self, alert):
        try:
            message = compose(alert)
            message.send()
        except (smtplib.SMTPException, AnymailError, OSError, ValueError) as error:
            if is_no_mailbox(error):
                suppress(alert.merchant, self.key, alert.address, Suppressed.BOUNCED)
            raise failure(error) from error
        status = getattr(message, "anymail_status", None)
        provider_id = status.message_id if status else None
        return Receipt(provider_id if isinstance(provider_id, str) else "", provider())


def provider() -> str:
    """Who takes our e-mails, as its module in django-anymail is called; "smtp" for a mail server."""
    return settings.MAILERS["default"]["BACKEND"].split(".")[-2]


def compose(alert: Alert) -> Message:
    """The message as it goes out, headers and all."""
    merchant = alert.merchant
    message = Message(
        subject=alert.subject,
        body=alert.body_text,
        from_email=_named(merchant.name, _from_address(merchant)),
        to=[alert.address],
        reply_to=[merchant.support_email] if merchant.support_email else None,
        headers={
            "Message-ID": f"<{alert.uuid.hex}@{urlsplit(settings.SITE_URL).hostname}>",
            "List-Unsubscribe": f"<{unsubscribe_link(alert)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            # RFC 3834: out-of-office replies stay away.
            "Auto-Submitted": "auto-generated",
            **_known_again(alert),
        },
    )
    message.attach_alternative(alert.body_html, "text/html")
    message.metadata = {METADATA: alert.uuid.hex}
    message.track_clicks, message.track_opens = False, provider() != "smtp" and may_note_opening(alert)
    return message


def may_note_opening(alert: Alert) -> bool:
    """Only the shopper's own yes allows it: a picture that tells on its reader is no part of the news."""
    return alert.customer is not None and has_agreed(alert.customer, Email.key, Purpose.OPENS)


def is_no_mailbox(error: Exception) -> bool:
    """The server says that the mailbox does not exist, rather than being full, shut, or closed to us."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    code, words = next(iter(error.recipients.values()))
    return code >= 500 and bool(NO_SUCH_MAILBOX.match(_plain(words)))


def failure(error: Exception) -> ChannelError:
    """What this error of the mailer means for the message."""
    match error:
        case smtplib.SMTPServerDisconnected():
            # Also what smtplib makes of a time-out, whether or not the message had been handed over.
            return _failed(error, "The mail server fell silent before it took the e-mail.", Kind.UNSURE, Why.NO_ANSWER)
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            said = f"The mail server refused the address: {code} {_plain(words)}"
            return _failed(error, said, _kind_by(code), Why.ADDRESS_REFUSED)
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            # The platform's own login: it is put right there, and the message waits.
            said = f"The mail server refused the login: {error.smtp_code} {_plain(error.smtp_error)}"
            return _failed(error, f"{said}. Check EMAIL_URL.", Kind.TEMPORARY, Why.UNAVAILABLE)
        case smtplib.SMTPSenderRefused():
            said = f"The mail server refused the sender {error.sender}: {error.smtp_code} {_plain(error.smtp_error)}"
            return _failed(error, said, _kind_by(error.smtp_code), Why.ACCOUNT_REFUSED)
        case smtplib.SMTPResponseException():
            said = f"The mail server refused the e-mail: {error.smtp_code} {_plain(error.smtp_error)}"
            return _failed(error, said, _kind_by(error.smtp_code), Why.REFUSED)
        case AnymailRequestsAPIError():
            return _provider_failed(error)
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return _failed(error, f"The provider refused the address: {error}", Kind.PERMANENT, Why.ADDRESS_REFUSED)
        case smtplib.SMTPException() | AnymailError():
            return _failed(error, f"The mailer refused the e-mail: {error}", Kind.PERMANENT, Why.REFUSED)
        case OSError():
            # smtplib has its own errors for a connection that broke later: this one was never made.
            return _failed(error, f"The mail server cannot be reached: {error}", Kind.TEMPORARY, Why.UNAVAILABLE)
    return _failed(error, f"The e-mail cannot be addressed so: {error}", Kind.PERMANENT, Why.ADDRESS_REFUSED)


def _provider_failed(error: AnymailRequestsAPIError) -> ChannelError:
    status, name = error.status_code, error.esp_name or "The e-mail provider"
    if status is None:
        return _failed(error, f"{name} gave no answer.", Kind.UNSURE, Why.NO_ANSWER)
    said = f"{name} answered HTTP {status}."
    if status < HTTPStatus.BAD_REQUEST:
        return _failed(error, f"{said} What it said is none of its answers.", Kind.UNSURE, Why.NO_ANSWER)
    if status in PASSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _failed(error, said, Kind.TEMPORARY, Why.UNAVAILABLE, retry_after=_asked_to_wait(error))
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _failed(error, f"{said} Check ANYMAIL.", Kind.PERMANENT, Why.ACCOUNT_REFUSED)
    return _failed(error, said, Kind.PERMANENT, Why.REFUSED)


def _asked_to_wait(error: AnymailRequestsAPIError) -> float | None:
    after = error.response.headers.get("Retry-After", "")
    return float(after) if after.isdecimal() else None


def _failed(error: Exception, said: str, kind: Kind, why: Why, retry_after: float | None = None) -> ChannelError:
    return ChannelError(said, kind, why=why, retry_after=retry_after, detail=f"{type(error).__name__}: {error}")


def _kind_by(smtp_code: int) -> Kind:
    return Kind.PERMANENT if smtp_code >= 500 else Kind.TEMPORARY


def _plain(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)


def _known_again(alert: Alert) -> dict[str, str]:
    """The header by which Brevo knows a message again (Resend's is in alerts/mailers/resend.py; others have none)."""
    return {"idempotencyKey": str(alert.uuid)} if provider() == "brevo" else {}


def _from_address(merchant: Merchant) -> str:
    own = sender_of(merchant, Email.key)
    return (own and own.identity) or merchant.email_from or settings.DEFAULT_FROM_EMAIL


def _named(name: str, address: str) -> str:
    """The address with the shop's name. A line break in a name would start a header of somebody else's choice."""
    return str(Address(display_name=" ".join(name.split()), addr_spec=address))
