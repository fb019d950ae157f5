"""The figures the project states of itself. `make figures`"""

import ast
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("tracker", "orders", "carriers", "offers", "alerts")
CORPUS = ROOT.parent / "shared" / "corpus"


def main() -> None:
    """Print each figure under its heading."""
    for print_figure in (lines_by_app, function_lengths, corpus_verdicts, tracking_page):
        print(f"\n{print_figure.__doc__}")
        print_figure()


def lines_by_app() -> None:
    """Lines of Python by app, without migrations and blank lines"""
    for app in (*APPS, "tests"):
        lines = sum(_lines(path) for path in _python(app))
        print(f"  {app:10} {lines:6}")


def function_lengths() -> None:
    """Lengths of functions in lines, docstrings included, tests and migrations left out"""
    lengths = sorted(length for app in APPS for path in _python(app) for length in _functions(path))
    ninetieth = lengths[int(len(lengths) * 0.9)]
    print(f"  {len(lengths)} functions: median {statistics.median(lengths):.0f}, 90th percentile {ninetieth}")


def corpus_verdicts() -> None:
    """Files of ../shared/corpus parsed, by carrier and verdict (manage.py parse_corpus)"""
    if not CORPUS.is_dir():
        print("  ../shared/corpus is not here")
        return
    environment = {**os.environ, "SANDBOX": "1"}
    command = [sys.executable, "manage.py", "parse_corpus", str(CORPUS)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own manage.py


def tracking_page() -> None:
    """Queries and milliseconds of one tracking page (SQLite in memory, one process, median of 200)"""
    os.environ["DATABASE_URL"] = "sqlite://:memory:"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment
    from django.urls import reverse

    setup_test_environment()
    call_command("migrate", verbosity=0)
    from orders.statuses import Status
    from tests.builders import a_scan, a_shipment, record

    shipment = a_shipment()
    record(shipment, *(a_scan(Status.IN_TRANSIT, city=f"Town {number}") for number in range(10)))
    client, url = Client(), reverse("track", args=[shipment.token])
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(url)
    print(f"  {len(queries)} queries, {len(page.content)} bytes of HTML, {_median_ms(lambda: client.get(url)):.1f} ms")


def _median_ms(call, times=200) -> float:
    took = []
    for _round in range(times):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    return statistics.median(took) * 1000


def _python(folder: str) -> list[Path]:
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts]


def _lines(path: Path) -> int:
    return sum(bool(line.strip()) for line in path.read_text().splitlines())


def _functions(path: Path) -> list[int]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(path.read_text())
    return [node.end_lineno - node.lineno + 1 for node in ast.walk(tree) if isinstance(node, kinds)]


if __name__ == "__main__":
    main()
