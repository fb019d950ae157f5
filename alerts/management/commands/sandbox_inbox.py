"""`manage.py sandbox_inbox`: the pretend mailbox and phones, for the demo."""

import contextlib
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from alerts.channels.sms import PROVIDERS
from alerts.links import sms_inbound_link
from orders.models import Merchant


class Command(BaseCommand):
    help = "Takes e-mail by SMTP and text messages by every provider's API, and shows them. Only where SANDBOX is set."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--http-port", type=int, default=8902)
        parser.add_argument("--smtp-port", type=int, default=8925)
        parser.add_argument("--shop", default="", help="slug of the shop that replies from the phones go to, as STOP")

    def handle(self, *, host, http_port, smtp_port, shop, **options):
        if not settings.SANDBOX:
            raise CommandError("SANDBOX is not set: a pretend inbox has no place in production. Set SANDBOX=true.")
        with _inbox(host, http_port, smtp_port, _inbound_urls(shop)) as inbox:
            self.stdout.write(f"Sandbox inbox at {inbox.url}, SMTP on {host}:{inbox.smtp_port}. Ctrl-C stops it.")
            self.stdout.flush()  # a supervisor may be waiting for this line
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()


def _inbound_urls(slug):
    merchant = Merchant(slug=slug)
    return {key: sms_inbound_link(key, merchant) for key in PROVIDERS} if slug else {}


def _inbox(host, http_port, smtp_port, inbound_urls):
    # Needs aiosmtpd, which production does not install.
    from alerts.sandbox.inbox import SandboxInbox

    try:
        return SandboxInbox(http_port, smtp_port, host=host, inbound_urls=inbound_urls)
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {host}, ports {http_port} and {smtp_port}: {error}. "
            "Is another one running? Try --http-port and --smtp-port."
        ) from error
