"""Replies parsed by karrio, as a process that is told what to do: run by `benchmarks.parse` in karrio's environment.

Reads lines of "connector<TAB>file<TAB>seconds" and answers each with "parcels<TAB>events<TAB>replies a second", or
with zeros where karrio gives no parcel with events. Only decoding and normalising is timed: no request is made.
"""

import importlib
import logging
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import attr
import karrio.core.utils as utils
import karrio.lib as lib
import karrio.sdk as karrio
from karrio.core.models import TrackingRequest

CURRENT = [""]  # the body that every request is answered with
REQUESTS = [lib.request, utils.request]
KEYS = ("track_api_key", "track_secret_key", "api_key", "secret_key", "account_number")


def answer(*_args, **_options):
    return CURRENT[0]


def gateway(connector):
    settings = importlib.import_module(f"karrio.mappers.{connector}.settings").Settings
    needed = {field.name: "x" for field in attr.fields(settings) if field.default is attr.NOTHING}
    given = {field.name: "x" for field in attr.fields(settings) if field.name in KEYS}
    return karrio.gateway[connector].create(needed | given)


def response(connector, told, body):
    """What the connector's proxy hands to its parser when the carrier answers this body."""
    asked = TrackingRequest(tracking_numbers=["1"], options={"1": {"carrier": "x"}})
    proxy_module = sys.modules[type(told.proxy).__module__]
    for module in (lib, proxy_module):
        for name in [name for name, value in vars(module).items() if value in REQUESTS]:
            setattr(module, name, answer)
    CURRENT[0] = body
    type(told.settings).access_token = property(lambda _settings: "x")
    told.proxy.authenticate = lambda *_args, **_options: lib.Deserializable("x")
    told.proxy.get_token = lambda *_args, **_options: "x"
    return told.proxy.get_tracking(told.mapper.create_tracking_request(asked))


def measured(connector, path, seconds):
    told = gateway(connector)
    reply = response(connector, told, Path(path).read_text())
    parse = told.mapper.parse_tracking_response
    parcels = [parcel for parcel in parse(reply)[0] if parcel.events]
    if not parcels:
        return "0\t0\t0"
    times, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        parse(reply)
        times += 1
    return f"{len(parcels)}\t{sum(len(parcel.events) for parcel in parcels)}\t{times / passed:.1f}"


def main():
    logging.disable(logging.CRITICAL)
    answers = sys.stdout
    for line in sys.stdin:
        connector, path, seconds = line.rstrip("\n").split("\t")
        with redirect_stdout(sys.stderr):
            try:
                found = measured(connector, path, float(seconds))
            except Exception as error:  # a reply that it cannot read is no measure of its speed
                print(connector, path, repr(error), file=sys.stderr)
                found = "0\t0\t0"
        print(found, file=answers, flush=True)


if __name__ == "__main__":
    main()
