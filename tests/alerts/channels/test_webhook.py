"""The message itself, posted to the shop's own system as a Standard Webhook."""

import base64
import hashlib
import hmac
import json

import pytest
from django.core.exceptions import ValidationError

from alerts.channels.base import ChannelError, Kind
from alerts.channels.webhook import Webhook
from alerts.models import Sender
from alerts.states import Why
from orders.models import Purpose
from tests.alerts.stories import a_message, a_parcel
from tests.builders import a_merchant
from tests.orders.webhooks.receiver import Receiver, Reply

pytestmark = pytest.mark.django_db

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@pytest.fixture
def system():
    """The shop's own system."""
    with Receiver() as system:
        yield system


@pytest.fixture
def shipment(system):
    shipment = a_parcel()
    set_up(shipment.merchant, url=system.url)
    return shipment


def set_up(merchant, secret=SECRET, **credentials):
    credentials = {"secret": secret, **credentials}
    return Sender.objects.create(merchant=merchant, channel="webhook", provider="webhook", credentials=credentials)


def refusal(alert) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        Webhook().send(alert)
    return raised.value


class TestSend:
    def test_the_shops_system_gets_what_it_needs_to_send_it_by_its_own_means(self, system, shipment):
        alert = a_message(shipment, "webhook", language="fi")
        receipt = Webhook().send(alert)
        assert receipt.provider == "webhook"
        customer = shipment.order.customer
        assert json.loads(system.received[0].body) == {
            "type": "message",
            "timestamp": alert.created_at.isoformat(),
            "data": {
                "trigger": "out_for_delivery",
                "language": "fi",
                "subject": "Your parcel comes today",
                "text": "The driver has it. Order 1001 comes today.",
                "link": f"https://portal.test/t/{shipment.token}/",
                "order": shipment.order.number,
                "parcel": shipment.tracking_number,
                "customer": {"name": "Aino Virtanen", "email": customer.email, "phone": "+358401234567"},
                "is_test": False,
            },
        }

    def test_any_library_for_standard_webhooks_can_verify_it(self, system, shipment):
        alert = a_message(shipment, "webhook")
        Webhook().send(alert)
        (received,) = system.received
        told = received.headers
        assert told["webhook-id"] == str(alert.uuid)
        signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + received.body
        expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        assert told["webhook-signature"] == f"v1,{expected}"

    def test_a_second_attempt_is_known_by_its_id_and_says_the_same(self, system, shipment):
        alert = a_message(shipment, "webhook")
        system.answers(503)
        refusal(alert)
        Webhook().send(alert)
        first, second = system.received
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body

    @pytest.mark.parametrize(
        ("reply", "kind", "why", "after"),
        [
            (Reply(500), Kind.TEMPORARY, Why.UNAVAILABLE, None),
            (Reply(404), Kind.TEMPORARY, Why.UNAVAILABLE, None),
            (Reply(429, {"Retry-After": "30"}), Kind.TEMPORARY, Why.UNAVAILABLE, 30),
            (Reply(301, {"Location": "https://shop.example/"}), Kind.TEMPORARY, Why.UNAVAILABLE, None),
            (Reply(410), Kind.PERMANENT, Why.ACCOUNT_REFUSED, None),
        ],
        ids=lambda value: value.status if isinstance(value, Reply) else None,
    )
    def test_each_answer_has_its_meaning(self, system, shipment, reply, kind, why, after):
        alert = a_message(shipment, "webhook")
        system.replies = [reply]
        error = refusal(alert)
        assert (error.kind, error.why, error.retry_after) == (kind, why, after)
        assert str(reply.status) in str(error)

    def test_a_system_that_hangs_up_may_have_it(self, shipment, free_port):
        Sender.objects.update(credentials={"url": f"http://127.0.0.1:{free_port}/", "secret": SECRET})
        error = refusal(a_message(shipment, "webhook"))
        assert (error.kind, error.why) == (Kind.UNSURE, Why.NO_ANSWER)

    def test_nothing_goes_into_the_house(self, system, shipment, settings):
        alert = a_message(shipment, "webhook")
        settings.SANDBOX = False
        assert "private network" in str(refusal(alert))
        assert system.received == []

    def test_without_an_address_it_says_what_to_fill_in(self, shipment):
        alert = a_message(shipment, "webhook")
        Sender.objects.all().delete()
        error = refusal(alert)
        assert (error.kind, error.why) == (Kind.PERMANENT, Why.NOT_SET_UP)


class TestSettingUp:
    def test_a_shop_without_it_is_planned_nothing(self, shipment):
        assert Webhook().is_wanted(shipment.merchant)
        assert not Webhook().is_wanted(a_merchant())
        Sender.objects.update(active=False)
        assert not Webhook().is_wanted(shipment.merchant)

    def test_half_an_account_is_none(self):
        sender = set_up(a_merchant(), secret="", url="https://shop.example/")
        assert not Webhook().is_wanted(sender.merchant)

    def test_the_address_on_the_row_is_the_host_alone(self, shipment):
        Sender.objects.update(credentials={"url": "https://crm.shop.example/hooks/s3cret", "secret": SECRET})
        assert Webhook().addresses_for(shipment.order) == ["crm.shop.example"]

    def test_what_the_shop_makes_of_it_is_the_shops_to_answer_for(self, shipment):
        assert all(Webhook().has_consent(shipment.order.customer, purpose) for purpose in Purpose)

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"url": "http://shop.example/"}, "https://"),
            ({"url": "https://127.0.0.1/"}, "private network"),
            ({"secret": "a secret"}, "whsec_"),
            ({"secret": "whsec_" + base64.b64encode(b"too short").decode()}, "24 bytes"),
        ],
    )
    def test_what_cannot_work_is_refused_when_it_is_filled_in(self, settings, given, said):
        settings.SANDBOX = False
        with pytest.raises(ValidationError, match=said):
            Webhook().check_credentials({"url": "https://1.1.1.1/hooks", "secret": SECRET, **given})

    def test_what_can_work_is_taken(self, settings):
        settings.SANDBOX = False
        Webhook().check_credentials({"url": "https://1.1.1.1/hooks", "secret": SECRET})
