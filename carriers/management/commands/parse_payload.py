"""`manage.py parse_payload`: what Doorstep reads from a carrier's payload. Needs neither account nor database."""

import json
import sys
from dataclasses import asdict
from datetime import UTC
from pathlib import Path

from django.core.management.base import BaseCommand

from carriers.base import Callback, Reply
from carriers.errors import CarrierError, CarrierMisconfigured
from carriers.registry import carrier_class
from orders.events import ParcelEvent, TrackingUpdate
from orders.headline import derive, in_time_order, merge
from orders.windows import PromisedWindow


class Command(BaseCommand):
    help = "Prints as JSON what Doorstep reads from a carrier's reply or callback kept in FILE."
    requires_system_checks = []  # an operator asks this when something else is broken

    def add_arguments(self, parser):
        parser.add_argument("carrier", help="the carrier's key, such as dhl-unified")
        parser.add_argument("file", type=Path, help="the body as it came")
        parser.add_argument("--number", default="", help="the number asked for; the payload's own unless given")
        parser.add_argument("--callback", action="store_true", help="FILE is a callback; its signature is not checked")
        parser.add_argument("--status", type=int, default=200, help="the HTTP status the reply came with")

    def handle(self, *, carrier, file, number, callback, status, **options):
        try:
            adapter = carrier_class(carrier)()
            body = file.read_bytes()
            updates = adapter.parse_callback(Callback(body)) if callback else adapter.parse(Reply(status, body), number)
        except OSError as error:
            self.fail(error, f"cannot read {str(file)!r}: {error.strerror}. FILE is the path of a body as it came.")
        except (CarrierError, CarrierMisconfigured) as error:
            self.fail(error, error)
        found = {"updates": [shown(update) for update in updates], "unmapped_codes": unmapped(adapter, updates)}
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))

    def fail(self, error, message):
        self.stderr.write(f"{type(error).__name__}: {message}")
        sys.exit(1)


def shown(update: TrackingUpdate) -> dict:
    headline = derive(update.events)
    return {
        "number": update.number,
        "status": headline.status.value,
        "reason": headline.reason and headline.reason.value,
        "window": update.window and _window(update.window),
        "events": [_event(event) for event in in_time_order(merge(update.events))],
    }


def unmapped(adapter, updates) -> list[str]:
    return sorted({code for update in updates for code in adapter.unmapped_codes(update)})


def _window(window: PromisedWindow) -> dict:
    return {
        "earliest": window.earliest.isoformat(),
        "latest": window.latest.isoformat(),
        "from_time": window.from_time and window.from_time.isoformat(),
        "to_time": window.to_time and window.to_time.isoformat(),
        "zone": window.zone,
    }


def _event(event: ParcelEvent) -> dict:
    return {
        "status": event.status.value,
        "reason": event.reason and event.reason.value,
        "occurred_at": event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "code": event.code,
        "description": event.description,
        "location": asdict(event.location),
    }
