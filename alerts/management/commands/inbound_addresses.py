"""`manage.py inbound_addresses`: where providers of texts are to post what shoppers answer."""

from django.conf import settings
from django.core.management.base import BaseCommand

from alerts.channels.sms.channel import Sms
from alerts.links import sms_inbound_link
from alerts.models import Sender


class Command(BaseCommand):
    help = "Prints the addresses for inbound texts: the platform's account's, and that of each shop with its own."

    def handle(self, **options):
        self.stdout.write(f"The platform, {settings.SMS_PROVIDER}: {sms_inbound_link(settings.SMS_PROVIDER)}")
        for own in Sender.objects.filter(channel=Sms.key).select_related("merchant").order_by("merchant__slug"):
            self.stdout.write(f"{own.merchant.slug}, {own.provider}: {sms_inbound_link(own.provider, own.merchant)}")
