"""Messages to browsers, by a push service on the loopback that speaks RFC 8030 and a browser that can decrypt."""

import base64
import json
import time

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from py_vapid import Vapid02

from alerts.channels import push
from alerts.channels.base import ChannelError, Kind
from alerts.channels.push import Push, check_subscription
from alerts.models import BrowserSubscription
from alerts.states import Why
from alerts.triggers import Trigger
from orders.models import MerchantDomain
from tests.alerts.browsers import Browser, subscribed_to
from tests.alerts.stories import a_message, a_parcel
from tests.builders import a_shipment
from tests.orders.webhooks.receiver import Receiver, Reply

pytestmark = pytest.mark.django_db

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: text * 100)


@pytest.fixture(autouse=True)
def vapid(settings):
    settings.VAPID_PRIVATE_KEY = push.new_private_key()
    settings.VAPID_SUBJECT = "mailto:orders@portal.test"


@pytest.fixture
def service():
    with Receiver() as service:
        yield service


@pytest.fixture
def browser(service):
    return Browser(f"{service.url}/a-long-secret")


@pytest.fixture
def shipment():
    return a_parcel()


def a_push(shipment, browser, **kw):
    row = subscribed_to(shipment, browser)
    return a_message(shipment, "push", address=str(row.uuid), **kw)


def claims(header: str) -> dict:
    payload = header.partition("t=")[2].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))


class TestSend:
    def test_the_browser_can_read_it_and_the_push_service_cannot(self, service, browser, shipment):
        alert = a_push(shipment, browser)
        receipt = Push().send(alert)
        (received,) = service.received
        assert browser.read(received.body) == {
            "title": "Your parcel comes today",
            "body": "The driver has it. Order 1001 comes today.",
            "link": f"https://portal.test/t/{shipment.token}/",
            "tag": f"parcel-{shipment.pk}",
            "lang": "en",
            "dir": "ltr",
        }
        assert b"driver" not in received.body
        assert receipt.provider == "127.0.0.1"

    def test_it_is_signed_for_this_push_service_and_for_half_a_day(self, service, browser, shipment, settings):
        Push().send(a_push(shipment, browser))
        header = service.received[0].headers["Authorization"]
        assert Vapid02.verify(header)
        assert header.endswith(f",k={push.public_key()}")
        told = claims(header)
        assert (told["aud"], told["sub"]) == (service.url.removesuffix("/hooks"), settings.VAPID_SUBJECT)
        assert told["exp"] == pytest.approx(time.time() + 12 * 3600, abs=60)

    @pytest.mark.parametrize(
        ("trigger", "ttl", "urgency"),
        [
            (Trigger.OUT_FOR_DELIVERY, 12 * 3600, "high"),
            (Trigger.DUTIES_DUE, 3 * 86400, "high"),
            (Trigger.SHIPPED, 86400, "normal"),
            (Trigger.FEEDBACK, 7 * 86400, "low"),
        ],
    )
    def test_how_long_it_is_kept_and_whether_it_wakes_the_device(
        self, service, browser, shipment, trigger, ttl, urgency
    ):
        Push().send(a_push(shipment, browser, trigger=trigger))
        told = service.received[0].headers
        assert (told["TTL"], told["Urgency"], told["Topic"]) == (str(ttl), urgency, f"parcel-{shipment.pk}")
        assert told["Content-Encoding"] == "aes128gcm"

    def test_every_trigger_is_worth_something(self):
        assert all(push._worth(trigger) for trigger in Trigger)

    def test_it_leads_to_the_shops_own_host(self, service, browser, shipment):
        MerchantDomain.objects.create(merchant=shipment.merchant, host="track.nordlicht.example")
        Push().send(a_push(shipment, browser))
        link = browser.read(service.received[0].body)["link"]
        assert link == f"https://track.nordlicht.example/t/{shipment.token}/"

    def test_a_message_about_the_order_leads_to_its_first_parcel(self, service, browser, shipment):
        alert = a_push(shipment, browser)
        alert.shipment = None
        Push().send(alert)
        read = browser.read(service.received[0].body)
        assert (read["tag"], read["link"]) == (f"order-{shipment.order_id}", f"https://portal.test/t/{shipment.token}/")

    def test_the_longest_text_in_the_longest_letters_still_fits(self, service, browser, shipment):
        alert = a_push(shipment, browser, subject="ض" * 250, body_text="ض" * 5000, language="ar")
        Push().send(alert)
        body = service.received[0].body
        assert len(body) <= 4096
        read = browser.read(body)
        assert set(read["body"]) == {"ض"}
        assert (read["lang"], read["dir"]) == ("ar", "rtl")

    @given(title=TEXTS, body=TEXTS)
    def test_no_text_is_more_than_a_push_service_takes(self, title, body):
        assert len(json.dumps(push._cut(title, push.MOST_OF_TITLE), ensure_ascii=False).encode()) <= push.MOST_OF_TITLE
        assert len(json.dumps(push._cut(body, push.MOST_OF_BODY), ensure_ascii=False).encode()) <= push.MOST_OF_BODY
        assert push._cut(title[:20], push.MOST_OF_TITLE) == title[:20], "a short one stays as it is"

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_browser_that_is_gone_is_forgotten(self, service, browser, shipment, status):
        alert = a_push(shipment, browser)
        service.answers(status)
        error = refusal(alert)
        assert (error.kind, error.why) == (Kind.PERMANENT, Why.ADDRESS_REFUSED)
        row = BrowserSubscription.objects.get()
        assert row.gone_at
        assert row.subscription == {}
        assert Push().addresses_for(shipment.order) == []
        assert refusal(alert).why == Why.ADDRESS_REFUSED
        assert len(service.received) == 1, "it is not asked again"

    @pytest.mark.parametrize(
        ("reply", "kind", "why", "after"),
        [
            (Reply(429, {"Retry-After": "7"}), Kind.TEMPORARY, Why.UNAVAILABLE, 7),
            (Reply(503), Kind.TEMPORARY, Why.UNAVAILABLE, None),
            (Reply(403, body=b"invalid JWT"), Kind.PERMANENT, Why.ACCOUNT_REFUSED, None),
            (Reply(413), Kind.PERMANENT, Why.REFUSED, None),
            (Reply(307, {"Location": "http://127.0.0.1/"}), Kind.PERMANENT, Why.REFUSED, None),
        ],
        ids=lambda value: value.status if isinstance(value, Reply) else None,
    )
    def test_each_answer_has_its_meaning(self, service, browser, shipment, reply, kind, why, after):
        alert = a_push(shipment, browser)
        service.replies = [reply]
        error = refusal(alert)
        assert (error.kind, error.why, error.retry_after) == (kind, why, after)
        assert "a-long-secret" not in f"{error} {error.detail}"

    def test_a_push_service_that_does_not_answer_leaves_it_open(self, browser, shipment, free_port):
        browser.endpoint = f"http://127.0.0.1:{free_port}/"
        assert refusal(a_push(shipment, browser)).kind is Kind.UNSURE

    def test_an_endpoint_in_the_house_is_not_written_to(self, service, browser, shipment, settings):
        alert = a_push(shipment, browser)
        settings.SANDBOX = False
        assert "private network" in str(refusal(alert))
        assert service.received == []

    def test_another_shops_browser_is_not_written_to(self, service, browser, shipment):
        alert = a_message(shipment, "push", address=str(subscribed_to(a_shipment(), browser).uuid))
        assert refusal(alert).why == Why.ADDRESS_REFUSED
        assert service.received == []

    def test_an_address_that_is_no_browsers_is_refused(self, shipment):
        assert refusal(a_message(shipment, "push", address="aino@shopper.example")).kind is Kind.PERMANENT


def refusal(alert) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        Push().send(alert)
    return raised.value


class TestAddresses:
    def test_each_browser_of_the_order_is_one(self, shipment, service):
        rows = [subscribed_to(shipment, Browser(f"{service.url}/{n}")) for n in range(2)]
        subscribed_to(a_shipment(merchant=shipment.merchant), Browser(f"{service.url}/other"))
        assert sorted(Push().addresses_for(shipment.order)) == sorted(str(row.uuid) for row in rows)

    def test_without_a_browser_there_is_none_and_so_no_message(self, shipment):
        assert Push().addresses_for(shipment.order) == []

    def test_without_a_key_nothing_is_planned(self, shipment, settings):
        assert Push().is_wanted(shipment.merchant)
        settings.VAPID_PRIVATE_KEY = ""
        assert not Push().is_wanted(shipment.merchant)


class TestCheckSubscription:
    def test_a_browsers_own_is_kept_and_nothing_beside_it(self, browser):
        given = {**browser.subscription, "more": "x" * 10_000}
        kept = check_subscription(given)
        assert kept == {name: given[name] for name in ("endpoint", "keys")}

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://push.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://10.0.0.7/",
            "https://user:secret@1.1.1.1/",
            "file:///etc/passwd",
            "https://" + "a" * 2000,
            "",
            None,
            7,
        ],
    )
    def test_only_a_public_address_is_taken(self, browser, settings, endpoint):
        settings.SANDBOX = False
        with pytest.raises(ValidationError):
            check_subscription({**browser.subscription, "endpoint": endpoint})

    @pytest.mark.parametrize(
        "keys",
        [{}, None, "x", {"p256dh": "BAAA", "auth": "x"}, {"p256dh": "ä", "auth": "ä"}, {"p256dh": 1, "auth": []}],
    )
    def test_keys_that_nothing_can_be_encrypted_with_are_refused(self, browser, keys):
        with pytest.raises(ValidationError):
            check_subscription({**browser.subscription, "keys": keys})

    def test_a_point_beside_the_curve_is_refused(self, browser):
        beside = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()
        with pytest.raises(ValidationError, match="keys"):
            check_subscription({**browser.subscription, "keys": {**browser.subscription["keys"], "p256dh": beside}})

    @given(
        st.recursive(st.none() | st.text() | st.integers(), lambda part: st.dictionaries(st.text(), part), max_leaves=5)
    )
    def test_nothing_else_gets_through_or_breaks_it(self, anything):
        with pytest.raises(ValidationError):
            check_subscription(anything)
