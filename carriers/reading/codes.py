"""A carrier's codes: tables of what they mean, and the errors they stand for."""

import re
from collections.abc import Mapping, Sized
from http import HTTPStatus

from carriers.base import Callback, Carrier, Reply
from carriers.errors import NumberNotFound
from carriers.reading import text

HTTP_ERROR = re.compile(r"[45]\d\d")


def by_code[Meaning](table: Mapping[Meaning, str]) -> dict[str, Meaning]:
    """{code: meaning} of {meaning: "CODE CODE ..."}."""
    return {code: meaning for meaning, codes in table.items() for code in codes.split()}


def http_error(told: str) -> int | None:
    """The HTTP status of an error that is told as text: "404"; None for anything else."""
    return int(told) if HTTP_ERROR.fullmatch(told) else None


def fail(carrier: Carrier, body: Reply | Callback, words: str, code: str | None = None, *, status: int | None = None):
    """Raise the error that the body tells of, in its words and code: it is one even under HTTP 200.

    `status` is the HTTP status that it stands for, None where nobody knows.
    """
    words = words or "an error without a message"
    message = words if code is None else f"{words} ({code or 'no code'})"
    carrier.fail(body, message, status=status or max(body.status, HTTPStatus.BAD_REQUEST))


def fail_by_problem(carrier: Carrier, body: Reply | Callback, problem: dict):
    """Raise what a problem document means (RFC 9457), whatever HTTP status it came in."""
    words = ": ".join(filter(None, (text(problem, "title"), text(problem, "detail"))))
    fail(carrier, body, words or "a problem without a title", status=http_error(text(problem, "status")))


def not_among(carrier: Carrier, reply: Reply, others: Sized, number: str) -> NumberNotFound:
    """The error of a reply that speaks of these parcels, and not of the one asked for."""
    message = f"the reply speaks of {len(others)} other numbers and not of {number}"
    return NumberNotFound(message, carrier=carrier.key, reply=reply)
