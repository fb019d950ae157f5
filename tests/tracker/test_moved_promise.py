"""A moved promise on the page: the days of the ledger, whatever the zone, the hour and the language."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from orders.models import Customer, Merchant, Order, Promise, Promiser, Shipment
from orders.promise.risk import RiskState
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named
from tests.builders import a_scan, a_shipment, record, utc
from tracker.views.page import Page

HELSINKI, KIRITIMATI, PAGO_PAGO = "Europe/Helsinki", "Pacific/Kiritimati", "Pacific/Pago_Pago"
# Both sides of the date line, half and quarter hours, and midnights that a clock change skips or repeats.
ZONES = [
    *("UTC", HELSINKI, KIRITIMATI, PAGO_PAGO, "Pacific/Apia", "Pacific/Chatham", "America/New_York"),
    *("Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo", "America/Nuuk", "Asia/Beirut"),
]
zones, gaps = st.sampled_from(ZONES), st.integers(0, 40)
dates = st.dates(date(2020, 1, 1), date(2035, 6, 1))


def page_of(zone: str, *windows: PromisedWindow, now: datetime) -> Page:
    """A parcel's page after these promises, the shop's first and then the carrier's; nothing is stored."""
    shop = Merchant(name="Nordlicht", slug="nordlicht", time_zone="UTC")
    order = Order(merchant=shop, number="1001", customer=Customer(merchant=shop))
    parcel = Shipment(pk=1, merchant=shop, order=order, zone=zone, carrier="ups", status=Status.IN_TRANSIT)
    promisers, reasons = (Promiser.MERCHANT, Promiser.CARRIER), ("", Reason.MISSORTED)
    ledger = [
        Promise(source=source, earliest=window.earliest, latest=window.latest, zone=zone, reason=reason)
        for source, reason, window in zip(promisers, reasons, windows, strict=True)
    ]
    parcel.promise, parcel._prefetched_objects_cache = ledger[-1], {"promises": ledger}
    return Page(parcel, None, now)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def names(sentence: str, day: date) -> bool:
    """As English says it; spelt here without CLDR, to which no zone is told. Two days may share their month's name."""
    return bool(re.search(rf"{day:%a} {day.day}\b", sentence)) and f"{day:%b}" in sentence


@given(zones, dates, gaps, st.integers(1, 40), gaps, st.integers(-(30 * 24), 30 * 24))
@example(KIRITIMATI, date(2026, 12, 31), 0, 1, 1, 0)
@example(PAGO_PAGO, date(2026, 12, 31), 0, 1, 1, 0)
@example(HELSINKI, date(2026, 3, 27), 0, 2, 1, 24)
@example(HELSINKI, date(2026, 10, 23), 0, 2, 1, 24)
def test_was_and_now_are_the_days_of_the_ledger(zone, first, wide, later, wide_again, hours):
    was = PromisedWindow(first, first + timedelta(days=wide))
    now = PromisedWindow(was.latest + timedelta(days=later), was.latest + timedelta(days=later + wide_again))
    page = page_of(zone, was, now, now=noon(first) + timedelta(hours=hours))
    with translation.override("en"):
        before, after = page.change.replace(",", "").split(" now ")
    assert all(names(before, day) for day in was.days())
    assert all(names(after, day) for day in now.days())
    assert after.endswith("because the parcel was missorted.")


@given(zones, dates, st.integers(-(48 * 4), 48 * 4))
def test_a_promise_is_missed_once_its_last_day_is_over_where_the_parcel_goes(zone, day, quarters):
    window = PromisedWindow(day, day)
    now = noon(day) + timedelta(minutes=15 * quarters)
    page = page_of(zone, window, window, now=now)
    assert page.story.missed == (now.astimezone(zone_named(zone)).date() > day)


@given(zones, dates, st.integers(-(48 * 4), 48 * 4))
def test_the_year_stands_there_when_it_is_another_by_the_calendar_of_the_place(zone, day, quarters):
    now = noon(day) + timedelta(minutes=15 * quarters)
    page = page_of(zone, PromisedWindow(day, day), PromisedWindow(day, day), now=now)
    with translation.override("en"):
        names_the_year = str(day.year) in page.promised
    assert names_the_year == (now.astimezone(zone_named(zone)).year != day.year)


SENTENCES = {
    "en": "Was Fri 27 Mar, now Sun 29 Mar – Mon 30 Mar, because the parcel was missorted.",
    "fi": "Aiemmin pe 27. maaliskuuta, nyt su 29. – ma 30. maaliskuuta, koska paketti lajiteltiin väärin.",
    "ar": "كان الموعد: الجمعة، 27 مارس، وأصبح: الأحد، 29 – الاثنين، 30 مارس. السبب: فُرز الطرد إلى وجهة خاطئة.",
}


@pytest.mark.django_db
@pytest.mark.parametrize("zone", [HELSINKI, KIRITIMATI, PAGO_PAGO])
@pytest.mark.parametrize("language", SENTENCES)
def test_the_page_says_so_on_the_day_the_clocks_change_and_across_the_date_line(client, zone, language):
    with time_machine.travel(utc(2026, 3, 27, 9)):
        parcel = a_shipment(window=PromisedWindow(date(2026, 3, 27), date(2026, 3, 27)), zone=zone)
        missorted = a_scan(Status.EXCEPTION, reason=Reason.MISSORTED)
        record(parcel, missorted, window=PromisedWindow(date(2026, 3, 29), date(2026, 3, 30)))
    # An hour before the first promise would have been missed in the last place on earth, and the day the clocks change.
    for at in (utc(2026, 3, 28, 10), utc(2026, 3, 29, 1, 30)):
        with time_machine.travel(at):
            page = client.get(f"/t/{parcel.token}/", {"lang": language}).content.decode()
        assert SENTENCES[language] in page.replace("\u2009", " ")
    assert parcel.risk != RiskState.LATE
