"""How long it takes from word of news to the message at its provider: measured live, from the messages themselves."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.channels import channel_choices
from alerts.models import Alert
from orders.tenancy import merchants_of

LATELY = timedelta(hours=24)
# The newest: more would say the same.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Latency:
    """Of the messages of one channel: half of them left within `median` seconds, 95 of 100 within `p95`."""

    channel: str
    count: int
    median: float
    p95: float


def latencies(user, now: datetime) -> list[Latency]:
    """Of this person's shops in the last 24 hours, without what waited for its hour, by channel.

    From when a carrier's callback stood at the door, or its answer to a poll was there, until the provider had taken
    the message.
    """
    waits = defaultdict(list)
    for key, sent_at, heard_at in _sent(user, now):
        waits[key].append((sent_at - heard_at).total_seconds())
    return [_latency(name, sorted(waits[key])) for key, name in channel_choices() if waits[key]]


def _sent(user, now: datetime):
    sent = Alert.objects.filter(merchant__in=merchants_of(user), sent_at__gte=now - LATELY, held="", is_test=False)
    told = sent.filter(change__heard_at__isnull=False).order_by("-sent_at")
    return told.values_list("channel", "sent_at", "change__heard_at")[:MOST]


def _latency(name: str, waits: list[float]) -> Latency:
    return Latency(name, len(waits), _quantile(waits, 0.5), _quantile(waits, 0.95))


def _quantile(waits: list[float], share: float) -> float:
    """The nearest rank: a wait that some message really had."""
    return waits[math.ceil(share * len(waits)) - 1]
