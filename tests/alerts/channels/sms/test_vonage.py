import pytest

from alerts.channels.base import Kind
from alerts.states import Why
from tests.alerts.channels.sms.test_providers import meaning, refusal


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("+15005550001", Why.ADDRESS_REFUSED),
        ("+15005550002", Why.ADDRESS_REFUSED),
        ("+15005550003", Why.ACCOUNT_REFUSED),
        ("+15005550004", Why.UNSUBSCRIBED),
        ("+15005550009", Why.ADDRESS_REFUSED),
    ],
)
def test_what_is_wrong_with_a_number_fails_for_good_for_its_reason(inbox, number, why):
    assert meaning(refusal("vonage", number)) == (Kind.PERMANENT, why)


def test_the_error_says_what_vonage_said(inbox):
    said = str(refusal("vonage", "+15005550002"))
    assert said == (
        "Vonage answered The number you are trying to submit to is blacklisted and may not receive messages. "
        "(HTTP 422, code 1050)."
    )
