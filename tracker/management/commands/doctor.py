"""`manage.py doctor`: what is wrong with this installation, and which variable to set."""

import socket
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Exists, OuterRef
from django.http.request import validate_host
from django.utils import timezone
from kombu import Connection

from alerts.models import Alert
from carriers.models import CallbackDelivery, CarrierAccount
from orders.models import Merchant, MerchantDomain, Shipment

# A worker that runs takes due work within seconds; after this long nobody does.
OVERDUE = timedelta(minutes=15)


class Command(BaseCommand):
    help = "Looks at settings, database, broker, mail server and the queues; exit 1 when something is wrong."
    requires_system_checks = []

    def handle(self, **options):
        wrong = 0
        for name, examine in EXAMINATIONS.items():
            try:
                trouble = examine()
            except Exception as error:  # a doctor reports, whatever is broken
                trouble = f"{type(error).__name__}: {error}"
            wrong += bool(trouble)
            self.stdout.write(f"{'wrong' if trouble else 'fine ':6} {name}{': ' + trouble if trouble else ''}")
        if wrong:
            raise CommandError(f"{wrong} of {len(EXAMINATIONS)} things want attention.")


def _settings() -> str:
    found = checks.run_checks()
    return "; ".join(f"{finding.msg} {finding.hint or ''}".strip() for finding in found)


def _database() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations have not run: manage.py migrate" if waiting else ""


def _broker() -> str:
    url = settings.CELERY_BROKER_URL
    if url.startswith("filesystem"):
        return ""
    with Connection(url, connect_timeout=5) as broker:
        try:
            broker.ensure_connection(max_retries=1, timeout=5)
        except Exception as error:
            return f"{urlsplit(url).hostname} does not answer ({error}). Start it, or set BROKER_URL."
    return ""


def _mail() -> str:
    options = settings.MAILERS["default"].get("OPTIONS", {})
    if "host" not in options:
        return ""
    try:
        socket.create_connection((options["host"], options["port"]), timeout=5).close()
    except OSError as error:
        return f"{options['host']}:{options['port']} does not answer ({error}). Set EMAIL_URL."
    return ""


def _worker() -> str:
    since = timezone.now() - OVERDUE
    queues = {
        "checks with carriers": Shipment.objects.filter(next_poll_at__lt=since, poll_error=""),
        "callbacks": CallbackDelivery.objects.filter(due_at__lt=since),
        "messages": Alert.objects.filter(due_at__lt=since),
    }
    late = [name for name, rows in queues.items() if rows.exists()]
    return f"overdue: {', '.join(late)}. Start a worker and beat (celery -A tracker.celery …)" if late else ""


def _accounts() -> str:
    refused = CarrierAccount.objects.filter(active=True, refused_at__isnull=False).select_related("merchant")
    return "; ".join(f"{account} of {account.merchant} was refused: {account.last_error}" for account in refused)


def _domains() -> str:
    hosts = MerchantDomain.objects.values_list("host", flat=True)
    unknown = [host for host in hosts if not validate_host(host, settings.ALLOWED_HOSTS)]
    return f"{', '.join(unknown)} would be refused. Add to ALLOWED_HOSTS." if unknown else ""


def _senders() -> str:
    written = Alert.objects.filter(merchant=OuterRef("pk"), channel="email", is_test=False)
    nowhere = list(Merchant.objects.filter(Exists(written), postal_address="").values_list("name", flat=True))
    advice = "write e-mails without a postal address at their foot. Fill it in on the shop's page in the admin."
    return f"{', '.join(nowhere)} {advice}" if nowhere else ""


EXAMINATIONS = {
    "settings": _settings,
    "database": _database,
    "broker": _broker,
    "mail server": _mail,
    "worker and beat": _worker,
    "carrier accounts": _accounts,
    "merchants' host names": _domains,
    "merchants' postal addresses": _senders,
}
