"""`manage.py demo`: the whole of Doorstep on this machine, with pretend carriers and phones."""

import time

from django.core.management.base import BaseCommand, CommandError

from tracker.sample.stage import Stage, StageError
from tracker.sample.walk import Walk


class Command(BaseCommand):
    help = "Runs everything with sample shops and prints the links. Ctrl-C stops it. --check walks through it instead."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="walk through the demo unattended and exit")

    def handle(self, *, check, **options):
        self.stdout.write("Preparing two sample shops …")
        try:
            with Stage() as stage:
                if check:
                    self._walk(stage)
                else:
                    self._show(stage)
        except StageError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def _walk(self, stage):
        failed = Walk(stage, self.stdout.write).run()
        if failed:
            raise CommandError(f"{failed} steps did not happen. The logs lie in {stage.folder}.")

    def _show(self, stage):
        self.stdout.write(_links(stage))
        while not (name := stage.crashed()):
            time.sleep(1)
        raise StageError(f"{name} stopped by itself. Its log: {stage.log(name)}")


def _links(stage: Stage) -> str:
    parcels = {(parcel["shop"], parcel["part"]): parcel for parcel in stage.sample["parcels"]}
    moves, at_risk = parcels["kotiranta", "moves by callback"], parcels["kotiranta", "found at risk"]
    split, other = parcels["kotiranta", "half of an order"], parcels["radwerk", "moves by callback"]
    return f"""
Doorstep is running. Watch for half a minute: parcels move, one is found at risk, its e-mail and text arrive.

  A parcel that moves      {stage.url}{moves["page"]}
  One found at risk        {stage.url}{at_risk["page"]}
  An order in two parcels  {stage.url}{split["page"]}
  The other shop's         {stage.url}{other["page"]}
  Look-up                  {stage.url}/find/kotiranta/   (order {moves["order"]}, {moves["email"]})
  Admin                    {stage.url}/admin/   (kotiranta, radwerk or operator; password {stage.sample["password"]})
  Mailbox and phone        {stage.inbox_url}/
  Sandbox carrier          {stage.carrier_url}/

Ctrl-C stops everything.
"""
