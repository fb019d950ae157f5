"""What claiming due work costs with few shipments in the table, and with many.

    python -m benchmarks.claims [--database postgres://...] [--many 2000000]

Claims the parcels of one account for ten calls, again and again, with 10,000 and with 2,000,000 shipments of ten
merchants, by turns, so that whatever else the machine does falls on both. In each table 400 parcels of the account
are due, as after a tick; the rest is due later or never. What is measured is the database's work: the disk is not
waited for (a claim that a crash undoes is only made again).
"""

import argparse
import statistics
import time
from datetime import timedelta

from benchmarks.scratch import copied, database, turn_to

FEW, MANY = 10_000, 2_000_000
DUE, CALLS = 400, 10
SERIES_OF_CLAIMS, CLAIMS_IN_A_SERIES = 20, 20
MERCHANTS = 10

# A shipment's columns that differ from row to row, as SQL on `n`; all others are one shipment's, copied.
DIFFERENT = {
    "postgresql": {
        "token": "'benchmark-' || n",
        "tracking_number": "'N' || n",
        "merchant_id": f"1 + n %% {MERCHANTS}",
        "carrier": "(ARRAY['dhl-unified', 'ups', 'fedex'])[1 + n %% 3]",
        # One in seven is delivered and never asked for again; the others are due within two days.
        "next_poll_at": "CASE WHEN n %% 7 = 2 THEN NULL "
        "ELSE now() + interval '1 hour' + n %% 172800 * interval '1 s' END",
        "poll_urgent": "n %% 10 = 0",
    },
    "sqlite": {
        "token": "'benchmark-' || n",
        "tracking_number": "'N' || n",
        "merchant_id": f"1 + n %% {MERCHANTS}",
        "carrier": "CASE n %% 3 WHEN 0 THEN 'dhl-unified' WHEN 1 THEN 'ups' ELSE 'fedex' END",
        "next_poll_at": "CASE WHEN n %% 7 = 2 THEN NULL "
        "ELSE datetime('now', '+1 hour', '+' || (n %% 172800) || ' seconds') END",
        "poll_urgent": "n %% 10 = 0",
    },
}
NO_WAITING_FOR_THE_DISK = {
    "postgresql": "SET synchronous_commit TO off",
    "sqlite": "PRAGMA wal_autocheckpoint = 0",
}
SERIES = {
    "postgresql": "generate_series(%s, %s) AS series(n)",
    "sqlite": "(WITH RECURSIVE series(n) AS (SELECT %s UNION ALL SELECT n + 1 FROM series WHERE n < %s) "
    "SELECT n FROM series)",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="", help="postgres:// URL of a role that may create databases")
    parser.add_argument("--many", type=int, default=MANY)
    options = parser.parse_args()
    with database(options.database) as connection:
        account, shipment = _first_rows()
        few = connection.settings_dict["NAME"]
        _grow(connection, shipment, 1, FEW)
        with copied(connection, options.database) as many:
            turn_to(connection, many)
            _grow(connection, shipment, FEW + 1, options.many)
            took = {few: [], many: []}
            for name in SERIES_OF_CLAIMS * [few, many]:
                took[name] += _claims(connection, name, account)
            turn_to(connection, few)
        for rows, name in ((FEW, few), (options.many, many)):
            print(f"{connection.vendor}, {rows:>9,} shipments: a claim of {CALLS} calls {_ms(took[name])}")
        print(f"ratio of the medians: {statistics.median(took[many]) / statistics.median(took[few]):.2f}")


def _first_rows():
    from tests.builders import a_merchant, a_shipment, an_account, an_order

    merchants = [a_merchant() for _merchant in range(MERCHANTS)]
    account = an_account(merchants[0], "ups", calls_per_minute=1_000_000)
    return account, a_shipment(an_order(merchants[0]), carrier="ups", promised=False, next_poll_at=None)


def _grow(connection, shipment, first: int, last: int) -> None:
    """Copy the one shipment, with what differs, and let the database know the sizes of its tables."""
    table = shipment._meta.db_table
    columns = [field.column for field in shipment._meta.concrete_fields if not field.primary_key]
    values = [DIFFERENT[connection.vendor].get(column, f"original.{column}") for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "  # noqa: S608 - our own columns
            f"FROM {SERIES[connection.vendor]}, {table} AS original WHERE original.id = %s",
            [first, last, shipment.pk],
        )
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _claims(connection, name: str, account) -> list[float]:
    turn_to(connection, name)
    with connection.cursor() as cursor:
        cursor.execute(NO_WAITING_FOR_THE_DISK[connection.vendor])
    _claim(account)  # the first one opens files
    return [_claim(account) for _round in range(CLAIMS_IN_A_SERIES)]


def _claim(account) -> float:
    """Seconds that one claim takes, with as many parcels due as ever."""
    from django.utils import timezone

    from carriers.services import claim_batches
    from orders.models import Shipment

    now = timezone.now()
    rows = Shipment.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)
    due = rows.filter(next_poll_at__gt=now).values_list("pk", flat=True)[:DUE]
    Shipment.objects.filter(pk__in=list(due)).update(next_poll_at=now - timedelta(minutes=1))
    started = time.perf_counter()
    claimed = claim_batches(account, CALLS, now)
    took = time.perf_counter() - started
    if len(claimed) != CALLS:
        raise SystemExit(f"{len(claimed)} of {CALLS} calls were claimed: nothing was measured.")
    rows.filter(next_poll_at__lte=now + timedelta(minutes=10)).update(next_poll_at=now + timedelta(days=1))
    return took


def _ms(seconds: list[float]) -> str:
    ninetieth = statistics.quantiles(seconds, n=10)[-1]
    return f"{statistics.median(seconds) * 1000:.2f} ms (9 in 10 within {ninetieth * 1000:.2f})"


if __name__ == "__main__":
    main()
