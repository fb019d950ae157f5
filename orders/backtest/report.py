"""What a backtest found, as data."""

import time
from collections.abc import Sequence
from dataclasses import replace

from orders.backtest.baselines import PROMISE_PASSED, RULES
from orders.backtest.metrics import Alerts, alerts, auc, brier, wilson
from orders.backtest.protocol import Journey
from orders.promise.alerting import NEVER
from orders.promise.calibration import calibration_error, calibration_noise
from orders.promise.model import RiskModel, Sweep
from orders.promise.trips import Row

# The goals of the design, beside the precisions every report has.
GOALS = {24.0: 0.8, 48.0: 0.72, 72.0: 0.73}
PRECISIONS = (0.5, 0.7, 0.8)
AIMS = [(lead, precision) for lead, goal in GOALS.items() for precision in sorted({goal, *PRECISIONS})]
NOMINAL, WINDOW = 0.8, 500
MILLION = 1_000_000
SPREAD = (0.5, 7.0, 13.0)


def measure(dataset: str, journeys: Sequence[Journey], moments: Sequence[str], seconds_per_million: float) -> dict:
    found = [_moment(journeys, moment) for moment in moments]
    late = sum(journey.trip.is_late for journey in journeys)
    return {
        "dataset": dataset,
        "shipments": len(journeys),
        "late_rate": _rounded(late / len(journeys)) if journeys else None,
        "alerts": [_aim(journeys, *aim) for aim in AIMS],
        "moments": found,
        "calibration_error_max": max((one["calibration_error"] for one in found if one["n"]), default=None),
        "interval": _interval(journeys),
        "baselines": _baselines(journeys, late),
        "seconds_per_million": _rounded(seconds_per_million),
    }


def _aim(journeys: Sequence[Journey], min_lead: float, precision: float) -> dict:
    aim = (min_lead, precision)
    result = alerts(journeys, min_lead, lambda journey, scored: journey.speaks(aim, scored))
    policy = journeys[-1].policies.get(aim) if journeys else None
    return {
        "min_lead_hours": min_lead,
        "target_precision": precision,
        "threshold": policy and _threshold(policy.last),
        "threshold_earlier": policy and _threshold(policy.middle),
        "threshold_with_ample_time": policy and _threshold(policy.ample),
        **_figures(result),
    }


def _threshold(value: float) -> float | None:
    return None if value == NEVER else _rounded(value)


def _figures(result: Alerts) -> dict:
    return {
        "precision": _rounded(result.precision),
        "precision_95": [_rounded(end) for end in wilson(result.caught, result.alerted)],
        "recall": _rounded(result.recall),
        "recall_95": [_rounded(end) for end in wilson(result.caught, result.late)],
        "median_lead_hours": _rounded(result.median_lead),
        "alerted": result.alerted,
    }


def _moment(journeys: Sequence[Journey], moment: str) -> dict:
    pairs = [(s.probability, j.trip.is_late) for j in journeys for s in j.scored if s.row.moment == moment]
    return {
        "moment": moment,
        "n": len(pairs),
        "base": _rounded(sum(is_late for _, is_late in pairs) / len(pairs)) if pairs else None,
        "auc": _rounded(auc(pairs)),
        "brier": _rounded(brier(pairs)),
        "calibration_error": _rounded(calibration_error(pairs)),
        "calibration_noise": _rounded(calibration_noise(pairs)),
    }


def _interval(journeys: Sequence[Journey]) -> dict:
    """Coverage over every moment of the shipments that arrived, in all and in windows of consecutive shipments."""
    arrived = [journey for journey in journeys if journey.trip.arrived]
    windows = [arrived[start : start + WINDOW] for start in range(0, len(arrived), WINDOW)]
    widths = sorted(scored.high - scored.low for journey in arrived for scored in journey.scored)
    return {
        "nominal": NOMINAL,
        "coverage": _rounded(_covered(arrived)),
        "width_hours": _rounded(widths[len(widths) // 2]) if widths else None,
        "coverage_by_window": [_rounded(_covered(window)) for window in windows],
        "shipments_by_window": [len(window) for window in windows],
    }


def _covered(journeys: Sequence[Journey]) -> float | None:
    hits = [s.low <= s.rest(journey.trip) <= s.high for journey in journeys for s in journey.scored]
    return sum(hits) / len(hits) if hits else None


def _baselines(journeys: Sequence[Journey], late: int) -> list[dict]:
    always = Alerts(late, late, late, (0.0,) * late)
    rows = [{"rule": PROMISE_PASSED, "min_lead_hours": 0.0, **_figures(always)}]
    for min_lead in GOALS:
        for rule, speaks in RULES.items():
            result = alerts(journeys, min_lead, lambda _, scored, s=speaks, lead=min_lead: s(scored, lead))
            rows.append({"rule": rule, "min_lead_hours": min_lead, **_figures(result)})
    return rows


def calibration_plot(journeys: Sequence[Journey], bins: int = 10) -> list[tuple[float, float, int]]:
    """(said, came true, rows) for each bin of probability, over every moment."""
    totals = [[0.0, 0, 0] for _ in range(bins)]
    for journey in journeys:
        for scored in journey.scored:
            total = totals[min(int(scored.probability * bins), bins - 1)]
            total[0], total[1], total[2] = total[0] + scored.probability, total[1] + journey.trip.is_late, total[2] + 1
    return [(said / rows, came / rows, rows) for said, came, rows in totals if rows]


def seconds_per_million(model: RiskModel, journeys: Sequence[Journey]) -> float:
    """One sweep over a million active shipments: those of the test, each seen at other hours every time.

    The sweep has seen the lanes before, as in a server that runs; rows are made outside the clock. The least of a few
    runs is the one other processes disturbed least.
    """
    rows = [scored.row for journey in journeys for scored in journey.scored]
    sweep = Sweep(model)
    for ahead in SPREAD:
        sweep.probabilities(_later(rows, ahead))
    spent = [_timed(sweep, _later(rows, ahead)) for ahead in SPREAD]
    return min(spent) / max(len(rows), 1) * MILLION


def _timed(sweep: Sweep, rows: list[Row]) -> float:
    started = time.process_time()
    sweep.probabilities(rows)
    return time.process_time() - started


def _later(rows: Sequence[Row], hours: float) -> list[Row]:
    return [replace(row, left=max(row.left - hours, 0.0), silence=row.silence + hours) for row in rows]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
