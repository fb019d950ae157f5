"""What learning from closed parcels costs, and how much of it is reading them.

    python -m benchmarks.learning [--database postgres://...] [--parcels 200000]

A shop's history is invented: parcels of three carriers through twelve hubs to sixty areas, four scans each before the
attempt, one of seven late. It is learned at once, and then in two runs, which must give the same model. The computing
of both processes is told beside the time it took: on a machine that does other things as well, only that stands still.
"""

import argparse
import os
from datetime import timedelta

from benchmarks.scratch import database

PARCELS = 200_000
# So many are told by hand; the others are copies of them, each some days later.
TOLD = 2_000
CARRIERS = ("dhl-unified", "ups", "postnord")
COUNTRIES = ("FI", "SE", "NO")
HUBS = tuple(f"Hub {number}" for number in range(12))
AREAS = 20
COPIED = ("orders.Shipment", "orders.Promise", "orders.TrackingEvent")
# A column of the copies, as SQL on the number of the copy and the column of the original.
LATER = {
    "postgresql": {"days": "{column} + n * interval '1 day'", "date": "{column} + n"},
    "sqlite": {
        "days": "date({column}, '+' || n || ' days') || substr({column}, 11)",
        "date": "date({column}, '+' || n || ' days')",
    },
}
SERIES = {
    "postgresql": "generate_series(1, %s) AS series(n)",
    "sqlite": "(WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s) "
    "SELECT n FROM series)",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="", help="postgres:// URL of a role that may create databases")
    parser.add_argument("--parcels", type=int, default=PARCELS)
    options = parser.parse_args()
    with database(options.database) as connection:
        _measure(connection, _shop(connection, options.parcels // TOLD))


def _measure(connection, shop) -> None:
    from django.utils import timezone

    from orders.services.learning import learn

    now, before = timezone.now() + timedelta(days=3650), os.times()
    whole = learn(shop, now)
    at_once, after = _learned(shop), os.times()
    learning = after.user + after.system - before.user - before.system
    reading = after.children_user + after.children_system - before.children_user - before.children_system
    middle = shop.shipments.order_by("outcome_at").values_list("outcome_at", flat=True)[whole.parcels // 2]
    learn(shop, middle, anew=True)
    rest = learn(shop, now)
    print(f"{connection.vendor}, {whole.parcels:,} closed parcels in {whole.seconds:.1f} s")
    million = 1e6 / whole.parcels
    print(f"for a million: {whole.seconds_per_million:.0f} s", end="; ")
    print(f"computing: {learning * million:.0f} s learning, {reading * million:.0f} s reading beside it")
    found = "the same" if _learned(shop) == at_once else "ANOTHER"
    print(f"the second half later: {rest.seconds:.1f} s, {found} model")


def _learned(shop):
    from orders.models import LearnedTransit

    return LearnedTransit.objects.values_list("model", "settled", "parcels", "late").get(merchant=shop)


def _shop(connection, times: int):
    """A shop with `times` as many closed parcels as are told."""
    from django.apps import apps
    from django.db import transaction

    from orders.models import Shipment
    from tests.builders import a_merchant
    from tests.orders.histories import a_history

    shop = a_merchant()
    parcels = a_history(shop, TOLD)
    for number, parcel in enumerate(parcels):
        _send_elsewhere(parcel, number)
    Shipment.objects.bulk_update(parcels, ["carrier", "destination_country", "destination_postcode"], batch_size=500)
    with transaction.atomic():  # parcels and their promises name each other
        for label in COPIED:
            _copy(connection, apps.get_model(label), times - 1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return shop


def _send_elsewhere(parcel, number: int) -> None:
    parcel.carrier = CARRIERS[number % 3]
    parcel.destination_country = COUNTRIES[number // 3 % 3]
    parcel.destination_postcode = f"{number % AREAS:02}100"
    parcel.events.filter(city="Hamburg").update(city=HUBS[number % len(HUBS)])


def _copy(connection, model, times: int) -> None:
    """The model's rows again, `times` times, each time a day later and among themselves as they were."""
    later, fields = LATER[connection.vendor], model._meta.concrete_fields
    values = [_value(field, later).format(column=f"original.{field.column}") for field in fields]
    table, columns = model._meta.db_table, ", ".join(field.column for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} "  # noqa: S608 - our own columns
            f"FROM {SERIES[connection.vendor]}, {table} AS original",
            [times],
        )


def _value(field, later) -> str:
    kind = field.get_internal_type()
    if field.primary_key or field.name in ("shipment", "promise"):
        return f"{{column}} + n * {TOLD * 10}"
    if field.unique or field.name == "tracking_number":
        return "{column} || '-' || n"
    return {"DateTimeField": later["days"], "DateField": later["date"]}.get(kind, "{column}")


if __name__ == "__main__":
    main()
