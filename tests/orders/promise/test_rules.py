"""Promises made by rules: cut-offs, handling, both calendars, and dates that stay local whatever the zones."""

import os
import time as clock
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone, translation
from hypothesis import example, given
from hypothesis import strategies as st

from orders.promise.calendar import WorkingDays, is_holiday
from orders.promise.explanation import sentences
from orders.promise.rules import Delivery, Rule, What, plan_for, usual_plan
from orders.windows import PromisedWindow, zone_named
from tests.builders import utc

HELSINKI, NEW_YORK = "Europe/Helsinki", "America/New_York"
KIRITIMATI, NIUE = "Pacific/Kiritimati", "Pacific/Niue"
APIA, PAGO_PAGO = "Pacific/Apia", "Pacific/Pago_Pago"
# Half and quarter hours, both sides of the date line, midnights that a clock change skips or repeats.
ZONES = [
    *("UTC", HELSINKI, NEW_YORK, KIRITIMATI, NIUE, APIA, PAGO_PAGO),
    *("Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo", "America/Nuuk", "Asia/Beirut", "Pacific/Chatham"),
]
COUNTRIES = ["", "FI", "US", "DE", "DE-BY", "ES-CT", "WS", "NZ", "AE", "JP", "ZZ"]

NEXT_DAY = Rule(zone=HELSINKI, origin="FI", cut_off=time(14))


def local(zone, *parts) -> datetime:
    return datetime(*parts, tzinfo=zone_named(zone))


def days(window):
    return window.earliest, window.latest


def told(plan, *wanted):
    return [(step.what, step.day.day) for step in plan.steps if step.what in wanted]


class TestCutOff:
    def test_an_order_before_it_leaves_the_same_day(self):
        plan = plan_for(NEXT_DAY, local(HELSINKI, 2026, 11, 23, 13, 59), HELSINKI, "FI")
        assert days(plan.window) == (date(2026, 11, 24), date(2026, 11, 24))

    def test_an_order_at_the_cut_off_itself_leaves_the_next_day(self):
        plan = plan_for(NEXT_DAY, local(HELSINKI, 2026, 11, 23, 14), HELSINKI, "FI")
        assert days(plan.window) == (date(2026, 11, 25), date(2026, 11, 25))
        assert told(plan, What.AFTER_CUT_OFF, What.HANDED_OVER) == [(What.AFTER_CUT_OFF, 23), (What.HANDED_OVER, 24)]

    def test_it_strikes_by_the_warehouses_clock(self):
        # 13:30 in Helsinki is 06:30 in New York; 14:30 is an hour later there and too late all the same.
        in_time, too_late = local(NEW_YORK, 2026, 11, 23, 6, 30), local(NEW_YORK, 2026, 11, 23, 7, 30)
        assert plan_for(NEXT_DAY, in_time, NEW_YORK).window.latest == date(2026, 11, 24)
        assert plan_for(NEXT_DAY, too_late, NEW_YORK).window.latest == date(2026, 11, 25)

    def test_after_it_on_a_friday_means_monday(self):
        plan = plan_for(NEXT_DAY, local(HELSINKI, 2026, 11, 20, 15), HELSINKI, "FI")
        assert days(plan.window) == (date(2026, 11, 24), date(2026, 11, 24))
        assert told(plan, What.WAREHOUSE_CLOSED) == [(What.WAREHOUSE_CLOSED, 21), (What.WAREHOUSE_CLOSED, 22)]

    def test_on_a_sunday_it_does_not_matter(self):
        early, late = (plan_for(NEXT_DAY, local(HELSINKI, 2026, 11, 22, hour), HELSINKI, "FI") for hour in (9, 20))
        assert early == late
        assert not told(late, What.AFTER_CUT_OFF)

    def test_without_one_the_whole_day_counts(self):
        plan = plan_for(Rule(zone=HELSINKI), local(HELSINKI, 2026, 11, 23, 23, 59), HELSINKI)
        assert told(plan, What.HANDED_OVER) == [(What.HANDED_OVER, 23)]

    def test_it_strikes_once_when_the_clocks_go_back(self):
        # 03:30 comes twice on 25 October 2026 in Helsinki, and the cut-off is at the first.
        rule = Rule(zone=HELSINKI, cut_off=time(3, 30), warehouse_weekdays=frozenset(range(7)))
        second = local(HELSINKI, 2026, 10, 25, 3, 10).replace(fold=1)
        assert told(plan_for(rule, second, HELSINKI), What.AFTER_CUT_OFF)

    def test_one_that_the_clock_skips_still_strikes(self):
        rule = Rule(zone=HELSINKI, cut_off=time(3, 30), warehouse_weekdays=frozenset(range(7)))
        before, after = local(HELSINKI, 2026, 3, 29, 2, 59), local(HELSINKI, 2026, 3, 29, 4, 30)
        assert not told(plan_for(rule, before, HELSINKI), What.AFTER_CUT_OFF)
        assert told(plan_for(rule, after, HELSINKI), What.AFTER_CUT_OFF)


class TestDaysThatDoNotCount:
    def test_handling_days_are_the_warehouses_and_transit_days_the_carriers(self):
        rule = Rule(zone=HELSINKI, handling_days=2, transit_max=3, carrier_weekdays=frozenset(range(6)))
        plan = plan_for(rule, local(HELSINKI, 2026, 11, 19, 9), HELSINKI)
        # Thursday, handled Friday and Monday, then Tuesday to Thursday.
        assert told(plan, What.HANDED_OVER) == [(What.HANDED_OVER, 23)]
        assert days(plan.window) == (date(2026, 11, 24), date(2026, 11, 26))

    def test_a_carrier_that_delivers_on_saturdays_is_there_on_saturday(self):
        rule = Rule(zone=HELSINKI, carrier_weekdays=frozenset(range(6)))
        plan = plan_for(rule, local(HELSINKI, 2026, 11, 20, 9), HELSINKI)
        assert plan.window.latest == date(2026, 11, 21)

    def test_a_warehouse_that_works_on_sundays_waits_for_the_carrier(self):
        rule = Rule(zone=HELSINKI, warehouse_weekdays=frozenset(range(7)))
        plan = plan_for(rule, local(HELSINKI, 2026, 11, 22, 9), HELSINKI)
        assert told(plan, What.NOT_COLLECTED, What.HANDED_OVER) == [(What.NOT_COLLECTED, 22), (What.HANDED_OVER, 23)]

    def test_a_holiday_at_the_origin_keeps_the_warehouse_closed(self):
        # Thanksgiving, 26 November 2026: nothing leaves the United States.
        rule = Rule(zone=NEW_YORK, origin="US")
        plan = plan_for(rule, local(NEW_YORK, 2026, 11, 26, 9), HELSINKI, "FI")
        assert (plan.steps[1].what, plan.steps[1].holiday_of) == (What.WAREHOUSE_CLOSED, "US")
        assert days(plan.window) == (date(2026, 11, 30), date(2026, 11, 30))

    def test_a_holiday_at_the_destination_is_no_transit_day(self):
        # Finland's independence day, a Monday in 2027.
        rule = Rule(zone="Europe/Berlin", origin="DE")
        plan = plan_for(rule, local("Europe/Berlin", 2027, 12, 3, 9), HELSINKI, "FI")
        assert days(plan.window) == (date(2027, 12, 7), date(2027, 12, 7))
        assert told(plan, What.NO_TRANSIT) == [(What.NO_TRANSIT, 4), (What.NO_TRANSIT, 5), (What.NO_TRANSIT, 6)]
        assert plan.steps[-3].holiday_of == "FI"


class TestDateLine:
    def test_handed_over_on_monday_in_apia_is_sunday_in_pago_pago(self):
        rule = Rule(zone=APIA, origin="WS", carrier_weekdays=frozenset(range(7)))
        plan = plan_for(rule, local(APIA, 2026, 11, 23, 9), PAGO_PAGO, "AS")
        assert told(plan, What.HANDED_OVER) == [(What.HANDED_OVER, 23)]
        assert plan.window == PromisedWindow(date(2026, 11, 23), date(2026, 11, 23), zone=PAGO_PAGO)

    def test_handed_over_on_monday_on_niue_is_tuesday_on_kiritimati(self):
        plan = plan_for(Rule(zone=NIUE), local(NIUE, 2026, 11, 23, 9), KIRITIMATI)
        assert plan.window == PromisedWindow(date(2026, 11, 25), date(2026, 11, 25), zone=KIRITIMATI)

    def test_a_neighbours_earlier_clock_does_not_move_the_date(self):
        plan = plan_for(Rule(zone=HELSINKI), local(HELSINKI, 2026, 11, 23, 9), "Europe/London")
        assert plan.window.latest == date(2026, 11, 24)

    def test_the_day_that_samoa_left_out_is_not_promised(self):
        # 30 December 2011 was never on Samoa, but it was on a Friday everywhere else.
        plan = plan_for(Rule(zone=APIA), local(APIA, 2011, 12, 29, 9), APIA)
        assert plan.window.ends_at(APIA) >= utc(2011, 12, 30, 10)


class TestUsualDays:
    def test_they_are_working_days_of_the_destination_after_its_day_of_the_order(self):
        # 23:30 in London on Monday is Tuesday in Helsinki.
        plan = usual_plan(1, 2, utc(2026, 3, 2, 23, 30), HELSINKI)
        assert plan.window == PromisedWindow(date(2026, 3, 4), date(2026, 3, 5), zone=HELSINKI)

    def test_weekends_and_holidays_do_not_count(self):
        plan = usual_plan(1, 2, local(HELSINKI, 2027, 12, 3, 9), HELSINKI, "FI")
        assert days(plan.window) == (date(2027, 12, 7), date(2027, 12, 8))


class TestWhichRule:
    PARCEL = Delivery(zone=HELSINKI, country="FI", postcode="99800", carrier="ups", service="Express")

    @pytest.mark.parametrize(
        ("conditions", "suits"),
        [
            ({}, True),
            ({"country": "FI"}, True),
            ({"country": "SE"}, False),
            ({"country": "FI", "postcode_prefix": "99"}, True),
            ({"country": "FI", "postcode_prefix": "00"}, False),
            ({"carrier": "ups", "service": "express"}, True),
            ({"carrier": "fedex"}, False),
            ({"service": "Economy"}, False),
        ],
    )
    def test_a_rule_suits_where_all_it_names_is_so(self, conditions, suits):
        assert Rule(zone=HELSINKI, **conditions).suits(self.PARCEL) is suits

    def test_what_nobody_said_suits_no_rule_that_asks_for_it(self):
        assert not Rule(zone=HELSINKI, carrier="ups").suits(Delivery(zone=HELSINKI))

    def test_the_place_goes_before_the_carrier_and_the_carrier_before_the_service(self):
        kinds = [
            {},
            {"service": "Express"},
            {"carrier": "ups"},
            {"carrier": "ups", "service": "Express"},
            {"country": "FI"},
            {"country": "FI", "carrier": "ups", "service": "Express"},
            {"country": "FI", "postcode_prefix": "9"},
            {"country": "FI", "postcode_prefix": "998"},
        ]
        ranks = [Rule(zone=HELSINKI, **conditions).specificity for conditions in kinds]
        assert ranks == sorted(set(ranks))


class TestExplanation:
    def test_each_step_is_a_sentence(self):
        rule = Rule(zone=HELSINKI, origin="FI", cut_off=time(14), transit_max=2)
        plan = plan_for(rule, local(HELSINKI, 2027, 12, 2, 15), HELSINKI, "FI")
        assert sentences(plan, today=date(2027, 12, 2)) == [
            "Ordered on Thu 2 Dec.",
            "The cut-off of Thu 2 Dec had passed: it counts from the next working day.",
            "Handed over on Fri 3 Dec.",
            "Sat 4 Dec: no working day for the delivery.",
            "Sun 5 Dec: no working day for the delivery.",
            "Mon 6 Dec: no working day for the delivery, for it is Independence Day (FI).",
            "There on Tue 7 Dec at the earliest.",
            "There on Wed 8 Dec at the latest.",
        ]

    def test_every_step_has_its_words(self):
        rule = Rule(zone=HELSINKI, warehouse_weekdays=frozenset({6}), carrier_weekdays=frozenset({1}), handling_days=1)
        plan = plan_for(rule, local(HELSINKI, 2026, 11, 23, 9), HELSINKI)
        with translation.override("en"):
            assert "Sun 6 Dec: the carrier does not collect." in sentences(plan, today=date(2026, 11, 23))


# For all zones and calendars

instants = st.datetimes(datetime(2019, 1, 1), datetime(2033, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)
weekdays = st.frozensets(st.integers(0, 6), min_size=1)


@st.composite
def rules(draw):
    shortest = draw(st.integers(0, 5))
    return Rule(
        zone=draw(zones),
        origin=draw(st.sampled_from(COUNTRIES)),
        cut_off=draw(st.none() | st.times()),
        handling_days=draw(st.integers(0, 5)),
        transit_min=shortest,
        transit_max=shortest + draw(st.integers(0, 4)),
        warehouse_weekdays=draw(weekdays),
        carrier_weekdays=draw(weekdays),
    )


@given(rules(), instants, zones, st.sampled_from(COUNTRIES))
def test_both_ends_of_a_promise_are_days_on_which_the_carrier_works_there(rule, at, zone, country):
    window = plan_for(rule, at, zone, country).window
    for day in days(window):
        assert day.weekday() in rule.carrier_weekdays
        assert not is_holiday(day, country)
        assert not is_holiday(day, rule.origin)


@given(rules(), instants, zones, st.sampled_from(COUNTRIES))
def test_the_transit_days_lie_between_the_hand_over_and_the_promise(rule, at, zone, country):
    """Counted anew, day by day, and every day that was left out is explained."""
    plan = plan_for(rule, at, zone, country)
    working = WorkingDays(rule.carrier_weekdays, (rule.origin, country))
    explained = {step.day for step in plan.steps if step.what is What.NO_TRANSIT}
    between = [plan.window.earliest + timedelta(n) for n in range(1, (plan.window.latest - plan.window.earliest).days)]
    assert all((working.closed(day) is not None) == (day in explained) for day in between)
    counted = sum(working.closed(day) is None for day in [*between, plan.window.latest])
    assert counted - (plan.window.latest == plan.window.earliest) == rule.transit_max - rule.transit_min


@given(rules(), instants, zones, st.sampled_from(COUNTRIES))
def test_nothing_is_promised_before_it_was_ordered(rule, at, zone, country):
    plan = plan_for(rule, at, zone, country)
    ordered_on = at.astimezone(zone_named(zone)).date()
    handed_over_on = next(step.day for step in plan.steps if step.what is What.HANDED_OVER)
    assert plan.window.earliest >= ordered_on
    assert handed_over_on >= at.astimezone(zone_named(rule.zone)).date()
    # The two calendars are at most a day apart.
    assert plan.window.earliest >= handed_over_on - timedelta(days=1) + timedelta(days=rule.transit_min)


@given(rules(), instants, st.timedeltas(timedelta(0), timedelta(days=4)), zones, st.sampled_from(COUNTRIES))
def test_who_orders_later_is_not_promised_an_earlier_day(rule, at, delay, zone, country):
    first, second = plan_for(rule, at, zone, country).window, plan_for(rule, at + delay, zone, country).window
    assert first.earliest <= second.earliest
    assert first.latest <= second.latest


@given(rules(), instants, zones, zones, st.sampled_from(COUNTRIES))
@example(NEXT_DAY, utc(2026, 3, 29, 0, 30), KIRITIMATI, NIUE, "FI")
def test_the_same_instant_promises_the_same_whatever_zone_it_is_written_in(rule, at, zone, other, country):
    elsewhere = at.astimezone(zone_named(other))
    assert plan_for(rule, elsewhere, zone, country) == plan_for(rule, at, zone, country)


@given(rules(), instants, zones)
def test_the_promised_day_is_over_when_its_date_is_over_at_the_destination(rule, at, zone):
    window = plan_for(rule, at, zone).window
    assert window.zone == zone
    last_moment = (window.ends_at("UTC") - timedelta(microseconds=1)).astimezone(zone_named(zone))
    assert last_moment.date() == window.latest


@pytest.fixture(params=[KIRITIMATI, NIUE, NEW_YORK])
def server(request, settings):
    """A server whose own clock and settings are in this zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = settings.TIME_ZONE = request.param
    clock.tzset()
    with timezone.override(request.param):
        yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    clock.tzset()


def test_the_servers_own_zone_moves_no_date(server):
    late = local(HELSINKI, 2026, 11, 23, 23, 30)
    window = plan_for(Rule(zone=HELSINKI), late, HELSINKI).window
    assert window == PromisedWindow(date(2026, 11, 24), date(2026, 11, 24), zone=HELSINKI)
    assert usual_plan(1, 1, late, HELSINKI).window == window
    assert window.ends_at("UTC") == utc(2026, 11, 24, 22)
