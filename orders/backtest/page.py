"""The report as one HTML page: tables and drawings in SVG, without script, so that it can be mailed and kept."""

from collections.abc import Iterable, Sequence
from html import escape

SIDE, EDGE = 320, 40
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2530 }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #d5dbe3; text-align: end } th:first-child { text-align: start }
td:first-child { text-align: start } caption { text-align: start; font-weight: 600 } svg { max-width: 100% }
.drawings { display: flex; flex-wrap: wrap; gap: 2rem } text { font-size: 12px; fill: #45505f }
"""


def page(found: dict, calibration: Sequence[tuple[float, float, int]]) -> str:
    title = f"Backtest of {escape(found['dataset'])}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{found['shipments']} shipments, {_shown(found['late_rate'])} of them late. Every figure is from moments "
        "scored with what was known by then.</p>"
        f'<div class="drawings">{reliability(calibration)}{trade(found)}{coverage(found["interval"])}</div>'
        f"{table('Alerts', found['alerts'])}{table('Moments of the way', found['moments'])}"
        f"{table('Rules without a model', found['baselines'])}{table('Interval', [found['interval']])}"
        "</body></html>"
    )


def table(caption: str, rows: Sequence[dict]) -> str:
    if not rows:
        return ""
    heads = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in rows[0])
    lines = "".join("<tr>" + "".join(f"<td>{_shown(value)}</td>" for value in row.values()) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><tr>{heads}</tr>{lines}</table>"


def reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """Said against came true: on the diagonal, 70 % means 70 %."""
    points = [(said, came) for said, came, _ in bins]
    return _square("Said and came true", "probability said", "share late", _line([(0, 0), (1, 1)], "#b8c0cc"), points)


def trade(found: dict) -> str:
    """Recall against precision of each alert policy, with the rules without a model beside them."""
    rules = [(row["precision"], row["recall"]) for row in found["baselines"] if row["min_lead_hours"]]
    ours = [(row["precision"], row["recall"]) for row in found["alerts"]]
    return _square("Alerts: ours filled, rules hollow", "precision", "recall", _dots(rules, "none"), ours)


def coverage(interval: dict) -> str:
    shares = [share for share in interval["coverage_by_window"] if share is not None]
    points = [((place + 0.5) / len(shares), share) for place, share in enumerate(shares)]
    nominal = _line([(0, interval["nominal"]), (1, interval["nominal"])], "#b8c0cc")
    return _square("Interval coverage by window", "shipments in order", "covered", nominal, points)


def _square(title: str, across: str, up: str, behind: str, points: Iterable[tuple]) -> str:
    end = SIDE - EDGE
    ticks = "".join(
        f'<text x="{_x(t):.0f}" y="{end + 16}" text-anchor="middle">{t:g}</text>'
        f'<text x="{EDGE - 6}" y="{_y(t) + 4:.0f}" text-anchor="end">{t:g}</text>'
        for t in (0, 0.5, 1)
    )
    return (
        f'<svg viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" role="img" aria-label="{escape(title)}">'
        f'<text x="{EDGE}" y="20">{escape(title)}</text>'
        f'<rect x="{EDGE}" y="{EDGE}" width="{end - EDGE}" height="{end - EDGE}" fill="none" stroke="#d5dbe3"/>{ticks}'
        f'<text x="{SIDE / 2}" y="{SIDE - 8}" text-anchor="middle">{escape(across)}</text>'
        f'<text transform="translate(12 {SIDE / 2}) rotate(-90)" text-anchor="middle">{escape(up)}</text>'
        f"{behind}{_dots(points, '#1f5fbf')}</svg>"
    )


def _dots(points: Iterable[tuple], fill: str) -> str:
    known = [(x, y) for x, y in points if x is not None and y is not None]
    return "".join(
        f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="4" fill="{fill}" stroke="#1f5fbf"/>' for x, y in known
    )


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-dasharray="4 4"/>'


def _x(share: float) -> float:
    return EDGE + share * (SIDE - 2 * EDGE)


def _y(share: float) -> float:
    return SIDE - EDGE - share * (SIDE - 2 * EDGE)


def _shown(value) -> str:
    if isinstance(value, list):
        return " – ".join(map(_shown, value)) if len(value) == 2 else ", ".join(map(_shown, value))
    if value is None:
        return "–"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else escape(str(value))
