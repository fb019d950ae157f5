from orders.headline import derive
from orders.reasons import Action, Party, Reason
from orders.statuses import FINAL, RANKS, Status
from tests.builders import a_scan, utc


def after(*statuses):
    """The headline after these were scanned an hour apart."""
    scans = [a_scan(status, at=utc(2026, 3, 2, hour)) for hour, status in enumerate(statuses)]
    return derive(scans).status


def test_every_status_has_its_rank():
    assert set(RANKS) == set(Status)


def test_every_reason_names_who_must_act_and_what_the_shopper_can_do():
    for reason in Reason:
        assert isinstance(reason.party, Party)
        assert isinstance(reason.action, Action)


def test_no_events_are_no_news():
    assert derive([]).status is Status.UNKNOWN


def test_a_label_printed_again_does_not_send_the_parcel_back():
    assert after(Status.IN_TRANSIT, Status.INFO_RECEIVED) is Status.IN_TRANSIT


def test_a_parcel_back_in_transit_has_left_its_trouble():
    assert after(Status.EXCEPTION, Status.IN_TRANSIT) is Status.IN_TRANSIT


def test_a_voided_label_that_is_scanned_was_not_voided():
    assert after(Status.CANCELLED, Status.IN_TRANSIT) is Status.IN_TRANSIT
    assert after(Status.CANCELLED, Status.INFO_RECEIVED) is Status.CANCELLED


def test_what_is_delivered_to_the_sender_is_returned():
    assert after(Status.RETURNING, Status.IN_TRANSIT, Status.DELIVERED) is Status.RETURNED


def test_a_return_that_was_delivered_first_is_a_return():
    assert after(Status.DELIVERED, Status.RETURNING) is Status.RETURNING


def test_only_somebody_handling_it_again_undoes_a_delivery():
    undone = {status for status in Status if after(Status.DELIVERED, status) is not Status.DELIVERED}
    assert undone == {
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPT_FAILED,
        Status.AVAILABLE_FOR_PICKUP,
        Status.EXCEPTION,
        Status.RETURNING,
        Status.RETURNED,
    }


def test_what_is_final_and_said_again_keeps_its_first_time():
    first = derive([a_scan(Status.DELIVERED, at=utc(2026, 3, 2, hour), code=str(hour)) for hour in (9, 11)])
    assert first.delivered_at == utc(2026, 3, 2, 9)


def test_of_scans_at_one_instant_the_furthest_on_the_journey_counts():
    scans = [a_scan(status, at=utc(2026, 3, 2, 9)) for status in (Status.DELIVERED, Status.OUT_FOR_DELIVERY)]
    assert derive(scans).status is Status.DELIVERED
    assert derive(scans[::-1]).status is Status.DELIVERED


def test_an_unknown_code_alone_stays_unknown():
    for status in set(Status) - FINAL - {Status.UNKNOWN}:
        assert after(Status.UNKNOWN) is Status.UNKNOWN
        assert after(status, Status.UNKNOWN) is status
