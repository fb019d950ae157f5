from http import HTTPStatus

import pytest

from carriers.base import Carrier, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from carriers.reading.codes import by_code, fail, fail_by_problem, http_error, not_among
from orders.statuses import Status


def test_a_table_of_codes_is_looked_up_by_code():
    table = {Status.DELIVERED: "DL", Status.IN_TRANSIT: """AA\n    AR DP"""}
    assert by_code(table) == {
        "DL": Status.DELIVERED,
        "AA": Status.IN_TRANSIT,
        "AR": Status.IN_TRANSIT,
        "DP": Status.IN_TRANSIT,
    }


@pytest.mark.parametrize(("told", "status"), [("404", 404), ("503", 503), ("200", None), ("4041", None), ("", None)])
def test_only_an_error_of_http_is_one(told, status):
    assert http_error(told) == status


def test_an_error_is_one_even_under_http_200():
    with pytest.raises(UnreadablePayload, match=r"out of order \(E1\)"):
        fail(Carrier(), Reply(HTTPStatus.OK, b""), "out of order", "E1")


def test_an_error_that_says_nothing_says_so():
    with pytest.raises(CarrierUnavailable, match=r"an error without a message \(no code\)"):
        fail(Carrier(), Reply(HTTPStatus.BAD_GATEWAY, b""), "", "")
    with pytest.raises(CarrierUnavailable, match=r"an error without a message \(HTTP 502\)"):
        fail(Carrier(), Reply(HTTPStatus.BAD_GATEWAY, b""), "")


def test_what_an_error_stands_for_counts_more_than_the_http_status_it_came_in():
    with pytest.raises(NumberNotFound):
        fail(Carrier(), Reply(HTTPStatus.INTERNAL_SERVER_ERROR, b""), "unknown", "7", status=HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize(
    ("problem", "error", "words"),
    [
        ({"status": 401, "title": "Unauthorized", "detail": "no key"}, CarrierRefused, "Unauthorized: no key"),
        ({"status": "404", "title": "No result found"}, NumberNotFound, "No result found"),
        ({"title": "Oddly shaped"}, UnreadablePayload, "Oddly shaped"),
        ({"status": 503}, CarrierUnavailable, "a problem without a title"),
    ],
)
def test_a_problem_document_means_what_its_status_says(problem, error, words):
    with pytest.raises(error, match=words):
        fail_by_problem(Carrier(), Reply(HTTPStatus.OK, b""), problem)


def test_a_reply_about_others_says_how_many_and_which_number_is_missing():
    error = not_among(Carrier(), Reply(HTTPStatus.OK, b""), ["A1", "A2"], "B1")
    assert isinstance(error, NumberNotFound)
    assert "2 other numbers and not of B1" in str(error)
