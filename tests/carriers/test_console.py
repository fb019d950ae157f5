"""The carrier's own page: what it shows, what it hides, and what can be done there."""

import json
from datetime import date, timedelta
from unittest import mock

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from carriers import services
from carriers.adapters.fedex import FedEx
from carriers.base import Callback, signature
from carriers.console import views
from carriers.console.forms import MOST_OPEN_DISPUTES
from carriers.console.sample import PLAYED
from carriers.console.scorecard import FEWEST, LATE_SCAN, count, scorecard
from carriers.models import (
    CallbackDelivery,
    CarrierAccount,
    CodeMeaning,
    DeliveryState,
    Dispute,
    Suggester,
    UnmappedCode,
    UnmatchedNumber,
)
from carriers.registry import ADAPTERS, carrier_class
from orders.models import Notice, Source
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_merchant, a_scan, a_shipment, an_account, an_order, record, utc

NUMBER = "771234567890"


def address(account):
    return reverse("carrier-console", args=[account.console_token])


def page(client, account, **query):
    return client.get(address(account), query).content.decode()


def act(client, account, name, **given):
    with mock.patch("carriers.tasks.process_callback.delay"):
        return client.post(address(account), {"act": name, **given})


@pytest.fixture
def account(db):
    return an_account(a_merchant(), "fedex", console_token="the-console-token")


class TestWhoSeesIt:
    @pytest.mark.parametrize("key", ADAPTERS)
    def test_every_carrier_has_a_page_without_its_secret(self, client, db, key):
        account = an_account(a_merchant(), key, console_token="the-console-token")
        response = client.get(address(account))
        assert response.status_code == 200
        assert account.callback_secrets[0] not in response.content.decode()
        assert (account.callback_token in response.content.decode()) == carrier_class(key).pushes

    @pytest.mark.parametrize("change", [{"console_token": None}, {"active": False}, {"carrier": "pigeon"}])
    def test_a_link_that_was_revoked_or_is_out_of_use_is_nothing(self, client, account, change):
        url = address(account)
        CarrierAccount.objects.filter(pk=account.pk).update(**change)
        assert client.get(url).status_code == client.post(url).status_code == 404

    def test_a_guess_is_nothing(self, client, account):
        for guess in ("", "None", account.callback_token, "THE-CONSOLE-TOKEN"):
            assert client.get(f"/callbacks/console/{guess}/").status_code == 404

    def test_no_cache_no_search_engine_and_no_other_site_hears_of_it(self, client, account):
        headers = client.get(address(account)).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Referrer-Policy"] == "no-referrer"

    def test_it_speaks_the_browsers_language_or_the_one_that_is_chosen(self, client, account):
        asked = client.get(address(account), headers={"accept-language": "ar"}).content.decode()
        assert '<html lang="ar" dir="rtl">' in asked
        chosen = client.get(address(account), {"lang": "fi"})
        assert '<html lang="fi" dir="ltr">' in chosen.content.decode()
        assert chosen.headers["Content-Language"] == "fi"
        assert '<html lang="en" dir="ltr">' in page(client, account, lang="tlh")


class TestWhatItHides:
    def test_nothing_of_a_shopper_is_on_it(self, client, account):
        order = an_order(account.merchant, number="N-5512")
        shipment = a_shipment(order, carrier="fedex", tracking_number=NUMBER, destination_city="Käpylä")
        record(shipment, a_scan(code="QQ", description="Left with Virtanen", city="Käpylä"))
        UnmappedCode.objects.create(
            merchant=account.merchant,
            carrier="fedex",
            code="Left with Virtanen, Oulu",
            description="Left with Virtanen",
        )
        CallbackDelivery.objects.create(
            merchant=account.merchant,
            account=account,
            digest="1",
            body=b'{"name": "Aino Virtanen"}',
            headers={"X-From": "10.1.2.3"},
            error="expected JSON, got 'Aino Virtanen'",
            numbers=[NUMBER, "short"],
            state=DeliveryState.UNREADABLE,
            failed_check="readable",
        )
        shown = page(client, account)
        hidden = ["Virtanen", "Aino", "Käpylä", "N-5512", NUMBER, "short", "10.1.2.3", order.customer.email]
        assert [words for words in hidden if words in shown] == []
        assert "…7890" in shown
        assert "Not passed: Readable" in shown

    def test_another_shops_and_another_carriers_rows_are_not_on_it(self, client, account):
        ups = an_account(account.merchant, "ups")
        other = an_account(a_merchant("Other"), "fedex")
        for stranger in (ups, other):
            UnmappedCode.objects.create(merchant=stranger.merchant, carrier=stranger.carrier, code="STRANGE")
            Dispute.objects.create(merchant=stranger.merchant, account=stranger, text="STRANGE")
            CallbackDelivery.objects.create(
                merchant=stranger.merchant, account=stranger, digest="1", body=b"", numbers=["771234STRANGE"]
            )
        shown = page(client, account)
        assert "STRANGE" not in shown
        assert "RANGE" not in shown

    def test_a_hundred_deliveries_are_enough(self, client, account):
        CallbackDelivery.objects.bulk_create(
            CallbackDelivery(merchant=account.merchant, account=account, digest=str(n), body=b"") for n in range(120)
        )
        assert len(client.get(address(account)).context["deliveries"]) == 100

    def test_it_does_not_load_bodies(self, client, account, django_assert_max_num_queries):
        for n in range(20):
            CallbackDelivery.objects.create(
                merchant=account.merchant, account=account, digest=str(n), body=b"x", numbers=["1"]
            )
            UnmappedCode.objects.create(merchant=account.merchant, carrier="fedex", code=f"Q{n}")
        with django_assert_max_num_queries(20) as asked:
            page(client, account)
        assert not [query["sql"] for query in asked.captured_queries if '"body"' in query["sql"]]


BODY = json.dumps(
    {
        "output": {
            "completeTrackResults": [
                {
                    "trackingNumber": NUMBER,
                    "trackResults": [
                        {
                            "scanEvents": [
                                {
                                    "date": "2026-03-03T09:00:00+01:00",
                                    "eventType": "OD",
                                    "derivedStatusCode": "OD",
                                    "eventDescription": "On FedEx vehicle for delivery",
                                }
                            ]
                        }
                    ],
                }
            ]
        }
    },
    indent=1,
)


class TestTrying:
    @pytest.fixture
    def signed(self, account):
        """The header that belongs to a body."""
        return lambda body: f"fdx-signature: {FedEx().proof(Callback(body.encode()), account.callback_secrets[0])}"

    def tried(self, client, account, headers="", body="", **given):
        return act(client, account, "try", headers=headers, body=body, **given).context["trial"]

    def test_a_right_one_passes_and_says_what_it_tells(self, client, account, signed):
        response = act(client, account, "try", headers=signed(BODY), body=BODY)
        trial = response.context["trial"]
        assert [outcome for _check, outcome in trial.checks] == ["passed"] * 6
        [parcel] = trial.parcels
        assert (parcel.number, [scan.status for scan in parcel.scans]) == ("…7890", [Status.OUT_FOR_DELIVERY])
        assert "2026-03-03T09:00:00+01:00" in response.content.decode()

    def test_nothing_is_stored(self, client, account, signed):
        shipment = a_shipment(an_order(account.merchant), carrier="fedex", tracking_number=NUMBER)
        self.tried(client, account, signed(BODY), BODY)
        self.tried(client, account, "fdx-signature: no", BODY)
        assert not CallbackDelivery.objects.exists()
        assert not Notice.objects.exists()
        assert not shipment.events.exists()

    @pytest.mark.parametrize(
        ("headers", "body", "failed"),
        [
            ("", BODY, "header"),
            ("fdx-signature: no", BODY, "signature"),
            ("fdx-signature: é€", BODY, "signature"),
            ("Content-Encoding: gzip", BODY, "content"),
            ("no header at all", "", "header"),
        ],
    )
    def test_the_first_check_that_fails_is_named(self, client, account, headers, body, failed):
        trial = self.tried(client, account, headers, body)
        assert trial.examined.failed == failed
        assert trial.examined.error

    def test_one_that_is_signed_but_not_readable(self, client, account, signed):
        trial = self.tried(client, account, signed("<html>"), "<html>")
        assert trial.examined.failed == "readable"
        assert "expected JSON" in trial.examined.error

    def test_an_account_without_a_secret_is_told_what_to_enter(self, client, account):
        CarrierAccount.objects.filter(pk=account.pk).update(callback_secrets=[])
        trial = self.tried(client, account, "fdx-signature: x", BODY)
        assert trial.examined.failed == "secret"
        assert FedEx.callback_secret in trial.examined.error

    def test_the_signature_that_was_expected_is_never_told(self, client, account, signed):
        response = act(client, account, "try", headers="fdx-signature: no", body=BODY)
        assert signed(BODY).split()[1] not in response.content.decode()
        assert account.callback_secrets[0] not in response.content.decode()

    @pytest.mark.parametrize(
        ("signed_body", "sent", "hint"),
        [
            ('{"a": 1}', ' {"a": 1}\n', "without the white space"),
            ('{"a": 1}\n', '{"a": 1}', "with a line break at the end"),
            ('{\r\n"a": 1}', '{\n"a": 1}', "were CR LF"),
        ],
    )
    def test_a_mishap_on_the_way_is_recognised(self, client, account, signed, signed_body, sent, hint):
        assert hint in str(self.tried(client, account, signed(signed_body), sent).hint)

    def test_pasted_line_breaks_count_as_lf(self, client, account, signed):
        trial = self.tried(client, account, signed(BODY), BODY.replace("\n", "\r\n"))
        assert trial.examined.failed is None

    def test_a_file_is_taken_byte_for_byte(self, client, account, signed):
        body = BODY.replace("\n", "\r\n")
        file = SimpleUploadedFile("callback.json", body.encode())
        assert self.tried(client, account, signed(body), file=file).examined.failed is None

    def test_a_file_over_the_limit_fails_by_its_size(self, client, account):
        file = SimpleUploadedFile("callback.json", b"x" * 1_500_000)
        assert self.tried(client, account, file=file).examined.failed == "size"

    @pytest.mark.parametrize("body", [BODY, "{}", "", "<html>", "[" * 10_000])
    @pytest.mark.parametrize("is_signed", [True, False])
    def test_the_real_door_answers_the_same(self, client, account, signed, body, is_signed):
        proof = signed(body) if is_signed else "fdx-signature: no"
        trial = self.tried(client, account, proof, body)
        url = reverse("carrier-callback", args=[account.carrier, account.callback_token])
        with mock.patch("carriers.tasks.process_callback.delay"):
            answer = client.post(
                url, body, content_type="application/json", headers={"fdx-signature": proof.split()[1]}
            )
        assert answer.status_code == trial.answer

    def test_the_example_is_signed_as_the_carrier_signs(self, client, account):
        example = client.get(address(account)).context["example"]
        assert example["value"] == signature(example["secret"], example["body"].encode(), encoding="base64")


class TestTestEvent:
    @pytest.mark.parametrize("key", PLAYED)
    def test_it_goes_the_whole_way_and_no_order_hears_of_it(self, client, db, key):
        account = an_account(a_merchant(), key, console_token="the-console-token")
        assert act(client, account, "send").status_code == 302
        delivery = CallbackDelivery.objects.get()
        assert (delivery.is_test, delivery.state) == (True, DeliveryState.WAITING)
        assert delivery.answered in (200, 204)

        assert services.process_delivery(delivery.pk)
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.PROCESSED
        assert [number[:4] for number in delivery.numbers] == ["TEST"]
        assert not UnmatchedNumber.objects.exists()
        assert not UnmappedCode.objects.exists()

    def test_each_is_a_new_one(self, client, account):
        act(client, account, "send")
        act(client, account, "send")
        assert CallbackDelivery.objects.filter(repeats=0).count() == 2

    def test_one_that_is_refused_shows_it_without_alarming_the_shop(self, client, account):
        CarrierAccount.objects.filter(pk=account.pk).update(callback_secrets=[])
        act(client, account, "send")
        delivery = CallbackDelivery.objects.get()
        assert (delivery.state, delivery.failed_check) == (DeliveryState.REJECTED, "secret")
        assert not Notice.objects.exists()

    @pytest.mark.parametrize("key", [key for key in ADAPTERS if key not in PLAYED and carrier_class(key).pushes])
    def test_a_carrier_that_cannot_be_played_has_no_button(self, client, db, key):
        account = an_account(a_merchant(), key, console_token="the-console-token")
        assert 'value="send"' not in page(client, account)
        act(client, account, "send")
        assert not CallbackDelivery.objects.exists()


class TestSuggesting:
    @pytest.fixture
    def unmapped(self, account):
        return UnmappedCode.objects.create(merchant=account.merchant, carrier="fedex", code="ZZ")

    def test_a_suggestion_waits_for_the_shop(self, client, account, unmapped):
        given = {"code": unmapped.pk, "status": "exception", "reason": "weather", "note": "Our manual, page 7"}
        assert act(client, account, "suggest", **given).status_code == 302
        meaning = CodeMeaning.objects.get()
        assert (meaning.merchant, meaning.carrier, meaning.code) == (account.merchant, "fedex", "ZZ")
        assert (meaning.status, meaning.reason) == (Status.EXCEPTION, Reason.WEATHER)
        assert (meaning.suggested_by, meaning.confirmed_at) == (Suggester.CARRIER, None)
        assert "Held up (the weather is bad)" in page(client, account)

    def test_a_later_one_takes_its_place_until_it_is_confirmed(self, client, account, unmapped):
        for status in ("exception", "returning"):
            act(client, account, "suggest", code=unmapped.pk, status=status)
        assert CodeMeaning.objects.get().status == Status.RETURNING
        CodeMeaning.objects.update(confirmed_at=timezone.now())
        response = act(client, account, "suggest", code=unmapped.pk, status="delivered")
        assert "code" in response.context["meaning"].errors
        assert CodeMeaning.objects.get().status == Status.RETURNING

    @pytest.mark.parametrize("given", [{"status": "unknown"}, {"status": "lost"}, {"reason": "boredom"}, {"code": 0}])
    def test_only_known_words_for_own_codes_are_taken(self, client, account, unmapped, given):
        response = act(client, account, "suggest", **{"code": unmapped.pk, "status": "delivered", **given})
        assert [*response.context["meaning"].errors] == [*given]
        assert not CodeMeaning.objects.exists()

    def test_another_shops_code_is_none_of_ones_own(self, client, account):
        stranger = UnmappedCode.objects.create(merchant=a_merchant("Other"), carrier="fedex", code="ZZ")
        response = act(client, account, "suggest", code=stranger.pk, status="delivered")
        assert "code" in response.context["meaning"].errors


class TestDisputing:
    def test_the_shop_sees_it_and_its_answer_stands_on_the_page(self, client, account):
        given = {"text": "There was a strike.", "contact": "ops@carrier.example"}
        assert act(client, account, "dispute", **given).status_code == 302
        dispute = Dispute.objects.get()
        assert (dispute.account, dispute.merchant, dispute.text) == (account, account.merchant, "There was a strike.")
        Dispute.objects.update(answer="We have seen it.", answered_at=timezone.now())
        shown = page(client, account)
        assert "There was a strike." in shown
        assert "We have seen it." in shown
        assert "ops@carrier.example" not in shown

    def test_what_is_written_is_escaped(self, client, account):
        act(client, account, "dispute", text="<script>alert(1)</script>")
        assert "<script>alert(1)" not in page(client, account)

    def test_an_empty_one_is_asked_for_again(self, client, account):
        assert "text" in act(client, account, "dispute", text=" ").context["dispute"].errors

    def test_a_pile_of_them_must_be_answered_first(self, client, account):
        Dispute.objects.bulk_create(
            Dispute(merchant=account.merchant, account=account, text=str(n)) for n in range(MOST_OPEN_DISPUTES)
        )
        assert act(client, account, "dispute", text="One more").context["dispute"].non_field_errors()
        assert Dispute.objects.count() == MOST_OPEN_DISPUTES


class TestManyTries:
    def test_after_so_many_in_a_minute_one_has_to_wait(self, client, account, monkeypatch):
        monkeypatch.setattr(views, "POSTS_A_MINUTE", 3)
        for _try in range(3):
            assert act(client, account, "dispute", text="").status_code == 200
        refused = act(client, account, "dispute", text="Let me in")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "60"
        assert not Dispute.objects.exists()
        assert client.get(address(account)).status_code == 200
        cache.clear()  # a minute later
        assert act(client, account, "dispute", text="Let me in").status_code == 302

    def test_an_upload_that_no_callback_could_be_is_not_read(self, client, account):
        file = SimpleUploadedFile("callback.json", b"x" * 5_000_001)
        assert act(client, account, "try", file=file).status_code == 413

    def test_what_nobody_can_do_is_refused(self, client, account):
        assert act(client, account, "delete everything").status_code == 400


class TestScorecard:
    NOW = utc(2026, 3, 20, 12)
    THEN = utc(2026, 3, 10, 9)

    def delivered(self, account, *, at=THEN, promised=None, scans=(), late=timedelta(minutes=5), **kw):
        shipment = a_shipment(an_order(account.merchant), carrier=account.carrier, now=utc(2026, 3, 5), **kw)
        if promised:
            window = PromisedWindow(promised, promised)
            record(shipment, a_scan(at=utc(2026, 3, 5, 9)), window=window, now=utc(2026, 3, 5, 9))
        for status in (*scans, Status.DELIVERED):
            record(shipment, a_scan(status, at=at), now=at + late, source=Source.CALLBACK)
        return shipment

    def test_on_time_is_the_first_attempt_within_the_first_window_of_the_carrier(self, account):
        self.delivered(account)  # promised by the shop alone: not the carrier's to keep
        self.delivered(account, promised=date(2026, 3, 10))
        moved = self.delivered(account, promised=date(2026, 3, 9))
        later = PromisedWindow(date(2026, 3, 12), date(2026, 3, 12))
        record(moved, a_scan(at=utc(2026, 3, 9, 9)), window=later, now=utc(2026, 3, 9, 9))
        facts = count(account, self.NOW)
        assert (facts.delivered, facts.on_time) == (3, (1, 2))

    def test_the_van_and_the_time_to_the_push(self, account):
        self.delivered(account, scans=[Status.OUT_FOR_DELIVERY])
        self.delivered(account, scans=[Status.AVAILABLE_FOR_PICKUP])
        self.delivered(account, late=LATE_SCAN + timedelta(minutes=1))
        facts = count(account, self.NOW)
        assert facts.without_van == (1, 2)
        assert facts.late_scans == (1, 5)
        assert facts.seconds_to_push == 300

    def test_only_this_shops_parcels_at_this_carrier_of_the_last_days_count(self, account):
        self.delivered(an_account(a_merchant("Other"), "fedex"))
        self.delivered(an_account(account.merchant, "ups"))
        self.delivered(account, at=utc(2026, 2, 10, 9))
        a_shipment(an_order(account.merchant), carrier="fedex", now=utc(2026, 3, 5))
        assert count(account, self.NOW).delivered == 0

    def test_callbacks_are_counted_with_their_repeats_and_without_tests(self, account):
        for n, (state, repeats, is_test) in enumerate(
            [
                (DeliveryState.PROCESSED, 2, False),
                (DeliveryState.REJECTED, 3, False),
                (DeliveryState.UNREADABLE, 0, False),
                (DeliveryState.REJECTED, 9, True),
            ]
        ):
            CallbackDelivery.objects.create(
                merchant=account.merchant,
                account=account,
                digest=str(n),
                body=b"",
                state=state,
                repeats=repeats,
                is_test=is_test,
                received_at=utc(2026, 3, 10),
            )
        assert count(account, self.NOW).refused == (5, 8)

    def test_a_share_of_few_is_not_told(self, account):
        for _parcel in range(FEWEST - 1):
            self.delivered(account, promised=date(2026, 3, 10))
        values = {figure.name: figure.value for figure in scorecard(account, self.NOW)}
        assert values["Parcels delivered"] == "19"
        assert values["Within your first promise"] == "too few to say (19)"

    def test_a_share_of_many_is(self, account):
        for _parcel in range(FEWEST):
            self.delivered(account, promised=date(2026, 3, 10))
        values = {figure.name: figure.value for figure in scorecard(account, self.NOW)}
        assert values["Within your first promise"] == "100%"
        assert values["Without a scan “out for delivery”"] == "100%"
        assert values["From scan to push"] == "5 minutes"

    def test_every_figure_says_how_it_is_counted(self, account):
        assert all(figure.counted for figure in scorecard(account, self.NOW))
