import pytest

from alerts.channels.base import Kind
from alerts.channels.sms import provider
from alerts.channels.sms.base import Account, Text
from alerts.states import Why
from tests.alerts.accounts import ACCOUNTS
from tests.alerts.channels.sms.test_providers import meaning, refusal


def test_a_number_that_sinch_cannot_read_is_told_to_the_merchant(inbox):
    error = refusal("sinch", "+15005550001")
    assert meaning(error) == (Kind.PERMANENT, Why.REFUSED)
    assert str(error) == "Sinch answered Invalid MSISDN format. (HTTP 400, code syntax_invalid_parameter_format)."


def test_a_line_break_in_the_token_starts_no_header_and_is_not_repeated(inbox):
    error = refusal("sinch", api_token="token\r\nX-Other: 1")
    assert meaning(error) == (Kind.PERMANENT, Why.ACCOUNT_REFUSED)
    assert "X-Other" not in f"{error} {error.detail}"


@pytest.mark.parametrize(("region", "host"), [("", "eu"), ("us", "us")])
def test_the_region_of_the_account_is_asked_and_europes_where_none_is_said(settings, region, host):
    settings.SANDBOX = False
    account = Account(provider("sinch"), {**ACCOUNTS["sinch"], "region": region}, "Nordlicht")
    request = account.provider.request(account, Text("+358401234567", "Hei"))
    assert request["url"] == f"https://{host}.sms.api.sinch.com/xms/v1/plan/batches"
