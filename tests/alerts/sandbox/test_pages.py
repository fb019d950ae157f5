import re

import pytest
import requests

from tests.alerts.sandbox.conftest import PHONE, text
from tests.alerts.sandbox.test_mailbox import mail, send

EVIL = '"><script>alert(1)</script>'


def get(inbox, path):
    reply = requests.get(f"{inbox.url}{path}", timeout=5)
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return reply.text


def test_the_front_page_shows_mail_and_phones_side_by_side(inbox):
    send(inbox, mail())
    text(inbox)
    page = get(inbox, "/")
    assert "Pakettisi on myöhässä" in page
    assert PHONE in page
    assert "Your parcel is late." in page


def test_an_empty_inbox_says_so(inbox):
    page = get(inbox, "/")
    assert "No mail yet." in page
    assert "No text messages yet." in page


def test_mails_are_listed_newest_first(inbox):
    for subject in ("first", "second"):
        send(inbox, mail(subject=subject))
    page = get(inbox, "/mail")
    assert page.index("second") < page.index("first")


def test_a_mail_shows_its_parts_and_the_headers_that_matter(inbox):
    send(inbox, mail())
    page = get(inbox, "/mail/1")
    assert "Shop &lt;orders@shop.example&gt;" in page
    assert "List-Unsubscribe=One-Click" in page
    assert "Hyvää päivää" in page
    assert '<iframe sandbox title="The HTML part" srcdoc="&lt;p&gt;Hyvää päivää&lt;/p&gt;' in page


def test_a_mail_that_is_not_there_is_not_found(inbox):
    assert requests.get(f"{inbox.url}/mail/9", timeout=5).status_code == 404


@pytest.mark.parametrize("path", ["/", "/mail", "/mail/1", "/phone"])
def test_nothing_that_came_in_runs_or_breaks_out_of_the_page(inbox, path):
    send(inbox, mail(subject=EVIL, html=f"<p>{EVIL}</p>"))
    text(inbox, Body=EVIL)
    page = get(inbox, path)
    assert "<script" not in page
    assert re.search(r"&quot;&gt;&lt;script&gt;alert\(1\)", page)


def test_a_phone_shows_its_texts_as_bubbles_and_can_answer(inbox, listener):
    inbox.inbound_urls = {"twilio": listener.url}
    text(inbox)
    reply = requests.post(f"{inbox.url}/phone/reply", data={"phone": PHONE, "body": "Kiitos!"}, timeout=5)
    assert reply.history[0].status_code == 303
    assert '<div class="bubble" dir="auto">Your parcel is late.</div>' in reply.text
    assert '<div class="bubble in" dir="auto">Kiitos!</div>' in reply.text


def test_phone_json_tells_every_text_of_a_number(inbox):
    text(inbox)
    text(inbox, To="+358409999999")
    (told,) = requests.get(f"{inbox.url}/phone.json", params={"phone": PHONE}, timeout=5).json()
    assert (told["phone"], told["direction"], told["body"]) == (PHONE, "out", "Your parcel is late.")


def test_no_token_is_ever_shown(inbox):
    text(inbox)
    assert "an-auth-token" not in get(inbox, "/phone") + requests.get(f"{inbox.url}/phone.json", timeout=5).text


def test_a_path_there_is_not_lists_those_there_are(inbox):
    reply = requests.get(f"{inbox.url}/nothing", timeout=5)
    assert reply.status_code == 404
    assert "GET /mail.json" in reply.json()["error"]
