"""A shop with all that it set up for its messages, kept by each process for a moment.

What is kept is shared and only read. It holds credentials: it stays in the process's memory and is never cached
elsewhere.
"""

import time

from django.conf import settings
from django.db.models import Prefetch

from alerts.models import Sender
from orders.models import Merchant

_kept: dict[int, tuple[float, Merchant]] = {}


def shop_now(merchant_id: int) -> Merchant:
    """The shop and what it set up, as it is at this moment."""
    # Credentials that cannot be decrypted are the trouble of their own channel, when it asks for them.
    senders = Prefetch("senders", Sender.objects.filter(active=True).defer("credentials"))
    set_up = "domains", "trigger_rules", "channel_rules", "message_texts", senders
    return Merchant.objects.prefetch_related(*set_up).get(pk=merchant_id)


def shop_lately(merchant_id: int) -> Merchant:
    """The same as it was at most settings.SHOPS_KEPT_FOR seconds ago."""
    until, shop = _kept.get(merchant_id, (0, None))
    if shop is None or time.monotonic() >= until:
        _forget_the_old()
        shop = shop_now(merchant_id)
        _kept[merchant_id] = time.monotonic() + settings.SHOPS_KEPT_FOR, shop
    return shop


def sender_of(merchant: Merchant, channel_key: str) -> Sender | None:
    """The shop's own account for this channel, if it has one in use."""
    return next((own for own in merchant.senders.all() if own.active and own.channel == channel_key), None)


def _forget_the_old() -> None:
    now = time.monotonic()
    for merchant_id in [known for known, (until, _shop) in list(_kept.items()) if until <= now]:
        _kept.pop(merchant_id, None)
