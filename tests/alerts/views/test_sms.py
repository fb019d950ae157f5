"""What providers post back, in each one's own wire format and signed as each signs: receipts and answers."""

import json
import time

import pytest
from django.urls import reverse

from alerts import links
from alerts.channels.sms import PROVIDERS, provider
from alerts.models import Sender, Suppressed, Suppression
from alerts.sandbox.dialects import DIALECTS
from alerts.sandbox.dialects.sinch import sign as sinch_sign
from alerts.sandbox.texts import Text, TextStatus
from alerts.states import State, Why
from orders.models import AskedAt, Consent
from tests.alerts.accounts import ACCOUNTS, platform_at
from tests.alerts.stories import an_alert
from tests.builders import a_merchant

pytestmark = pytest.mark.django_db

PHONE, SHOP = "+358401234567", "+15005550006"


@pytest.fixture(params=sorted(PROVIDERS))
def by(request, settings):
    """Each provider in turn, with the platform's account there; its key."""
    platform_at(settings, request.param)
    return request.param


def a_text(key, secret=None, **kw) -> Text:
    """A message as the sandbox keeps it, with the secret that its provider signs with."""
    dialect = next(dialect for dialect in DIALECTS if dialect.key == key)
    secret = ACCOUNTS[key][provider(key).signs_with] if secret is None else secret
    given = {"to": PHONE, "sender": SHOP, "body": "Hei", "status": TextStatus.DELIVERED, "sid": "id-1", **kw}
    return Text(dialect, "account", secret, **given)


def posted(client, settings, url, post, **headers):
    """What comes over the network, at our public address."""
    headers = {**post.headers, **headers}
    kind = headers.pop("Content-Type")
    return client.post(url.removeprefix(settings.SITE_URL), post.body, content_type=kind, headers=headers)


@pytest.fixture
def receipt(client, settings):
    def post_receipt(key, alert, status=TextStatus.DELIVERED, secret=None, headers=(), **kw):
        url = links.sms_receipt_link(key, alert)
        text = a_text(key, secret, status=status, callback=url, **kw)
        response = posted(client, settings, url, text.dialect.receipt(text), **dict(headers))
        alert.refresh_from_db()
        return response

    return post_receipt


@pytest.fixture
def answer(client, settings):
    def post_answer(key, merchant, words, secret=None, sender=PHONE):
        url = links.sms_inbound_link(key, merchant)
        text = a_text(key, secret, to=SHOP, sender=sender, body=words, status=TextStatus.RECEIVED)
        return posted(client, settings, url, text.dialect.inbound(text, url))

    return post_answer


def a_sent_text(state=State.SENT, **kw):
    due_at = {"due_at": None} if state not in (State.SENDING, State.RETRY) else {}
    return an_alert(channel="sms", state=state, attempts=1, **due_at, **kw)


class TestReceipts:
    def test_a_delivered_text_is_delivered(self, by, receipt):
        alert = a_sent_text()
        assert receipt(by, alert).status_code == 204
        assert (alert.state, alert.provider_id) == (State.DELIVERED, "id-1")
        assert alert.delivered_at

    def test_a_text_that_was_not_delivered_has_failed_and_says_the_providers_code(self, by, receipt):
        alert = a_sent_text()
        text = a_text(by)
        receipt(by, alert, TextStatus.UNDELIVERED, error_code=text.dialect.error_codes[TextStatus.UNDELIVERED])
        assert (alert.state, alert.reason) == (State.FAILED, Why.UNDELIVERED)
        assert (
            alert.error
            == {
                "twilio": "Twilio reports undelivered, error 30003.",
                "vonage": "Vonage reports undeliverable, error 1260.",
                "sinch": "Sinch reports Failed, error 11.",
            }[by]
        )

    def test_late_and_repeated_receipts_do_not_turn_back_what_is_known(self, by, receipt):
        alert = a_sent_text()
        receipt(by, alert)
        delivered_at = alert.delivered_at
        for status in (TextStatus.SENT, TextStatus.DELIVERED, TextStatus.FAILED):
            assert receipt(by, alert, status).status_code == 204
        assert (alert.state, alert.delivered_at) == (State.DELIVERED, delivered_at)

    @pytest.mark.parametrize(
        ("status", "state"), [(TextStatus.SENT, State.SENT), (TextStatus.DELIVERED, State.DELIVERED)]
    )
    def test_a_receipt_settles_a_text_of_which_nobody_knew(self, by, receipt, status, state):
        alert = a_sent_text(State.UNSURE, reason=Why.NO_ANSWER)
        receipt(by, alert, status)
        assert (alert.state, alert.reason) == (state, "")
        assert alert.sent_at

    def test_a_receipt_that_is_quicker_than_our_own_commit_is_not_lost(self, by, receipt):
        alert = a_sent_text(State.SENDING)
        receipt(by, alert)
        assert (alert.state, alert.due_at) == (State.DELIVERED, None)

    def test_a_receipt_for_a_text_that_waits_for_its_next_attempt_stops_that_attempt(self, by, receipt):
        alert = a_sent_text(State.RETRY)
        receipt(by, alert, TextStatus.SENT)
        assert (alert.state, alert.due_at) == (State.SENT, None)

    def test_a_status_we_do_not_know_says_no_more_than_that_the_provider_has_it(self, by):
        assert provider(by).told("teleported", "id-1", None).state is State.SENT

    def test_a_forged_receipt_is_refused_with_what_to_check(self, by, client, settings, receipt):
        alert = a_sent_text()
        url = links.sms_receipt_link(by, alert)
        text = a_text(by, callback=url)
        post = text.dialect.receipt(text)
        kind = {"Content-Type": post.headers["Content-Type"]}
        for response in (
            receipt(by, alert, secret="guessed"),
            posted(client, settings, url, type(post)(post.body, kind)),
            posted(client, settings, url, type(post)(post.body, kind), **dict.fromkeys(post.headers, "é") | kind),
            posted(client, settings, url, type(post)(post.body + b" ", post.headers)),
        ):
            assert response.status_code == 403
            assert f"Check its {provider(by).signs_with.replace('_', ' ')}, and that SITE_URL" in response.text
        alert.refresh_from_db()
        assert alert.state == State.SENT

    def test_the_host_header_plays_no_part(self, by, receipt):
        assert receipt(by, a_sent_text(), headers={"Host": "elsewhere.example"}.items()).status_code == 204

    def test_an_unknown_message_and_an_unknown_provider_are_not_found(self, by, client, settings, receipt):
        alert = a_sent_text()
        nobody = reverse("alerts:sms-receipt", args=[by, "00000000-0000-0000-0000-000000000000"])
        pigeon = reverse("alerts:sms-receipt", args=["pigeon", alert.uuid])
        text = a_text(by, callback=links.sms_receipt_link(by, alert))
        for path in (nobody, pigeon):
            assert posted(client, settings, path, text.dialect.receipt(text)).status_code == 404

    def test_an_e_mails_receipt_is_none_of_theirs(self, by, client, settings):
        alert = an_alert(channel="email")
        text = a_text(by, callback=links.sms_receipt_link(by, alert))
        assert posted(client, settings, text.callback, text.dialect.receipt(text)).status_code == 404

    def test_a_merchants_own_account_signs_for_its_own_texts_only(self, by, receipt):
        ours, theirs = a_sent_text(), a_sent_text()
        own = {**ACCOUNTS[by], provider(by).signs_with: "own-secret"}
        Sender.objects.create(merchant=ours.merchant, channel="sms", provider=by, credentials=own, active=False)
        assert receipt(by, ours, secret="own-secret").status_code == 204
        assert receipt(by, theirs, secret="own-secret").status_code == 403

    def test_a_get_is_not_allowed(self, by, client):
        assert client.get(reverse("alerts:sms-receipt", args=[by, a_sent_text().uuid])).status_code == 405

    @pytest.mark.parametrize("key", ["sinch", "vonage"])
    @pytest.mark.parametrize("body", [b"", b"hello", b"[]"])
    def test_a_body_that_cannot_be_read_is_told_so(self, key, body, client, settings):
        platform_at(settings, key)
        alert = a_sent_text()
        post = signed(key, body)
        response = posted(client, settings, links.sms_receipt_link(key, alert), post)
        assert response.status_code == 400
        assert response.text.startswith("This is nothing that ")

    @pytest.mark.parametrize("key", ["sinch", "vonage"])
    @pytest.mark.parametrize(("age", "status"), [(23 * 3600, 204), (26 * 3600, 403), (-26 * 3600, 403)])
    def test_what_was_signed_days_ago_is_not_believed(self, key, age, status, client, settings, monkeypatch):
        platform_at(settings, key)
        url, then = links.sms_receipt_link(key, a_sent_text()), time.time() - age
        text = a_text(key, callback=url)
        with monkeypatch.context() as clock:
            clock.setattr("time.time", lambda: then)
            post = text.dialect.receipt(text)
        assert posted(client, settings, url, post).status_code == status


def signed(key, body):
    """Any body, signed as the provider signs."""
    text = a_text(key)
    dialect = __import__(f"alerts.sandbox.dialects.{key}", fromlist=["_signed"])
    post = dialect._signed(text, {})
    if key == "vonage":
        return type(post)(body, {**post.headers, "Authorization": f"Bearer {dialect.token(text.secret, body)}"})
    nonce, moment = (post.headers[f"x-sinch-webhook-signature-{name}"] for name in ("nonce", "timestamp"))
    signature = sinch_sign(text.secret, body, nonce, moment)
    return type(post)(body, {**post.headers, "x-sinch-webhook-signature": signature})


class TestSinchWithoutASecret:
    """Sinch signs only where that was asked for; else the address that nobody can guess is the proof."""

    def test_its_receipts_and_answers_are_believed_at_addresses_that_nobody_can_guess(self, settings, receipt, answer):
        platform_at(settings, "sinch", webhook_secret="")
        alert = a_sent_text()
        assert receipt("sinch", alert, secret="whatever").status_code == 204
        assert alert.state == State.DELIVERED
        assert answer("sinch", alert.merchant, "STOP", secret="whatever").status_code == 204
        assert Suppression.objects.count() == 1

    @pytest.mark.parametrize("platform", ["sinch", "twilio"])
    def test_nothing_unsigned_is_believed_of_a_shop_whose_texts_another_provider_sends(
        self, platform, settings, receipt, answer
    ):
        platform_at(settings, "sinch", webhook_secret="")
        platform_at(settings, platform)
        settings.SINCH_WEBHOOK_SECRET = ""
        alert = a_sent_text()
        own = {"provider": "twilio", "credentials": ACCOUNTS["twilio"]}
        Sender.objects.create(merchant=alert.merchant, channel="sms", **own)
        assert receipt("sinch", alert, secret="whatever").status_code == 403
        assert answer("sinch", alert.merchant, "START", secret="whatever").status_code == 403
        assert alert.state == State.SENT
        assert not Consent.objects.filter(given_where=AskedAt.TEXT).exists()

    def test_a_shops_own_account_may_be_silent_where_the_platforms_signs(self, settings, receipt):
        platform_at(settings, "sinch")
        alert = a_sent_text()
        own = {**ACCOUNTS["sinch"], "webhook_secret": ""}
        Sender.objects.create(merchant=alert.merchant, channel="sms", provider="sinch", credentials=own)
        assert receipt("sinch", alert, secret="whatever").status_code == 204

    def test_a_guessed_address_is_not_found(self, client, settings):
        merchant = a_merchant()
        body = json.dumps({"type": "mo_text", "from": PHONE, "to": SHOP, "body": "STOP"})
        for token in (merchant.slug, f"{merchant.slug}:guessed", "*"):
            path = reverse("alerts:sms-inbound", args=["sinch", token])
            assert client.post(path, body, content_type="application/json").status_code == 404
        assert not Suppression.objects.exists()


class TestAnswers:
    @pytest.mark.parametrize("words", ["STOP", " Stop. ", "lopeta"])
    def test_stop_ends_the_texts_of_this_shop(self, by, answer, words, inbox):
        merchant, other = a_merchant(), a_merchant("Fjord")
        assert answer(by, merchant, words).status_code in (200, 204)
        suppression = Suppression.objects.get()
        assert (suppression.merchant, suppression.channel, suppression.address) == (merchant, "sms", PHONE)
        assert suppression.reason == Suppressed.STOP
        assert not other.suppressions.exists()

    def test_the_shopper_is_told_so_once(self, by, answer, inbox):
        merchant = a_merchant()
        replies = [answer(by, merchant, "STOP") for _ in range(2)]
        if by == "twilio":
            told = [response.text for response in replies]
            assert all(response["Content-Type"] == "text/xml" for response in replies)
            assert "<Response><Message>" in told[0]
            assert told[1].endswith("<Response></Response>")
        else:
            (text,) = inbox.phones.all()
            assert (text.to, text.sender) == (PHONE, SHOP)
            assert (text.dialect.key, text.callback) == (by, "")

    def test_a_reply_that_cannot_be_sent_does_not_undo_what_was_asked(self, answer, settings, free_port):
        platform_at(settings, "vonage")
        settings.SANDBOX_SMS_URL = f"http://127.0.0.1:{free_port}"
        assert answer("vonage", a_merchant(), "STOP").status_code == 204
        assert Suppression.objects.exists()

    def test_start_takes_stop_back(self, by, answer, inbox):
        merchant = a_merchant()
        answer(by, merchant, "STOP")
        answer(by, merchant, "START")
        assert not Suppression.objects.exists()

    def test_what_was_heard_is_not_heard_again_when_it_is_posted_once_more(self, by, client, settings, inbox):
        """Whoever got hold of a START cannot undo a later STOP with it."""
        merchant = a_merchant()
        url = links.sms_inbound_link(by, merchant)
        start, stop = (a_text(by, to=SHOP, sender=PHONE, body=words, sid=words) for words in ("START", "STOP"))
        captured = start.dialect.inbound(start, url)
        for post in (captured, stop.dialect.inbound(stop, url), captured):
            answered = posted(client, settings, url, post)
        assert answered.status_code in (200, 204)
        assert "<Message>" not in answered.text
        assert Suppression.objects.get().reason == Suppressed.STOP

    def test_what_could_not_be_heard_is_heard_when_it_is_posted_again(self, by, client, settings, inbox, monkeypatch):
        url = links.sms_inbound_link(by, a_merchant())
        text = a_text(by, to=SHOP, sender=PHONE, body="STOP")
        post = text.dialect.inbound(text, url)
        with monkeypatch.context() as patched:
            patched.setattr("alerts.consent.hear", lambda *told: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                posted(client, settings, url, post)
        posted(client, settings, url, post)
        assert Suppression.objects.exists()

    def test_other_words_change_nothing_and_get_no_reply(self, by, answer, inbox):
        assert "<Message>" not in answer(by, a_merchant(), "Please stop by on Friday").text
        assert not Suppression.objects.exists()
        assert inbox.phones.all() == []

    def test_a_forged_stop_is_refused(self, by, answer):
        assert answer(by, a_merchant(), "STOP", secret="guessed").status_code == 403
        assert not Suppression.objects.exists()

    @pytest.mark.parametrize("key", ["twilio", "vonage"])
    def test_without_any_secret_nothing_is_believed(self, key, answer, settings):
        platform_at(settings, key, **{provider(key).signs_with: ""})
        assert answer(key, a_merchant(), "STOP", secret="").status_code == 403

    def test_words_from_no_number_are_nobodys(self, by, answer):
        assert answer(by, a_merchant(), "STOP", sender="").status_code in (200, 204)
        assert not Suppression.objects.exists()

    def test_the_platforms_account_speaks_for_the_shops_that_texted_this_number(self, by, answer, inbox):
        alert, other = an_alert(channel="sms"), a_merchant("Fjord")
        assert answer(by, None, "STOP").status_code in (200, 204)
        assert alert.merchant.suppressions.exists()
        assert not other.suppressions.exists()


def test_a_shops_words_cannot_break_out_of_twilios_xml(settings):
    from alerts.views.sms import _twiml

    assert "<Message>A &amp; B &lt;i&gt;</Message>" in _twiml("A & B <i>")
