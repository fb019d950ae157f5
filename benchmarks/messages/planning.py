"""What it costs to plan messages and to write their words: messages a second of one core.

    python -m benchmarks.messages.planning [--changes 2000] [--database postgres://...]

Each change (a parcel out for delivery) is planned as a worker does it: judged from the database, written as e-mail and
as text, and stored. CPU time of this process; the database's own is not in it, and is waited for besides.
"""

import argparse
import time

from benchmarks.messages import parcels
from benchmarks.messages.faults import SERVER
from benchmarks.scratch import database

WARM_UP = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default=SERVER, help="postgres:// URL, or empty for SQLite")
    parser.add_argument("--changes", type=int, default=2000)
    options = parser.parse_args()
    with database(options.database) as connection:
        parcels.make(options.changes + WARM_UP)
        changes = [_report(pk) for pk in _parcels()]
        _plan(changes[:WARM_UP])
        messages, seconds, cpu = _plan(changes[WARM_UP:])
        each = f"{cpu / messages * 1000:.2f} ms of this core each, {seconds / messages * 1000:.2f} ms in all"
        print(
            f"{connection.vendor}: {messages:,} messages planned and written, {messages / cpu:.0f} per second of a core"
        )
        print(f"  {each}; {_queries(connection)} queries a change")


def _parcels():
    from orders.models import Shipment

    return Shipment.objects.order_by("id").values_list("pk", flat=True)


def _report(pk: int) -> int:
    from orders.events import TrackingUpdate
    from orders.models import Source
    from orders.services.record_events import record_events
    from orders.statuses import Status
    from tests.builders import a_scan

    changes = record_events(pk, TrackingUpdate("", (a_scan(Status.OUT_FOR_DELIVERY),)), source=Source.CALLBACK)
    return changes[0].pk


def _plan(changes: list[int]) -> tuple[int, float, float]:
    """How many messages were queued, and the seconds and the CPU seconds that it took."""
    from alerts import planning

    began, cpu = time.perf_counter(), time.process_time()
    queued = planning.plan_all(changes)
    return len(queued), time.perf_counter() - began, time.process_time() - cpu


def _queries(connection) -> int:
    """Of planning one more change."""
    from django.test.utils import CaptureQueriesContext

    from alerts import planning
    from orders.models import StatusChange

    change = StatusChange.objects.latest("id")
    change.alerts.all().delete()
    StatusChange.objects.filter(pk=change.pk).update(planned_at=None)
    with CaptureQueriesContext(connection) as captured:
        planning.plan(change.pk)
    return len(captured)


if __name__ == "__main__":
    main()
