import pytest
import requests

from alerts.sandbox.inbox import SandboxInbox
from tests.carriers.sandbox.listener import Listener

ACCOUNT, TOKEN = "AC0123456789abcdef0123456789abcdef", "an-auth-token"
SHOP, PHONE = "+15005550006", "+358401234567"


@pytest.fixture
def inbox():
    with SandboxInbox(receipt_pace=0.1) as inbox:
        yield inbox


@pytest.fixture
def listener():
    with Listener() as listener:
        yield listener


def text(inbox, auth=(ACCOUNT, TOKEN), timeout=5, **form):
    """Send a text as Twilio's customers do; a field that is None is left out."""
    form = {"To": PHONE, "From": SHOP, "Body": "Your parcel is late.", **form}
    return requests.post(
        f"{inbox.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", data=form, auth=auth, timeout=timeout
    )
