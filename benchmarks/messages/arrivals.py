"""Every message in every language by every channel, seen at its provider.

    python -m benchmarks.messages.arrivals [--show LANGUAGE]

Each trigger happens by a real door to one order a language and shop, and the sandbox's mail server, SMS gateway (by
Twilio's, Vonage's and Sinch's API), push service and a shop's own system take what is sent. A tick stands for a message
that came with the trigger's own words in that language; what did not come says why. Exit status 1 if anything did not.
"""

import argparse
import sys
from datetime import datetime, timedelta

from benchmarks.scratch import database

CHANNELS = ("email", "twilio", "vonage", "sinch", "push", "webhook")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", metavar="LANGUAGE", help="print every e-mail and text of this language, too")
    options = parser.parse_args()
    with database():
        from benchmarks.messages.town import Town

        with Town() as town:
            missing = _tell_all(town, options.show)
            print(f"\nThe largest e-mail has {town.largest / 1000:.0f} kB.")
            print("Parts of a text: " + ", ".join(f"{key} {min(n)}–{max(n)}" for key, n in town.parts.items()))
    for each in missing:
        print(each)
    sys.exit(bool(missing))


def _tell_all(town, shown: str | None) -> list[str]:
    """Print a line a trigger; what did not come."""
    from alerts.triggers import Trigger

    width = len(town.languages) * 2
    print(f"{'':22}" + " ".join(f"{channel:{width}}" for channel in CHANNELS))
    print(f"{'':22}" + " ".join(f"{''.join(town.languages):{width}}" for _channel in CHANNELS))
    missing = []
    for trigger in Trigger:
        came = town.tell(trigger, shown)
        cells = ["".join("✗ " if came[channel, key] else "✓ " for key in town.languages) for channel in CHANNELS]
        print(f"{trigger:22}" + " ".join(cells), flush=True)
        missing += [f"{trigger} by {channel} in {key}: {why}" for (channel, key), why in came.items() if why]
    return missing


if __name__ == "__main__":
    main()
