"""USAID supply-chain deliveries: scheduled and delivered days by country, mode and vendor; no scans.

A shipment is what left together under one delivery note. It sets out when its order was sent to the vendor, or NOTICE
before the scheduled day where that date was not captured. Midday stands for a day, so that the same day is on time.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from orders.promise.trips import Trip

NOTICE = timedelta(days=90)
HALF_DAY = 12.0
HOUR = timedelta(hours=1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def trips(lines: Iterable[dict[str, str]]) -> Iterator[Trip]:
    """One trip for each delivery note, country and pair of days."""
    seen = set()
    for line in lines:
        key = tuple(line[name] for name in KEY)
        if key not in seen:
            seen.add(key)
            yield _trip(" ".join(key), line)


KEY = ("asn/dn #", "country", "scheduled delivery date", "delivered to client date")


def _trip(key: str, line: dict[str, str]) -> Trip:
    scheduled, delivered = _day(line["scheduled delivery date"]), _day(line["delivered to client date"])
    sent = min(_day_or(line["po sent to vendor date"], scheduled - NOTICE), scheduled)
    delivered = max(delivered, sent)  # some orders were sent on paper after the goods
    mode, country = line["shipment mode"], line["country"]
    return Trip(
        key=key,
        lanes=(mode, f"{mode} to {country}", f"{mode} to {country} by {line['vendor']}"),
        promised=(scheduled - sent) / HOUR + HALF_DAY,
        took=(delivered - sent) / HOUR + HALF_DAY / 2,
        scans=(),
        opened=(sent - EPOCH) / HOUR,
        known=(delivered - EPOCH) / HOUR + 2 * HALF_DAY,
    )


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%d-%b-%y").replace(tzinfo=UTC)


def _day_or(text: str, otherwise: datetime) -> datetime:
    for form in ("%d-%b-%y", "%m/%d/%y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return otherwise
