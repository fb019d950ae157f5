from django.core.management.base import BaseCommand

from alerts.channels.push import new_private_key


class Command(BaseCommand):
    help = "Makes the key that web push is signed with, as a line for the environment. Keep it: browsers know us by it."

    def handle(self, **options):
        self.stdout.write(f"VAPID_PRIVATE_KEY={new_private_key()}")
