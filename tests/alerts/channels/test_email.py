import smtplib

import pytest
from anymail.exceptions import AnymailInvalidAddress, AnymailRecipientsRefused, AnymailRequestsAPIError
from requests import Response

from alerts.channels.base import ChannelError, Kind
from alerts.channels.email import Email, compose, failure
from alerts.models import Sender
from alerts.states import Why
from tests.alerts.stories import a_parcel, an_alert
from tests.builders import a_merchant, an_order


def of_provider(status):
    response = Response()
    response.status_code, response.reason, response._content = status, "because", b"{}"
    return AnymailRequestsAPIError("no", response=response)


@pytest.mark.parametrize(
    ("error", "kind", "why"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"no such user")}), Kind.PERMANENT, Why.ADDRESS_REFUSED),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (451, b"greylisted")}), Kind.TEMPORARY, Why.ADDRESS_REFUSED),
        (smtplib.SMTPSenderRefused(553, b"not yours", "x@y.example"), Kind.PERMANENT, Why.ACCOUNT_REFUSED),
        (smtplib.SMTPDataError(554, b"looks like spam"), Kind.PERMANENT, Why.REFUSED),
        (smtplib.SMTPDataError(452, b"disk full"), Kind.TEMPORARY, Why.REFUSED),
        (smtplib.SMTPAuthenticationError(535, b"bad password"), Kind.TEMPORARY, Why.UNAVAILABLE),
        (smtplib.SMTPServerDisconnected("timed out"), Kind.UNSURE, Why.NO_ANSWER),
        (smtplib.SMTPNotSupportedError("no SMTPUTF8"), Kind.PERMANENT, Why.REFUSED),
        (ConnectionRefusedError(111, "Connection refused"), Kind.TEMPORARY, Why.UNAVAILABLE),
        (TimeoutError("timed out"), Kind.TEMPORARY, Why.UNAVAILABLE),
        (ValueError("Invalid address"), Kind.PERMANENT, Why.ADDRESS_REFUSED),
        (AnymailRecipientsRefused(), Kind.PERMANENT, Why.ADDRESS_REFUSED),
        (AnymailInvalidAddress("a@"), Kind.PERMANENT, Why.ADDRESS_REFUSED),
        (AnymailRequestsAPIError("timed out"), Kind.UNSURE, Why.NO_ANSWER),
        (of_provider(429), Kind.TEMPORARY, Why.UNAVAILABLE),
        (of_provider(503), Kind.TEMPORARY, Why.UNAVAILABLE),
        (of_provider(401), Kind.PERMANENT, Why.ACCOUNT_REFUSED),
        (of_provider(400), Kind.PERMANENT, Why.REFUSED),
    ],
    ids=lambda value: value.name if isinstance(value, (Kind, Why)) else None,
)
def test_each_error_of_a_mailer_has_its_meaning(error, kind, why):
    meant = failure(error)
    assert (meant.kind, meant.why) == (kind, why)
    assert type(error).__name__ in meant.detail


def test_the_servers_own_words_are_kept():
    meant = failure(smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"5.1.1 no such user")}))
    assert str(meant) == "The mail server refused the address: 550 5.1.1 no such user"


@pytest.mark.django_db
class TestCompose:
    @pytest.mark.parametrize(
        "subject",
        [
            "Tilauksesi 1686 kestää meillä suunniteltua pidempään",
            "Nueva fecha de entrega para tu pedido 1528: lun, 16 de marzo – mar, 17 de marzo",
            "طلبك 1018 في الطريق، وهذا عنوان طويل لا يتسع له سطر واحد من أسطر الرسالة",
            "A subject in plain letters that is a little longer than what fits on the one line that it has",
        ],
    )
    def test_a_long_subject_arrives_as_it_was_written(self, inbox, subject):
        message = compose(an_alert(subject=subject, body_text="x", body_html="<p>x</p>"))
        message.send()
        assert [mail.subject for mail in inbox.mailbox.all()] == [subject]
        head = message.message().as_bytes().partition(b"To:")[0]
        assert b"?==?" not in head
        assert max(len(line) for line in head.splitlines()) <= 78

    def test_the_headers_let_mail_programs_unsubscribe_by_one_click(self):
        alert = an_alert()
        message = compose(alert).message()
        link = message["List-Unsubscribe"]
        assert link.startswith("<https://portal.test/messages/unsubscribe/")
        assert link.endswith("/>")
        assert link[1:-1] in alert.body_text, "the same link as in the message"
        assert alert.address not in link
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["Auto-Submitted"] == "auto-generated"

    def test_it_comes_from_the_shop_and_answers_go_to_its_support(self):
        message = compose(an_alert()).message()
        assert message["From"] == "Nordlicht <orders@nordlicht.example>"
        assert message["Reply-To"] == "help@nordlicht.example"

    def test_a_sender_of_the_merchants_own_comes_first_and_the_platforms_last(self, settings):
        alert = an_alert(a_parcel(order=an_order(a_merchant(email_from=""))))
        settings.DEFAULT_FROM_EMAIL = "orders@portal.test"
        assert compose(alert).message()["From"] == "Nordlicht <orders@portal.test>"
        Sender.objects.create(merchant=alert.merchant, channel="email", identity="hello@nordlicht.example")
        assert compose(alert).message()["From"] == "Nordlicht <hello@nordlicht.example>"

    def test_a_line_break_in_the_shops_name_starts_no_header(self):
        alert = an_alert(a_parcel(order=an_order(a_merchant(email_from="a@b.example"))))
        alert.merchant.name = 'Shop"\r\nBcc: all@example.com'
        message = compose(alert).message()
        assert message["Bcc"] is None
        assert str(message["From"]) == '"Shop\\" Bcc: all@example.com" <a@b.example>'

    def test_both_parts_are_there(self):
        alert = an_alert()
        message = compose(alert).message()
        assert message.get_body(("plain",)).get_content().splitlines() == alert.body_text.splitlines()
        assert message.get_body(("html",)).get_content().splitlines() == alert.body_html.splitlines()


@pytest.mark.django_db
def test_an_address_with_a_line_break_is_refused_and_nothing_is_sent(inbox):
    alert = an_alert()
    alert.address = "aino@shopper.example\nBcc: all@example.com"
    with pytest.raises(ChannelError, match="cannot be addressed so") as raised:
        Email().send(alert)
    assert (raised.value.kind, raised.value.why) == (Kind.PERMANENT, Why.ADDRESS_REFUSED)
    assert inbox.mailbox.all() == []
