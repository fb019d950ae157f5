"""Every message in every language by every channel, seen at its provider.

    python -m benchmarks.messages.arrivals [TRIGGER ...] [--show LANGUAGE ...]

Each trigger happens by a real door to one order a language and shop, and the sandbox's mail server, SMS gateway (by
Twilio's, Vonage's and Sinch's API), push service and a shop's own system take what is sent. A tick stands for a message
that came with the trigger's own words in that language; what did not come says why. Exit status 1 if anything did not.
"""

import argparse
import sys
from collections import defaultdict

from benchmarks.scratch import database

CHANNELS = ("email", "twilio", "vonage", "sinch", "push", "webhook")

# By trigger and what stood in the way: the channels and languages.
Missing = dict[tuple[str, str], list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("triggers", metavar="TRIGGER", nargs="*", help="only these; all of them by default")
    parser.add_argument(
        "--show", metavar="LANGUAGE", nargs="*", default=[], help="print every e-mail and text of these languages, too"
    )
    options = parser.parse_args()
    with database():
        from alerts.triggers import Trigger
        from benchmarks.messages.town import Town

        with Town() as town:
            missing = _tell_all(town, [Trigger(key) for key in options.triggers or Trigger], options.show)
            print(f"\nThe largest e-mail has {town.largest / 1000:.0f} kB.")
            print("Parts of a text: " + ", ".join(f"{key} {min(n)}–{max(n)}" for key, n in town.parts.items()))
    for (trigger, why), places in missing.items():
        print(f"{trigger}: {why} ({', '.join(places)})")
    sys.exit(bool(missing))


def _tell_all(town, triggers: list, shown: list[str]) -> Missing:
    """Print a line for each trigger; what did not come."""
    heads = [" ".join(town.languages)] * len(CHANNELS)
    print(" " * 22 + "  ".join(f"{channel:{len(head)}}" for channel, head in zip(CHANNELS, heads, strict=True)))
    print(" " * 22 + "  ".join(heads))
    missing = defaultdict(list)
    for trigger in triggers:
        came = town.tell(trigger, shown)
        cells = [" ".join("✗ " if came[channel, key] else "✓ " for key in town.languages) for channel in CHANNELS]
        print(f"{trigger:22}" + "  ".join(cells), flush=True)
        for (channel, language), why in came.items():
            if why:
                missing[trigger, why].append(f"{channel} {language}")
    return missing


if __name__ == "__main__":
    main()
