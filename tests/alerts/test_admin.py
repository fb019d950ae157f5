"""The desks for messages, and for addresses that want none."""

import pytest

from alerts.models import Alert, Suppressed, Suppression
from alerts.services import send_test
from alerts.states import Held, State
from orders.models import Role
from tests.builders import a_merchant, a_shipment, an_order, utc
from tests.staff import a_desk, url_of


@pytest.fixture
def shop(db):
    return a_merchant()


@pytest.fixture
def owner(shop, django_user_model):
    return a_desk(django_user_model, shop, Role.OWNER)


@pytest.fixture
def staff(shop, django_user_model):
    return a_desk(django_user_model, shop)


class TestMessages:
    def test_the_log_shows_the_words_and_cannot_be_written(self, shop, staff):
        alert = send_test(shop, "maija@nordlicht.example", "email", "en", a_shipment(an_order(shop)))
        url = url_of(Alert, "change", alert.pk)
        page = staff.get(url).content.decode()
        assert alert.subject in page
        assert "maija@nordlicht.example" in page
        assert staff.post(url, {"body_text": "other words"}).status_code == 403
        assert staff.post(url_of(Alert, "delete", alert.pk), {"post": "yes"}).status_code == 403

    def test_what_waits_says_until_when_by_the_shops_clock(self, shop, staff):
        alert = send_test(shop, "maija@nordlicht.example", "email", "en", a_shipment(an_order(shop)))
        waits = {"state": State.QUEUED, "held": Held.QUIET_HOURS, "due_at": utc(2026, 3, 3, 6, 12)}
        Alert.objects.filter(pk=alert.pk).update(**waits)
        page = staff.get(url_of(Alert, "changelist")).content.decode()
        assert "It was night where the shopper lives.<br>Until March 3, 2026, 8:12 a.m.<" in page

    @pytest.mark.parametrize("rows", [3, 30])
    def test_the_log_asks_the_same_number_of_questions_however_long_it_is(
        self, rows, shop, staff, django_assert_max_num_queries
    ):
        shipment = a_shipment(an_order(shop))
        for _row in range(rows):
            send_test(shop, "maija@nordlicht.example", "email", "en", shipment)
        with django_assert_max_num_queries(8):
            staff.get(url_of(Alert, "changelist"))


class TestSuppressions:
    def test_staff_suppress_an_address_once_however_it_is_written(self, shop, staff):
        for address in ("Aino@shopper.example", "aino@shopper.example"):
            staff.post(url_of(Suppression, "add"), {"channel": "email", "address": address})
        suppression = shop.suppressions.get()
        assert (suppression.address, suppression.reason) == ("aino@shopper.example", Suppressed.BY_STAFF)

    def test_staff_take_back_what_staff_decided_and_nothing_else(self, shop, staff):
        rows = [
            Suppression.objects.create(merchant=shop, channel="email", address=f"{reason}@x.example", reason=reason)
            for reason in (Suppressed.BY_STAFF, Suppressed.UNSUBSCRIBED, Suppressed.STOP)
        ]
        codes = [staff.post(url_of(Suppression, "delete", row.pk), {"post": "yes"}).status_code for row in rows]
        assert codes == [302, 403, 403]
        chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
        staff.post(url_of(Suppression, "changelist"), chosen)
        assert {row.reason for row in shop.suppressions.all()} == {Suppressed.UNSUBSCRIBED, Suppressed.STOP}
