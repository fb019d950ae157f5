import pytest
from phonenumber_field.phonenumber import PhoneNumber

from alerts import planning
from alerts.channels import ChannelMisconfigured, channel
from alerts.channels.sms.channel import Sms
from alerts.models import Alert
from alerts.states import State, Why
from orders.statuses import Status
from tests.alerts.stories import NOW, a_parcel, news
from tests.builders import a_customer, an_order


@pytest.mark.django_db
class TestAddress:
    def test_a_number_is_written_in_its_international_form(self):
        customer = a_customer(phone=PhoneNumber.from_string("040 123 4567", region="FI"))
        assert Sms().address_of(customer) == "+358401234567"

    def test_a_number_that_cannot_exist_is_none(self):
        assert Sms().address_of(a_customer(phone="+999")) == ""
        assert Sms().address_of(a_customer(phone="ask Aino")) == ""

    def test_no_number_is_none(self):
        assert Sms().address_of(a_customer(phone="")) == ""


@pytest.mark.parametrize("number", ["+358401234567", "+4915123456789", "+12125550123", "+15005550006", "+999", ""])
def test_a_number_that_may_be_a_mobile_is_tried(number):
    assert Sms().can_reach(number)


@pytest.mark.parametrize("number", ["+35891234567", "+493012345678", "+442079460123", "+18005551212"])
def test_a_number_that_is_certainly_none_is_not(number):
    assert not Sms().can_reach(number)


@pytest.mark.django_db
def test_a_landline_gets_no_text_and_the_row_says_why():
    shipment = a_parcel(order=an_order(customer=a_customer(phone="+35891234567")))
    planning.plan(news(shipment, Status.OUT_FOR_DELIVERY).pk, NOW)
    alert = Alert.objects.get(shipment=shipment, channel="sms")
    assert (alert.state, alert.reason) == (State.SUPPRESSED, Why.NOT_MOBILE)
    assert alert.get_reason_display() == "The number is a landline's: it takes no texts."


def test_typographic_signs_that_would_double_the_price_are_spelt_plainly():
    assert Sms().tidy("Tue\u00a024\u2009–\u2009Thu 26 · “Linen’s”…\n") == 'Tue 24 - Thu 26 - "Linen\'s"...'


def test_a_channel_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(ChannelMisconfigured, match=r"There is no channel 'fax'\. Known channels: email, .*sms"):
        channel("fax")
