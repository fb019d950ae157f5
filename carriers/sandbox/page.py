"""The page for people: the parcels that are played, and the newest calls and pushes."""

from pathlib import Path
from typing import TYPE_CHECKING

from django.template import Context, Engine

from carriers.sandbox.lives import Life, events_at, promise_at
from carriers.sandbox.wire import Answer

if TYPE_CHECKING:
    from carriers.sandbox.server import SandboxCarrier

SHOWN = 30
TEMPLATE = Engine(dirs=[Path(__file__).parent / "templates"]).get_template("sandbox_carrier.html")


def answer(sandbox: "SandboxCarrier") -> Answer:
    lives = [life for carrier in sandbox.formats for life in sandbox.lives(carrier)]
    html = TEMPLATE.render(
        Context(
            {
                "parcels": [_row(sandbox, life) for life in lives],
                "subscriptions": sandbox.pusher.subscriptions,
                "calls": list(sandbox.ledger.calls)[: -SHOWN - 1 : -1],
                "pushes": list(sandbox.ledger.pushes)[: -SHOWN - 1 : -1],
            },
            use_tz=False,  # each scan in the time of its own place
        )
    )
    return Answer(200, html.encode(), {"Content-Type": "text/html; charset=utf-8"})


def _row(sandbox: "SandboxCarrier", life: Life) -> dict:
    now = sandbox.clock()
    scans = events_at(life, now)
    return {
        "life": life,
        "scan": scans[-1] if scans else None,
        "happened": len(scans),
        "promise": promise_at(life, now),
    }
