"""A test event: a callback of a made-up parcel, written and signed as the sandbox plays the carrier."""

import secrets
from datetime import timedelta

from django.utils import timezone

from carriers.models import CarrierAccount
from carriers.sandbox.lives import Place, events_at
from carriers.sandbox.plots import Route, delivered
from carriers.sandbox.server import FORMATS
from carriers.sandbox.wire import Push
from carriers.services.callbacks import receive_callback
from carriers.tasks import process_callback
from orders.waking import wake

PLAYED = {wire.key: wire for wire in FORMATS}
FROM, TO = Place("Berlin", "10115", "DE"), Place("Helsinki", "00100", "FI")
SINCE_THE_LABEL = timedelta(hours=46)


def can_be_sent(account: CarrierAccount) -> bool:
    """Whether the sandbox knows how this carrier pushes."""
    return account.carrier in PLAYED


def send_test_event(account: CarrierAccount) -> int:
    """Put a test event before the real door; return the HTTP status of its answer."""
    push = _push(account)
    answer, delivery_id = receive_callback(account, push.body, dict(push.headers), is_test=True)
    if delivery_id is not None:
        wake(process_callback, delivery_id)
    return answer.status


def _push(account: CarrierAccount) -> Push:
    now = timezone.now()
    route = Route(account.carrier, f"TEST{secrets.randbelow(10**8):08}", now - SINCE_THE_LABEL, FROM, TO)
    life = delivered(route)
    wire = PLAYED[account.carrier](lambda: now)
    secret = next(iter(account.callback_secrets), "")
    return wire.push(life, events_at(life, now)[-1], secret=secret, address="")
