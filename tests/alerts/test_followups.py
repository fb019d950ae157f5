"""What is said later: when, by the clocks of the destination, and whether it still is the moment."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.followups import a_year_after, at_local, days_after, evening_before, follow_ups, is_still_due
from alerts.models import Alert, TriggerRule
from alerts.triggers import FOLLOW_UPS, Trigger
from orders.models import CaseKind, OrderItem, Product, StatusChange
from orders.services.cases import close_case, open_case
from orders.services.order_news import order_cancelled
from orders.services.refunds import record_refund
from orders.statuses import Status
from orders.windows import PromisedWindow, zone_named
from tests.alerts.stories import DAY, HOUR, NOW, PROMISED, a_parcel, news, put_off, risk
from tests.builders import a_product, a_scan, a_shipment, an_order, record, utc

ZONES = st.sampled_from(sorted(zone for zone in available_timezones() if "/" in zone))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(NOW.tzinfo))
DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))


def switch_on(merchant, *triggers, **kw):
    for trigger in triggers or FOLLOW_UPS:
        TriggerRule.objects.update_or_create(merchant=merchant, trigger=trigger, defaults={"is_on": True, **kw})


def a_helped_parcel(**kw):
    """Its product has a guide, care and two years of warranty; its shop says all that can be said later."""
    parcel = a_parcel(**kw)
    switch_on(parcel.merchant)
    Product.objects.update(setup_guide="https://shop.example/guide", care_en="Dust it.", warranty_months=24)
    return parcel


def local(followed) -> dict:
    """What follows, by the clocks of Helsinki."""
    return {told.trigger: told.due_at.astimezone(zone_named("Europe/Helsinki")).isoformat() for told in followed}


def waiting(change: StatusChange, trigger: Trigger) -> Alert:
    """A message that is kept for later."""
    return Alert(order=change.order, shipment=change.shipment, change=change, trigger=trigger, merchant=change.merchant)


class TestClocks:
    @given(day=DAYS, clock=st.sampled_from([time(10), time(17)]), zone=ZONES)
    def test_the_hour_is_the_one_that_the_clocks_there_show(self, day, clock, zone):
        there = at_local(day, clock, zone).astimezone(zone_named(zone))
        assert (there.date(), there.time()) == (day, clock)

    @given(moment=MOMENTS, days=st.integers(1, 365), zone=ZONES)
    def test_days_are_counted_by_the_calendar_there_and_not_in_hours(self, moment, days, zone):
        there, due = (at.astimezone(zone_named(zone)) for at in (moment, days_after(moment, days, zone)))
        assert (due.date() - there.date(), due.hour) == (timedelta(days), 10)

    @given(day=DAYS, length=st.integers(0, 5), zone=ZONES)
    def test_tomorrow_is_said_on_the_day_before(self, day, length, zone):
        window = PromisedWindow(day, day + timedelta(length), zone=zone)
        due = evening_before(window, "UTC").astimezone(zone_named(zone))
        assert (due.date(), due.hour) == (day - timedelta(1), 17)

    @given(day=st.dates(date(2020, 1, 1), date(2090, 1, 1)))
    def test_a_year_is_a_year_in_leap_years_too(self, day):
        later = a_year_after(day)
        assert (later.year, later.month) == (day.year + 1, day.month)
        assert later.day == (28 if (day.month, day.day) == (2, 29) else day.day)

    def test_the_hour_stays_when_the_clocks_change_between(self):
        delivered = utc(2026, 3, 28, 12)
        assert days_after(delivered, 1, "Europe/Helsinki") == utc(2026, 3, 29, 7)
        assert days_after(delivered - DAY, 1, "Europe/Helsinki") == utc(2026, 3, 28, 8)


@pytest.mark.django_db
class TestWhatFollows:
    def test_a_delivery_is_followed_by_what_the_shop_wants_said(self):
        change = news(a_helped_parcel(), Status.DELIVERED)
        assert local(follow_ups(change)) == {
            Trigger.HOW_TO_USE: "2026-03-03T10:00:00+02:00",
            Trigger.FEEDBACK: "2026-03-07T10:00:00+02:00",
            Trigger.CARE: "2026-03-16T10:00:00+02:00",
            Trigger.ANNIVERSARY: "2027-03-02T10:00:00+02:00",
            Trigger.WARRANTY_ENDS: "2028-02-01T10:00:00+02:00",
        }

    def test_a_shop_that_has_switched_nothing_on_says_nothing_later(self):
        assert follow_ups(news(a_parcel(), Status.DELIVERED)) == []

    def test_a_product_without_help_is_followed_by_what_needs_none(self):
        parcel = a_parcel()
        switch_on(parcel.merchant)
        told = {told.trigger for told in follow_ups(news(parcel, Status.DELIVERED))}
        assert told == {Trigger.FEEDBACK, Trigger.ANNIVERSARY}

    def test_the_shop_says_after_how_many_days(self):
        parcel = a_parcel()
        switch_on(parcel.merchant, Trigger.FEEDBACK, after_days=10)
        assert local(follow_ups(news(parcel, Status.DELIVERED))) == {Trigger.FEEDBACK: "2026-03-12T10:00:00+02:00"}

    @pytest.mark.parametrize(("months", "told"), [(1, False), (2, True)])
    def test_nobody_is_reminded_of_a_warranty_that_has_just_begun(self, months, told):
        parcel = a_parcel()
        switch_on(parcel.merchant, Trigger.WARRANTY_ENDS)
        Product.objects.update(warranty_months=months)
        assert bool(follow_ups(news(parcel, Status.DELIVERED))) is told

    def test_the_longest_warranty_of_the_order_is_the_one_that_is_told(self):
        parcel = a_helped_parcel()
        longer = a_product(parcel.merchant, warranty_months=36)
        OrderItem.objects.create(merchant=parcel.merchant, order=parcel.order, product=longer)
        assert local(follow_ups(news(parcel, Status.DELIVERED)))[Trigger.WARRANTY_ENDS] == "2029-01-31T10:00:00+02:00"

    def test_a_parcel_to_collect_is_followed_by_a_reminder_unless_switched_off(self):
        change = news(a_parcel(), Status.AVAILABLE_FOR_PICKUP)
        assert local(follow_ups(change)) == {Trigger.PICKUP_REMINDER: "2026-03-05T10:00:00+02:00"}
        switch_on(change.merchant, Trigger.PICKUP_REMINDER)
        TriggerRule.objects.update(is_on=False)
        assert follow_ups(change) == []

    def test_a_reason_that_is_told_afterwards_starts_nothing_anew(self):
        parcel = a_helped_parcel()
        news(parcel, Status.DELIVERED)
        again = StatusChange(kind="status", old="delivered", new="delivered", shipment=parcel, order=parcel.order)
        again.merchant, again.created_at = parcel.merchant, NOW
        assert follow_ups(again) == []

    def test_the_evening_before_is_kept_when_it_leaves_and_when_the_promise_moves(self):
        parcel = a_shipment(window=PROMISED, now=NOW - 3 * DAY)
        switch_on(parcel.merchant, Trigger.ARRIVING_TOMORROW)
        left = news(parcel, Status.IN_TRANSIT, at=NOW - 2 * DAY)
        assert local(follow_ups(left)) == {Trigger.ARRIVING_TOMORROW: "2026-03-02T17:00:00+02:00"}
        moved = next(change for change in put_off(parcel) if change.kind == "promise")
        assert local(follow_ups(moved)) == {Trigger.ARRIVING_TOMORROW: "2026-03-08T17:00:00+02:00"}

    def test_an_evening_that_has_passed_is_not_made_up_for(self):
        parcel = a_parcel()
        switch_on(parcel.merchant, Trigger.ARRIVING_TOMORROW)
        tomorrow = PromisedWindow(date(2026, 3, 3), date(2026, 3, 3), zone="Europe/Helsinki")
        moved = next(change for change in put_off(parcel, tomorrow, at=NOW + 4 * HOUR) if change.kind == "promise")
        assert follow_ups(moved) == []

    def test_news_that_nothing_follows_asks_the_database_nothing(self, django_assert_num_queries):
        change = news(a_parcel(), Status.OUT_FOR_DELIVERY)
        with django_assert_num_queries(0):
            assert follow_ups(change) == []


@pytest.mark.django_db
class TestWhetherItIsStillTheMoment:
    @pytest.fixture
    def parcel(self):
        return a_helped_parcel()

    @pytest.fixture
    def delivered(self, parcel):
        return waiting(news(parcel, Status.DELIVERED), Trigger.FEEDBACK)

    def test_news_always_is(self, parcel):
        assert is_still_due(waiting(news(parcel, Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY), NOW)

    def test_it_is_while_all_is_well(self, delivered):
        assert is_still_due(delivered, NOW)

    def test_it_is_not_once_the_delivery_is_undone_nor_when_it_came_a_second_time(self, parcel, delivered):
        news(parcel, Status.EXCEPTION, at=NOW + HOUR)
        assert not is_still_due(again(delivered), NOW)
        second = waiting(news(parcel, Status.DELIVERED, at=NOW + 2 * HOUR), Trigger.FEEDBACK)
        assert not is_still_due(again(delivered), NOW), "the second delivery has its own"
        assert is_still_due(second, NOW)

    def test_it_is_not_while_a_case_is_open_nor_after_a_return(self, delivered):
        case = open_case(delivered.order, CaseKind.MISSING)
        assert not is_still_due(delivered, NOW)
        close_case(case.pk)
        assert is_still_due(delivered, NOW)
        close_case(open_case(delivered.order, CaseKind.RETURN).pk)
        assert not is_still_due(delivered, NOW)

    def test_it_is_not_when_all_was_paid_back(self, delivered):
        record_refund(delivered.order, "R-1", Decimal("79.00"))
        assert is_still_due(delivered, NOW)
        record_refund(delivered.order, "R-2", Decimal("0.90"))
        assert not is_still_due(delivered, NOW)

    def test_it_is_not_while_a_part_of_the_order_is_missing_and_the_last_parcel_speaks(self, parcel, delivered):
        second = a_shipment(parcel.order, now=NOW)
        record(second, a_scan(Status.IN_TRANSIT, at=NOW), now=NOW)
        assert not is_still_due(delivered, NOW)
        last = waiting(news(second, Status.DELIVERED, at=NOW + DAY), Trigger.FEEDBACK)
        assert (is_still_due(delivered, NOW), is_still_due(last, NOW)) == (False, True)

    def test_it_is_not_when_the_order_was_called_off(self):
        order = an_order()
        parcel = a_shipment(order, now=NOW - HOUR)
        order_cancelled(order)
        assert not is_still_due(waiting(news(parcel, Status.DELIVERED), Trigger.ANNIVERSARY), NOW)

    def test_a_parcel_is_remembered_only_until_it_was_collected(self, parcel):
        reminder = waiting(news(parcel, Status.AVAILABLE_FOR_PICKUP), Trigger.PICKUP_REMINDER)
        assert is_still_due(again(reminder), NOW)
        news(parcel, Status.DELIVERED, at=NOW + HOUR)
        assert not is_still_due(again(reminder), NOW)

    def test_tomorrow_is_said_only_while_it_is_on_its_way_and_the_promise_holds(self, parcel):
        moved = next(change for change in put_off(parcel) if change.kind == "promise")
        arriving = waiting(moved, Trigger.ARRIVING_TOMORROW)
        assert is_still_due(again(arriving), NOW)
        risk(parcel, "at_risk")
        assert not is_still_due(again(arriving), NOW)
        risk(parcel, "on_track")
        put_off(parcel, PromisedWindow(date(2026, 3, 12), date(2026, 3, 12), zone="Europe/Helsinki"), at=NOW + HOUR)
        assert not is_still_due(again(arriving), NOW)

    def test_tomorrow_is_not_said_of_a_parcel_that_lies_in_the_shop(self):
        parcel = a_shipment(window=PROMISED, now=NOW)
        change = news(parcel, Status.INFO_RECEIVED)
        assert not is_still_due(waiting(change, Trigger.ARRIVING_TOMORROW), NOW)


def again(alert: Alert) -> Alert:
    """The same, with the parcel as it is now."""
    alert.shipment.refresh_from_db()
    return alert
