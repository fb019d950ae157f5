import smtplib
from email.message import EmailMessage

import pytest
import requests


def mail(to="maija@example.org", subject="Pakettisi on myöhässä", html="<p>Hyvää päivää</p>"):
    message = EmailMessage()
    message["From"] = "Shop <orders@shop.example>"
    message["To"] = to
    message["Subject"] = subject
    message["List-Unsubscribe"] = "<https://shop.example/u/1>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("Hyvää päivää")
    message.add_alternative(html, subtype="html")
    return message


def send(inbox, message, **options):
    with smtplib.SMTP("127.0.0.1", inbox.smtp_port, timeout=5) as smtp:
        return smtp.send_message(message, **options)


def test_a_mail_sent_by_smtp_is_read_at_mail_json(inbox):
    send(inbox, mail())
    (kept,) = requests.get(f"{inbox.url}/mail.json", timeout=5).json()
    assert kept["number"] == 1
    assert kept["from"] == "orders@shop.example"
    assert kept["to"] == ["maija@example.org"]
    assert kept["subject"] == "Pakettisi on myöhässä"
    assert kept["text"].strip() == "Hyvää päivää"
    assert kept["html"].strip() == "<p>Hyvää päivää</p>"
    assert kept["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_envelopes_recipients_are_kept_with_the_hidden_ones(inbox):
    send(inbox, mail(), to_addrs=["maija@example.org", "hidden@example.org"])
    assert inbox.mailbox.all()[0].recipients == ("maija@example.org", "hidden@example.org")


def test_mails_of_one_address_are_found(inbox):
    for to in ("maija@example.org", "ali@example.org"):
        send(inbox, mail(to))
    found = requests.get(f"{inbox.url}/mail.json", params={"to": "ali@example.org"}, timeout=5).json()
    assert [each["number"] for each in found] == [2]


def test_a_mail_of_plain_text_has_no_html(inbox):
    message = EmailMessage()
    message["Subject"] = "Plain"
    message["From"], message["To"] = "a@example.org", "b@example.org"
    message.set_content("Only words")
    send(inbox, message)
    kept = inbox.mailbox.all()[0]
    assert (kept.text.strip(), kept.html) == ("Only words", "")


@pytest.mark.parametrize(("to", "code"), [("nobody@example.org", 550), ("later.today@example.org", 451)])
def test_some_recipients_are_refused_as_a_real_server_would(inbox, to, code):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(inbox, mail(to))
    assert refusal.value.recipients[to][0] == code
    assert inbox.mailbox.all() == []


def test_two_inboxes_do_not_share_their_mail(inbox):
    from alerts.sandbox.inbox import SandboxInbox

    with SandboxInbox() as other:
        send(other, mail())
        assert len(other.mailbox.all()) == 1
    assert inbox.mailbox.all() == []


def test_everything_is_forgotten_on_demand(inbox):
    send(inbox, mail())
    assert requests.delete(f"{inbox.url}/_sandbox/messages", timeout=5).status_code == 204
    assert requests.get(f"{inbox.url}/mail.json", timeout=5).json() == []


def test_a_stopped_inbox_takes_no_more_mail():
    from alerts.sandbox.inbox import SandboxInbox

    with SandboxInbox() as inbox:
        port = inbox.smtp_port
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", port, timeout=2)
