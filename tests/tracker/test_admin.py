"""The desk for parcels, the front page and the sidebar."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from alerts.models import Alert
from alerts.states import State, Why
from alerts.triggers import Trigger
from offers.models import Offer
from orders.models import Case, CaseKind, Notice, NoticeKind, Order, RiskState, Role, Shipment, StatusChange
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.builders import a_late_shipment, a_merchant, a_scan, a_shipment, an_account, an_order, record, utc
from tests.staff import a_desk, logged_in, press, press_on, told, url_of
from tracker.admin import RISK_BADGES, STATUS_BADGES, carriers_for
from tracker.dashboard import POLL_IS_OVERDUE_AFTER, figures
from tracker.navigation import DESKS

LIST = url_of(Shipment, "changelist")


@pytest.fixture
def shop(db):
    return a_merchant()


@pytest.fixture
def staff(shop, django_user_model):
    return a_desk(django_user_model, shop, email="maija@nordlicht.example")


def listed(client, **query):
    return set(client.get(LIST, query).context["cl"].result_list)


def test_every_status_and_every_risk_has_its_badge():
    assert set(STATUS_BADGES) == set(Status)
    assert set(RISK_BADGES) == set(RiskState)


class TestList:
    def test_a_row_tells_what_an_operator_needs(self, shop, staff):
        window = PromisedWindow(date(2026, 3, 5), date(2026, 3, 6))
        shipment = a_shipment(an_order(shop, number="N-1001"), window=window, tracking_number="JD42")
        record(shipment, a_scan(Status.IN_TRANSIT, at=timezone.now() - timedelta(hours=3)))
        Shipment.objects.filter(pk=shipment.pk).update(poll_error="answered 503")
        page = staff.get(LIST).content.decode()
        for words in ("JD42", "N-1001", "DHL", "On its way", "Late", "3 hours ago", "answered 503"):
            assert words in page, words
        assert "5 Mar" in page

    @pytest.mark.parametrize("rows", [5, 50])
    def test_it_asks_the_same_number_of_questions_however_long_it_is(
        self, rows, shop, staff, django_assert_num_queries
    ):
        for _row in range(rows):
            record(a_shipment(an_order(shop)), a_scan())
        staff.get(LIST)
        with django_assert_num_queries(9):
            assert len(staff.get(LIST).context["cl"].result_list) == rows

    def test_it_is_searched_by_the_start_of_a_number_and_by_the_shopper(self, shop, staff):
        wanted = a_shipment(an_order(shop, number="N-1001"), tracking_number="JD42")
        a_shipment(an_order(shop, number="N-2002"), tracking_number="JD77")
        for term in ("JD4", "n-10", wanted.order.customer.email):
            assert listed(staff, q=term) == {wanted}
        assert listed(staff, q="D42") == set()

    def test_it_is_narrowed_to_what_needs_a_look(self, shop, staff):
        fine = a_shipment(an_order(shop))
        broken = a_shipment(an_order(shop), poll_error="answered 503", carrier="ups")
        late = a_late_shipment(an_order(shop))
        gone = a_shipment(an_order(shop))
        record(gone, a_scan(Status.DELIVERED))
        forgotten = a_shipment(an_order(shop))
        long_ago = timezone.now() - POLL_IS_OVERDUE_AFTER - timedelta(minutes=1)
        Shipment.objects.filter(pk=forgotten.pk).update(next_poll_at=long_ago)

        assert listed(staff, poll_error__isempty="0") == {broken}
        assert listed(staff, risk__exact="late") == {late}
        assert listed(staff, status__exact="delivered") == listed(staff, journey="delivered_lately") == {gone}
        assert listed(staff, journey="under_way") == {fine, broken, late, forgotten}
        assert listed(staff, carrier="ups") == {broken}
        assert listed(staff, overdue="yes") == {forgotten}
        assert listed(staff, overdue="no") == {fine, broken, late, gone}

    def test_the_carriers_offered_are_those_of_own_parcels(self, shop, staff):
        a_shipment(an_order(shop), carrier="dhl-unified")
        a_shipment(an_order(a_merchant("Südwind")), carrier="fedex")
        page = staff.get(LIST).content.decode()
        assert "carrier=dhl-unified" in page
        assert "carrier=fedex" not in page


class TestCorrectingTheCarrier:
    NUMBER = "1Z999AA10123456784"

    @pytest.fixture
    def shipment(self, shop):
        for carrier in ("dhl-unified", "fedex", "ups"):
            an_account(shop, carrier)
        shipment = a_shipment(an_order(shop), tracking_number=self.NUMBER)
        record(shipment, a_scan(Status.DELIVERED, description="Left in Lahti"))
        return shipment

    def test_the_shops_carriers_are_offered_the_likeliest_first(self, shop, shipment):
        an_account(shop, "usps", active=False)
        assert [key for key, _name in carriers_for(shipment)] == ["ups", "dhl-unified", "fedex"]
        assert carriers_for(shipment)[0][1].startswith("UPS (")
        assert carriers_for(shipment)[1][1] == "DHL"

    def test_it_is_corrected_and_what_was_told_before_is_history(self, staff, shipment):
        told_so = press_on(
            staff, shipment, "correct_this", carrier="ups", number=self.NUMBER, courier="", note="See the label"
        )
        assert told(told_so) == ["The carrier was corrected, and is asked within seconds."]
        shipment.refresh_from_db()
        assert (shipment.carrier, shipment.status) == ("ups", Status.UNKNOWN)
        page = staff.get(url_of(Shipment, "change", shipment.pk)).content.decode()
        timeline, history = page.split("that do not count", 1)
        for words in ("Left in Lahti", "See the label", f"DHL {self.NUMBER}"):
            assert words in page, words
        assert "Left in Lahti" not in timeline
        assert "Left in Lahti" in history

    def test_what_is_no_correction_says_so(self, staff, shipment):
        page = press_on(staff, shipment, "correct_this", carrier="dhl-unified", number=self.NUMBER)
        assert told(page) == [f"There is nothing to correct: the parcel is {self.NUMBER} of dhl-unified already."]

    def test_a_viewer_corrects_nothing(self, shop, shipment, django_user_model):
        viewer = a_desk(django_user_model, shop, Role.VIEWER)
        press_on(viewer, shipment, "correct_this", carrier="ups", number=self.NUMBER)
        shipment.refresh_from_db()
        assert shipment.carrier == "dhl-unified"


class TestPage:
    @pytest.fixture
    def shipment(self, shop):
        window = PromisedWindow(date(2026, 3, 5), date(2026, 3, 6))
        shipment = a_shipment(an_order(shop), window=window, now=utc(2026, 3, 2, 8))
        scan = a_scan(at=utc(2026, 3, 3, 8), raw={"told": "<script>alert(1)</script>"}, description="In <transit>")
        record(shipment, scan, window=PromisedWindow(date(2026, 3, 9), date(2026, 3, 9)), now=utc(2026, 3, 3, 9))
        return shipment

    def page(self, client, shipment):
        response = client.get(url_of(Shipment, "change", shipment.pk))
        assert response.status_code == 200
        return response.content.decode()

    def test_scans_are_told_with_what_the_carrier_sent_escaped(self, staff, shipment):
        page = self.page(staff, shipment)
        assert "In &lt;transit&gt;" in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert(1)" not in page

    def test_the_promise_ledger_and_the_changes_are_told(self, staff, shipment):
        page = self.page(staff, shipment)
        for words in ("5 Mar", "9 Mar", "The shop", "The carrier", "Europe/Helsinki", "in_transit"):
            assert words in page, words

    def test_a_message_that_was_not_sent_says_why(self, staff, shipment, shop):
        Alert.objects.create(
            merchant=shop,
            order=shipment.order,
            shipment=shipment,
            change=StatusChange.objects.filter(shipment=shipment).first(),
            trigger=Trigger.SHIPPED,
            channel="email",
            address="aino@shopper.example",
            language="en",
            state=State.SUPPRESSED,
            reason=Why.SEEN,
        )
        page = self.page(staff, shipment)
        assert "aino@shopper.example" in page
        assert "The shopper has seen it on the page." in page

    def test_it_leads_to_the_shoppers_page(self, staff, shipment):
        assert f'href="https://portal.test/t/{shipment.token}/"' in self.page(staff, shipment)

    def test_nothing_on_it_can_be_changed(self, staff, shipment):
        assert 'name="_save"' not in self.page(staff, shipment)
        assert staff.post(url_of(Shipment, "change", shipment.pk), {"status": "delivered"}).status_code == 403


class TestPollNow:
    def test_parcels_are_due_at_once(self, shop, staff):
        later = timezone.now() + timedelta(hours=4)
        mine, theirs = (a_shipment(an_order(merchant), next_poll_at=later) for merchant in (shop, a_merchant("Alpha")))
        response = press(staff, Shipment, "poll", mine, theirs)
        assert told(response) == ["1 parcel is checked within seconds."]
        mine.refresh_from_db(), theirs.refresh_from_db()
        assert mine.next_poll_at <= timezone.now()
        assert theirs.next_poll_at == later

    def test_from_the_parcels_page_too(self, shop, staff):
        shipment = a_shipment(an_order(shop), next_poll_at=timezone.now() + timedelta(hours=4))
        response = press_on(staff, shipment, "poll_this")
        assert "The carrier is asked within seconds" in told(response)[0]
        shipment.refresh_from_db()
        assert shipment.next_poll_at <= timezone.now()

    def test_a_link_alone_and_a_viewer_poll_nothing(self, shop, staff, django_user_model):
        later = timezone.now() + timedelta(hours=4)
        shipment = a_shipment(an_order(shop), next_poll_at=later)
        staff.get(url_of(Shipment, "change", shipment.pk).replace("change", "poll_this"))
        viewer = a_desk(django_user_model, shop, Role.VIEWER)
        assert press_on(viewer, shipment, "poll_this").status_code == 403
        press(viewer, Shipment, "poll", shipment)
        shipment.refresh_from_db()
        assert shipment.next_poll_at == later


class TestTestAlert:
    def test_the_dialog_proposes_ones_own_e_mail(self, shop, staff):
        shipment = a_shipment(an_order(shop))
        url = url_of(Shipment, "change", shipment.pk).replace("change", "send_this_test")
        assert 'value="maija@nordlicht.example"' in staff.get(url).content.decode()
        assert not Alert.objects.exists()

    def test_a_test_goes_to_staff_and_not_to_the_shopper(self, shop, staff):
        shipment = a_shipment(an_order(shop))
        form = {"address": "maija@nordlicht.example", "channel": "email", "language": "de"}
        response = press_on(staff, shipment, "send_this_test", **form)
        assert "is on its way to maija@nordlicht.example" in told(response)[0]
        alert = Alert.objects.get()
        assert (alert.is_test, alert.address, alert.language) == (True, "maija@nordlicht.example", "de")
        assert alert.customer is None

    def test_an_address_is_asked_for(self, shop, staff):
        shipment = a_shipment(an_order(shop))
        response = press_on(staff, shipment, "send_this_test", channel="email", language="de")
        assert "This field is required" in response.content.decode()
        assert not Alert.objects.exists()

    def test_from_the_list_it_goes_to_oneself(self, shop, staff):
        shipment = a_shipment(an_order(shop, language="fi"))
        press(staff, Shipment, "send_tests", shipment)
        alert = Alert.objects.get()
        assert (alert.address, alert.language, alert.channel) == ("maija@nordlicht.example", "fi", "email")

    def test_who_has_no_e_mail_is_told_so(self, shop, django_user_model):
        shipment = a_shipment(an_order(shop))
        response = press(a_desk(django_user_model, shop), Shipment, "send_tests", shipment)
        assert told(response) == ["There is no address to send the test to: fill in your own."]


class TestFrontPage:
    def test_it_counts_what_needs_a_look(self, shop, django_user_model):
        now = timezone.now()
        a_shipment(an_order(shop))
        late = a_late_shipment(an_order(shop))
        at_risk, forgotten, gone, long_gone = (a_shipment(an_order(shop)) for _more in range(4))
        Shipment.objects.filter(pk=at_risk.pk).update(risk=RiskState.AT_RISK)
        Shipment.objects.filter(pk=forgotten.pk).update(next_poll_at=now - timedelta(hours=1))
        record(gone, a_scan(Status.DELIVERED, at=now - timedelta(days=1)))
        record(long_gone, a_scan(Status.DELIVERED, at=now - timedelta(days=8)))
        Case.objects.create(merchant=shop, order=late.order, kind=CaseKind.MISSING)
        Case.objects.create(merchant=shop, order=late.order, kind=CaseKind.MISSING, closed_at=now)
        Notice.tell(shop.pk, NoticeKind.CODE_UNMAPPED, "UPS: X9")
        operator = django_user_model.objects.create_superuser("operator")
        assert {str(figure.title): figure.count for figure in figures(operator, now)} == {
            "Under way": 4,
            "At risk": 1,
            "Late": 1,
            "Delivered in the last 7 days": 1,
            "Overdue to be checked": 1,
            "Open cases": 1,
            "Open notices": 1,
        }

    def test_each_figure_leads_to_as_many_rows(self, shop, django_user_model):
        self.test_it_counts_what_needs_a_look(shop, django_user_model)
        operator = django_user_model.objects.get(username="operator")
        client = logged_in(operator)
        for figure in figures(operator, timezone.now()):
            assert client.get(figure.url).context["cl"].result_count == figure.count, figure.title

    def test_the_page_shows_the_figures(self, shop, staff, settings):
        settings.UNFOLD = {**settings.UNFOLD, "DASHBOARD_CALLBACK": "tracker.dashboard.front_page"}
        a_shipment(an_order(shop))
        page = staff.get("/admin/").content.decode()
        assert "Under way" in page
        assert 'href="/admin/orders/shipment/?overdue=yes"' in page


class TestClock:
    """Staff read and write times by their shop's clock."""

    @pytest.fixture
    def order(self, shop):
        return an_order(shop, placed_at=utc(2026, 3, 2, 8, 7))

    def test_times_stand_by_the_shops_clock(self, order, staff):
        assert "10:07 a.m." in staff.get(url_of(Order, "changelist")).content.decode()

    def test_who_works_by_several_clocks_reads_utc(self, order, django_user_model):
        a_merchant("Faraway", time_zone="Asia/Tokyo")
        operator = logged_in(django_user_model.objects.create_superuser("operator"))
        assert "8:07 a.m." in operator.get(url_of(Order, "changelist")).content.decode()


class TestSidebar:
    @pytest.fixture(autouse=True)
    def wired(self, settings):
        settings.UNFOLD = {**settings.UNFOLD, "SIDEBAR": {"navigation": "tracker.navigation.sidebar"}}

    def links(self, client):
        groups = client.get("/admin/").context["sidebar_navigation"]
        return {str(item["link"]) for group in groups for item in group["items"]}

    def test_every_desk_has_a_link_that_opens(self, django_user_model, db):
        operator = logged_in(django_user_model.objects.create_superuser("operator"))
        links = self.links(operator)
        assert len(links) == 1 + sum(len(desks) for desks in DESKS.values())
        assert {operator.get(link).status_code for link in links} == {200}

    def test_people_of_a_shop_have_no_link_to_the_installation(self, staff):
        links = self.links(staff)
        assert url_of(Offer, "changelist") in links
        assert not any("/auth/" in link or "/axes/" in link for link in links)
        assert {staff.get(link).status_code for link in links} == {200}
