"""The control API under /_sandbox/: add parcels, order trouble, subscribe, push, and see what happened."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from carriers.sandbox.faults import Kind
from carriers.sandbox.lives import Life, Place, life_from_json
from carriers.sandbox.plots import PLOTS, Route
from carriers.sandbox.wire import Answer, Limit, Request
from orders.reasons import Reason

if TYPE_CHECKING:
    from carriers.sandbox.server import SandboxCarrier


def answer(sandbox: "SandboxCarrier", request: Request) -> Answer:
    """Do what a control call asks; 400 with a reason when it cannot be done."""
    action = ACTIONS.get((request.method, request.path))
    if action is None:
        known = ", ".join(f"{method} /_sandbox{path}" for method, path in ACTIONS)
        return _trouble(f"{request.method} /_sandbox{request.path} is no control call; there are {known}.", 404)
    try:
        return action(sandbox, json.loads(request.body or b"{}"))
    except KeyError as error:
        return _trouble(f"{request.path} needs {error.args[0]!r}.")
    except (ValueError, TypeError, AttributeError) as error:
        return _trouble(str(error))


def read_lives(data: Mapping | list) -> list[Life]:
    """Lives from JSON: one or a list, each told in full (`life_to_json`) or as {"plot": name, ...}."""
    return [_plotted(each) if "plot" in each else life_from_json(each) for each in _listed(data)]


def _plotted(data: Mapping) -> Life:
    """A ready-made life: {"plot", "carrier", "number", "origin", "destination", "started_at"?, "service"?, "pace"?,
    "with"?: the plot's own arguments}."""
    plot = PLOTS.get(data["plot"])
    if plot is None:
        raise ValueError(f"There is no plot {data['plot']!r}; there are {', '.join(PLOTS)}.")
    details = dict(data.get("with", {}))
    if "reason" in details:
        details["reason"] = Reason(details["reason"])
    route = Route(
        carrier=data["carrier"],
        number=data["number"],
        started_at=datetime.fromisoformat(data["started_at"]) if "started_at" in data else datetime.now(UTC),
        origin=Place(**data["origin"]),
        destination=Place(**data["destination"]),
        service=data.get("service", ""),
        pace=float(data.get("pace", 1)),
    )
    return plot(route, **details)


def _add_parcels(sandbox, data) -> Answer:
    lives = read_lives(data)
    sandbox.add(*lives)
    return Answer.json({"added": [life.number for life in lives]}, HTTPStatus.CREATED)


def _add_fault(sandbox, data) -> Answer:
    if data["kind"] not in list(Kind):
        raise ValueError(f"There is no fault {data['kind']!r}; there are {', '.join(Kind)}.")
    details = {name: data[name] for name in ("times", "seconds", "on") if name in data}
    sandbox.fault(data["carrier"], data["kind"], **details)
    return Answer.json({"ordered": data["kind"]}, HTTPStatus.CREATED)


def _clear_faults(sandbox, data) -> Answer:
    sandbox.faults.clear(data.get("carrier"))
    return Answer(HTTPStatus.NO_CONTENT)


def _set_limit(sandbox, data) -> Answer:
    """{"carrier", "calls", "seconds"}; the carrier's documented limit without `calls`; none with `calls` null."""
    carrier = data["carrier"]
    limit = sandbox.wire(carrier).documented_limit
    if "calls" in data:
        limit = Limit(int(data["calls"]), float(data.get("seconds", 60))) if data["calls"] is not None else None
    sandbox.rate_limits.limits[carrier] = limit
    told = {"calls": limit.calls, "seconds": limit.seconds} if limit else None
    return Answer.json({"carrier": carrier, "limit": told})


def _subscribe(sandbox, data) -> Answer:
    subscription = sandbox.subscribe(data["carrier"], data["url"], data["secret"], wait=float(data.get("wait", 5)))
    told = {"address": subscription.address, "state": subscription.state.value}
    return Answer.json(told, HTTPStatus.CREATED)


def _push(sandbox, data) -> Answer:
    life = sandbox.life(data["carrier"], data["number"])
    if life is None:
        return _trouble(f"No parcel {data['number']!r} of {data['carrier']!r} is played here.", HTTPStatus.NOT_FOUND)
    return Answer.json({"queued": sandbox.pusher.push_newest(life)}, HTTPStatus.ACCEPTED)


def _log(sandbox, data) -> Answer:
    return Answer.json(sandbox.ledger.as_json())


ACTIONS: dict[tuple[str, str], Callable[["SandboxCarrier", Mapping], Answer]] = {
    ("POST", "/parcels"): _add_parcels,
    ("POST", "/faults"): _add_fault,
    ("DELETE", "/faults"): _clear_faults,
    ("POST", "/limits"): _set_limit,
    ("POST", "/callbacks"): _subscribe,
    ("POST", "/push"): _push,
    ("GET", "/log"): _log,
}


def _listed(data: Mapping | list) -> list[Mapping]:
    listed = data if isinstance(data, list) else [data]
    if not all(isinstance(each, Mapping) for each in listed):
        raise ValueError("Parcels are JSON objects, one or a list of them.")
    return listed


def _trouble(text: str, status: int = HTTPStatus.BAD_REQUEST) -> Answer:
    return Answer.json({"error": text}, status)
