import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import timezone
from django.utils.html import escape

from carriers.registry import carrier_class
from offers.models import Offer
from orders.events import Handover, TrackingUpdate
from orders.models import Case, CaseKind, MerchantDomain, OrderItem, Product, Shipment, Source
from orders.promise.evidence import Evidence, Kind
from orders.promise.risk import RiskState
from orders.reasons import Reason
from orders.services.cases import answer_case, open_case
from orders.services.corrections import correct_carrier
from orders.services.record_events import record_events
from orders.statuses import Status
from orders.windows import PromisedWindow
from orders.wording import promised
from tests.builders import a_merchant, a_product, a_scan, a_shipment, an_order, record, utc
from tests.tracker import scenes

pytestmark = pytest.mark.django_db

FIRST_WINDOW = 14 * 1024  # what a server may send before the first acknowledgement: ten packets


@pytest.fixture
def shop():
    return scenes.a_shop()


@pytest.fixture
def look(client):
    """Open a parcel's page; `.read_out` is its text as a person reads it: no tags, and white space folded."""

    def look(shipment, language="en", **kw):
        response = client.get(f"/t/{shipment.token}/", {"lang": language}, **kw)
        response.html = response.content.decode()
        response.read_out = " ".join(re.sub(r"<[^>]+>", " ", response.html).split())
        return response

    return look


def says(response, *sentences):
    missing = [sentence for sentence in sentences if " ".join(sentence.split()) not in response.read_out]
    assert not missing, response.read_out
    return True


def says_any(response, *words):
    return [word for word in words if word in response.read_out]


class TestOrderOfThings:
    def places(self, html):
        marks = ('class="brand"', 'class="languages"', 'class="kicker"', 'class="journey"', 'class="fresh"')
        parts = ('id="now"', 'id="order"', 'id="timeline"', 'id="help"', 'id="offer"', 'id="returns"', 'id="contact"')
        return [(html.index(mark), mark) for mark in marks + parts]

    def test_the_page_has_its_parts_in_this_order(self, shop, look):
        places = self.places(look(scenes.on_its_way(shop)).html)
        assert places == sorted(places)

    def test_after_delivery_help_comes_before_the_order(self, shop, look):
        html = look(scenes.delivered(shop)).html
        assert html.index('id="now"') < html.index('id="help"') < html.index('id="order"')

    def test_an_open_case_comes_before_help_and_instead_of_an_offer(self, shop, look):
        shipment = scenes.on_its_way(shop)
        Case.objects.create(merchant=shop, order=shipment.order, kind=CaseKind.WRONG_ITEM)
        page = look(shipment)
        assert page.html.index('id="case"') < page.html.index('id="help"')
        assert says(page, "Wrong item, reported on")
        assert "Our answer" not in page.html
        assert 'id="offer"' not in page.html

    def test_what_the_shop_answered_stands_below_the_case(self, shop, look):
        shipment = scenes.on_its_way(shop)
        answer_case(open_case(shipment.order, CaseKind.WRONG_ITEM).pk, "<b>Keep it</b>, the right one is coming.")
        page = look(shipment)
        assert says(page, "Our answer")
        assert "&lt;b&gt;Keep it&lt;/b&gt;, the right one is coming." in page.html

    def test_there_is_one_main_heading_and_it_is_the_promise(self, shop, look):
        html = look(scenes.on_its_way(shop)).html
        assert html.count("<h1>") == 1
        assert 'class="large"' in html.split("<h1>")[1].split("</h1>")[0]


class TestACorrectedCarrier:
    def test_only_the_right_carriers_scans_and_promise_are_shown(self, shop, look):
        shipment = scenes.delivered(shop)
        correct_carrier(shipment.pk, "ups", by="maija")
        page = look(shipment)
        assert says(page, "Waiting for news", "No scan yet", "not checked yet", "UPS", "about another parcel.")
        assert not says_any(page, "Hamburg", "Delivered to neighbour", "DHL")

        record(shipment, a_scan(Status.IN_TRANSIT, city="Tampere", country="FI"))
        page = look(shipment)
        assert says(page, "On its way", "Tampere")
        assert not says_any(page, "Hamburg", "Delivered to neighbour")

    def test_a_reason_of_the_wrong_carrier_does_not_explain_the_right_ones_date(self, shop, look):
        shipment = scenes.late_with_a_moved_promise(shop)
        assert says(look(shipment), "because the parcel was missorted")
        correct_carrier(shipment.pk, "ups", by="maija")
        day = timezone.now().date() + timedelta(days=5)
        record(shipment, a_scan(Status.IN_TRANSIT), window=PromisedWindow(day, day))
        assert "missorted" not in look(shipment).read_out

    def test_a_correction_before_the_first_scan_needs_no_word(self, shop, look):
        shipment = scenes.nothing_known(shop)
        correct_carrier(shipment.pk, "ups", by="maija")
        assert "another parcel" not in look(shipment).read_out


class TestThePromise:
    def test_on_its_way_the_promised_days_stand_large(self, shop, look):
        shipment = scenes.on_its_way(shop)
        window = promised(shipment.promise.window, language="en")
        assert says(look(shipment), f"Arriving {window}", "On its way")

    def test_a_moved_promise_is_told_with_was_now_and_why(self, shop, look):
        shipment = scenes.late_with_a_moved_promise(shop)
        was, now = (promised(promise.window, language="en") for promise in shipment.promises.all())
        page = look(shipment)
        assert says(page, f"Promised for {now}", f"Was {was}, now {now}, because the parcel was missorted.")

    def test_a_carrier_that_gave_no_reason_is_not_lent_one(self, look):
        shipment = a_shipment(window=PromisedWindow(utc(2026, 3, 4).date(), utc(2026, 3, 4).date()))
        record(shipment, a_scan(), window=PromisedWindow(utc(2026, 3, 6).date(), utc(2026, 3, 6).date()))
        assert says(look(shipment), "The carrier gave no reason.")

    def test_a_missed_promise_stays_on_the_page(self, shop, look):
        shipment = scenes.late(shop)
        page = look(shipment)
        assert says(page, f"Was due {promised(shipment.promise.window, language='en')}", "Late", "It is late, and we")

    def test_at_risk_the_page_says_so_and_why(self, shop, look):
        page = look(scenes.at_risk(shop))
        reason = "It may come later than promised, because the carrier has not reported for some time."
        assert says(page, "Promised for", "At risk", reason)

    def test_at_risk_the_evidence_stands_below_in_words(self, shop, look):
        shipment = scenes.at_risk(shop)
        evidence = [Evidence(Kind.SILENT, 3).to_json()]
        Shipment.objects.filter(pk=shipment.pk).update(risk_evidence=evidence)
        assert says(look(shipment), "No scan for 3 working days.")
        Shipment.objects.filter(pk=shipment.pk).update(risk=RiskState.ON_TRACK)
        assert "No scan for" not in look(shipment).read_out

    def test_our_own_estimate_is_told_as_ours_and_only_while_the_promise_is_doubted(self, shop, look):
        shipment = scenes.at_risk(shop)
        days = [(timezone.now() + timedelta(days=ahead)).isoformat() for ahead in (1, 2, 4)]
        Shipment.objects.filter(pk=shipment.pk).update(risk_arrival=days)
        assert says(look(shipment), "Our own estimate: ", "It is right for 8 of 10 parcels.")
        gone = [(timezone.now() - timedelta(days=back)).isoformat() for back in (9, 8, 7)]
        Shipment.objects.filter(pk=shipment.pk).update(risk_arrival=gone)
        assert "Our own estimate" not in look(shipment).read_out
        Shipment.objects.filter(pk=shipment.pk).update(risk_arrival=days, risk=RiskState.ON_TRACK)
        assert "Our own estimate" not in look(shipment).read_out

    def test_delivered_the_day_and_hour_of_the_place_stand_large(self, look):
        shipment = a_shipment(zone="Europe/Helsinki")
        record(shipment, a_scan(Status.DELIVERED, at=utc(2025, 11, 26, 12, 5), city="Helsinki", country="FI"))
        assert says(look(shipment), "Delivered Wed, 26 Nov 2025, 14:05", "It was promised for")

    def test_once_delivered_the_first_promise_is_the_one_that_is_told(self, shop, look):
        shipment = scenes.late_with_a_moved_promise(shop)
        first = promised(shipment.promises.first().window, language="en")
        record(shipment, a_scan(Status.DELIVERED, at=timezone.now()))
        page = look(shipment)
        assert says(page, f"It was promised for {first}.")
        assert ", now " not in page.read_out

    @pytest.mark.parametrize(
        ("scene", "headline", "reason"),
        [
            (scenes.returned, "Returned to the shop", "The reason: the parcel was refused."),
            (scenes.cancelled, "Cancelled", "The reason: the shop cancelled the shipment."),
            (scenes.ready_for_pickup, "Ready for pickup", "Please collect your parcel."),
        ],
    )
    def test_where_it_went_another_way_that_is_the_headline_and_the_promise_stays(
        self, shop, look, scene, headline, reason
    ):
        page = look(scene(shop))
        large = re.search(r'<span class="large">(.*?)</span>', page.html)[1]
        assert large == headline
        assert says(page, reason, "It was promised for")
        assert "Arriving" not in page.read_out

    def test_without_a_promise_the_page_says_so(self, shop, look):
        page = look(scenes.nothing_known(shop))
        assert says(page, "Waiting for news", "No delivery day has been promised yet.")

    def test_a_promise_is_by_the_clock_of_the_destination(self, look):
        shipment = a_shipment(zone="Pacific/Auckland")
        record(shipment, a_scan(Status.DELIVERED, at=utc(2025, 11, 26, 12, 5)))
        assert says(look(shipment), "Delivered Thu, 27 Nov 2025, 01:05")


class TestUnknownLooksUnknown:
    def test_no_news_is_not_dressed_up(self, shop, look):
        page = look(scenes.nothing_known(shop))
        assert says(page, "No scan yet", "not checked yet", "the carrier has not told us anything")
        assert "we are on it" not in page.read_out

    def test_a_code_that_nobody_mapped_is_shown_in_the_carriers_words(self, look):
        shipment = a_shipment()
        record(shipment, a_scan(Status.UNKNOWN, description="Flow exception type 7"))
        page = look(shipment)
        assert says(page, "The carrier reports", "Flow exception type 7", "Waiting for news")
        assert "<summary><span><span" not in page.html

    def test_a_check_without_an_answer_is_told(self, shop, look):
        shipment = scenes.on_its_way(shop)
        Shipment.objects.filter(pk=shipment.pk).update(poll_failures=2)
        assert says(look(shipment), "checked 4 minutes ago, without an answer from the carrier")

    def test_a_clock_that_was_not_told_is_not_passed_off_as_known(self, look):
        shipment = a_shipment()
        record(shipment, a_scan(zone_known=False))
        assert says(look(shipment), "The carrier did not say by which clock this time is")


class TestFreshness:
    def test_last_scan_last_check_and_next_check_are_told(self, shop, look):
        shipment = scenes.on_its_way(shop)
        due = timezone.now() + timedelta(days=40)
        Shipment.objects.filter(pk=shipment.pk).update(next_poll_at=due)
        page = look(shipment)
        assert says(page, "Last scan 2 hours ago, Vantaa", "checked 4 minutes ago")
        assert re.search(r"next check \w{3},? \d+ \w+( \d{4})?, \d\d:\d\d \(Helsinki\)", page.read_out)

    def test_a_check_that_is_due_already_is_not_announced(self, shop, look):
        shipment = scenes.on_its_way(shop)
        Shipment.objects.filter(pk=shipment.pk).update(next_poll_at=timezone.now() - timedelta(minutes=1))
        assert "next check" not in look(shipment).read_out


class TestWhatNow:
    def button(self, page):
        links = re.findall(r'<a class="button" href="([^"]*)"[^>]*>([^<]*)</a>', page.html.split('id="order"')[0])
        assert len(links) <= 1
        return links[0] if links else None

    def test_where_the_carrier_is_on_it_there_is_nothing_to_press(self, shop, look):
        page = look(scenes.on_its_way(shop))
        assert says(page, "Nothing to do: we are on it.")
        assert self.button(page) is None

    def test_a_wrong_address_is_confirmed_by_writing_to_the_shop(self, shop, look):
        page = look(scenes.wrong_address(shop))
        assert says(page, "Please confirm your address.", "Whose turn it is: you")
        assert self.button(page) == ("mailto:help@nordlicht.example", "Confirm the address")

    def test_what_is_done_at_the_carrier_leads_there(self, shop, look):
        shipment = scenes.ready_for_pickup(shop)
        link = carrier_class(shipment.carrier)().tracking_url(shipment.tracking_number)
        assert self.button(look(shipment)) == (escape(link), "Where to collect it")

    def test_a_carrier_without_a_page_leads_to_the_shop_instead(self, shop, look):
        shipment = scenes.ready_for_pickup(shop)
        Shipment.objects.filter(pk=shipment.pk).update(carrier="gone-since")
        assert self.button(look(shipment)) == ("mailto:help@nordlicht.example", "Write to us")

    @pytest.mark.parametrize("reason", Reason)
    def test_a_parcel_on_its_way_back_is_never_asked_to_choose_a_day(self, look, reason):
        shipment = a_shipment()
        record(shipment, a_scan(Status.RETURNING, reason=reason))
        assert says(look(shipment), "Please write to us: we will put it right.")

    def test_a_shop_that_cannot_be_written_to_shows_no_empty_button(self, look):
        shipment = a_shipment(merchant=a_merchant(support_email=""))
        record(shipment, a_scan(Status.EXCEPTION, reason=Reason.DAMAGED))
        page = look(shipment)
        assert says(page, "Please write to us")
        assert self.button(page) is None


class TestTimeline:
    def test_each_scan_is_told_by_the_clock_of_its_place(self, look):
        shipment = a_shipment()
        there = timezone.now().astimezone(timezone.get_fixed_timezone(-7 * 60)).replace(hour=1, minute=0)
        record(shipment, a_scan(at=there - timedelta(days=1), city="Denver", country="US"))
        assert says(look(shipment), "01:00", "Denver, United States")

    def test_the_carriers_words_are_one_tap_away(self, look):
        shipment = a_shipment()
        record(shipment, a_scan(description="Departed facility"))
        html = look(shipment).html
        details = re.search(r"<details>\s*<summary>.*?</summary>(.*?)</details>", html.split('id="timeline"')[1], re.S)
        assert '<q dir="auto">Departed facility</q>' in details[1]

    def test_many_scans_show_the_newest_and_fold_the_rest(self, shop, look):
        page = look(scenes.on_its_way(shop))
        newest, folded = page.html.split('<details class="earlier">')
        assert newest.count('class="told"') == 6
        assert folded.count('class="told"') == 2
        assert says(page, "2 earlier scans")

    def test_a_reason_is_part_of_the_sentence(self, shop, look):
        assert says(look(scenes.late_with_a_moved_promise(shop)), "Held up: the parcel was missorted")

    def test_a_parcel_that_changes_carriers_is_one_timeline_that_says_so(self, look):
        shipment = a_shipment()
        now = timezone.now()
        record(
            shipment,
            a_scan(at=now - timedelta(days=3), carrier="Yanwen", city="Shenzhen", country="CN"),
            a_scan(at=now - timedelta(days=1), carrier="PostNL", city="Den Haag", country="NL"),
            a_scan(at=now - timedelta(hours=2), carrier="PostNL", city="Utrecht", country="NL"),
        )
        page = look(shipment)
        assert page.read_out.count("Handed over to") == 1
        assert page.read_out.index("Utrecht") < page.read_out.index("Handed over to PostNL")

    def test_the_carrier_of_the_last_leg_is_named_with_its_number(self, look):
        shipment = a_shipment()
        update = TrackingUpdate(shipment.tracking_number, (a_scan(),), handed_to=Handover("Posti", "JJFI6500"))
        record_events(shipment.pk, update, source=Source.POLL)
        assert says(look(shipment), "Posti brings it to your door JJFI6500")


class TestOrder:
    def test_the_other_parcels_of_the_order_are_linked(self, shop, look):
        shipment = scenes.on_its_way(shop)
        other = shipment.order.shipments.exclude(pk=shipment.pk).get()
        page = look(shipment)
        assert says(page, "It travels in 2 parcels", "This parcel", "Parcel 2")
        assert f'href="/t/{other.token}/"' in page.html

    def test_a_link_to_the_carrier_is_there(self, shop, look):
        shipment = scenes.on_its_way(shop)
        link = carrier_class("dhl-unified")().tracking_url(shipment.tracking_number)
        assert f'href="{escape(link)}"' in look(shipment).html


class TestOffersAndHelp:
    def test_a_parcel_that_is_well_shows_one_offer_whose_link_is_not_in_the_page(self, shop, look):
        page = look(scenes.on_its_way(shop))
        assert page.html.count('class="card offer"') == 1
        assert says(page, "Bulbs that suit your lamp")
        assert "shop.example/bulbs" not in page.html

    @pytest.mark.parametrize("scene", [scenes.at_risk, scenes.late, scenes.wrong_address, scenes.returned])
    def test_trouble_shows_help_instead_of_an_offer(self, shop, look, scene):
        page = look(scene(shop))
        assert "Bulbs" not in page.read_out
        assert says(page, "We are here to help")

    def test_a_late_delivery_is_apologised_for(self, look):
        yesterday = (timezone.now() - timedelta(days=3)).date()
        shipment = a_shipment(window=PromisedWindow(yesterday, yesterday))
        record(shipment, a_scan(Status.DELIVERED))
        assert says(look(shipment), "It came later than promised. We are sorry.")

    def test_a_parcel_that_will_not_come_needs_no_help_for_its_arrival(self, shop, look):
        assert 'id="help"' not in look(scenes.returned(shop)).html


class TestLanguages:
    def test_the_page_speaks_the_orders_language(self, client, shop):
        shipment = scenes.on_its_way(shop)
        shipment.order.language = "fi"
        shipment.order.save()
        response = client.get(f"/t/{shipment.token}/", headers={"Accept-Language": "de"})
        html = response.content.decode()
        assert '<html lang="fi" dir="ltr">' in html
        assert "Saapuu" in html
        assert promised(shipment.promise.window, language="fi") in html
        assert response.headers["Content-Language"] == "fi"

    def test_arabic_runs_from_right_to_left(self, shop, look):
        page = look(scenes.on_its_way(shop), language="ar")
        assert '<html lang="ar" dir="rtl">' in page.html
        assert says(page, "في الطريق")

    def test_the_choice_of_a_language_lasts(self, client, shop, look):
        shipment = scenes.on_its_way(shop)
        look(shipment, language="de")
        assert '<html lang="de"' in client.get(f"/t/{shipment.token}/").content.decode()

    def test_the_choices_are_read_in_the_language_of_the_page(self, client, shop, look):
        (link,) = re.findall(r'href="([^"]*/choices/[^"]*)"', look(scenes.on_its_way(shop), language="ar").html)
        assert '<html lang="ar"' in client.get(link).content.decode()

    def test_the_switch_is_plain_links_that_search_engines_leave_alone(self, shop, look):
        html = look(scenes.on_its_way(shop)).html
        links = re.findall(r'<a href="\?lang=(\w+)" lang="(\w+)" hreflang="\w+" rel="nofollow"', html)
        assert links == [(code, code) for code, _name in settings.LANGUAGES]


class TestStrangers:
    @pytest.fixture
    def elsewhere(self, shop):
        MerchantDomain.objects.create(merchant=shop, host="track.nordlicht.example")
        other = a_merchant("Rantala")
        MerchantDomain.objects.create(merchant=other, host="track.rantala.example")
        return {"headers": {"Host": "track.rantala.example"}}

    def test_another_shops_host_does_not_know_the_token(self, client, shop, elsewhere):
        shipment = scenes.on_its_way(shop)
        assert client.get(f"/t/{shipment.token}/", headers={"Host": "track.nordlicht.example"}).status_code == 200
        response = client.get(f"/t/{shipment.token}/", **elsewhere)
        assert response.status_code == 404
        assert "Nordlicht" not in response.content.decode()

    def test_a_look_on_another_shops_host_is_not_the_shoppers(self, client, shop, elsewhere):
        shipment = scenes.on_its_way(shop)
        client.get(f"/t/{shipment.token}/", **elsewhere)
        shipment.refresh_from_db()
        assert shipment.seen_at is None

    def test_a_wrong_token_gets_the_page_that_tells_nothing(self, client):
        response = client.get("/t/nope/")
        assert response.status_code == 404
        assert "We could not find that order" in response.content.decode()

    def test_nothing_personal_is_on_the_page(self, shop, look):
        shipment = scenes.delivered(shop)
        customer = shipment.order.customer
        page = look(shipment)
        for secret in (customer.name, customer.email, str(customer.phone), "00100", "79.90"):
            assert secret not in page.html

    def test_a_proof_that_is_a_link_is_not_shown(self, shop, look):
        shipment = scenes.delivered(shop)
        Shipment.objects.filter(pk=shipment.pk).update(proof_of_delivery="https://carrier.example/signature.png")
        assert "signature.png" not in look(shipment).html
        Shipment.objects.filter(pk=shipment.pk).update(proof_of_delivery="Left in the shed")
        assert says(look(shipment), "Left in the shed")


class TestHostileTexts:
    SCRIPT = "<script>alert('x')</script>"

    def test_the_carriers_words_and_the_shops_texts_are_shown_as_they_are_written(self, look):
        merchant = a_merchant(returns_policy=self.SCRIPT, support_hours=self.SCRIPT)
        order = an_order(merchant, number=self.SCRIPT)
        Product.objects.update(name=self.SCRIPT, care=self.SCRIPT)
        Offer.objects.create(merchant=merchant, title=self.SCRIPT, body=self.SCRIPT, link="https://shop.example/")
        shipment = a_shipment(order)
        record(shipment, a_scan(description=self.SCRIPT, city=self.SCRIPT))
        html = look(shipment).html
        assert self.SCRIPT not in html
        assert html.count("&lt;script&gt;") >= 8
        assert html.count("<script") == 1  # our own

    def test_a_link_that_is_none_to_the_web_is_never_rendered(self, look):
        evil = "javascript:alert(1)"
        merchant = a_merchant(website=evil)
        product = a_product(merchant, link=evil, image=evil, setup_guide=evil, video=evil)
        order = an_order(merchant)
        OrderItem.objects.create(merchant=merchant, order=order, product=product)
        Offer.objects.create(merchant=merchant, title="Bulbs", link=evil)
        page = look(a_shipment(order))
        assert "javascript:" not in page.html
        assert says(page, product.name)


class TestManners:
    def test_headers_keep_the_link_to_its_holder(self, shop, look):
        headers = look(scenes.on_its_way(shop)).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert {"Accept-Language", "Cookie"} <= {name.strip() for name in headers["Vary"].split(",")}

    def test_nothing_on_the_page_needs_a_wider_policy(self, shop, look):
        html = look(scenes.on_its_way(shop)).html
        assert not re.search(r"\sstyle=|\son\w+=|<style", html)
        assert re.findall(r"<script([^>]*)>(.*?)</script>", html) == [(' src="/static/tracker/tracking.js" defer', "")]
        loaded = re.findall(r'<(?:link rel="stylesheet"|script|img)[^>]*?(?:href|src)="([^"]+)"', html)
        assert all(address.startswith("/") for address in loaded)

    @pytest.mark.parametrize("scene", scenes.SCENES.values(), ids=scenes.SCENES)
    def test_the_whole_page_costs_at_most_ten_queries(self, shop, client, scene, django_assert_max_num_queries):
        shipment = scene(shop)
        with django_assert_max_num_queries(10):
            assert client.get(f"/t/{shipment.token}/").status_code == 200

    def test_page_and_styles_fit_into_the_first_window_of_a_connection(self, shop, client):
        page = client.get(f"/t/{scenes.on_its_way(shop).token}/").content
        theme = client.get(f"/theme/{shop.slug}-{shop.brand_version}.css").content
        sheets = [Path(finders.find(f"tracker/{name}.css")).read_bytes() for name in ("tokens", "base", "tracking")]
        sent = [len(gzip.compress(part)) for part in (page, theme, *sheets)]
        assert sum(sent) <= FIRST_WINDOW


class TestSeen:
    def test_a_look_is_noted_and_touches_nothing_else(self, shop, look):
        shipment = scenes.on_its_way(shop)
        before = Shipment.objects.filter(pk=shipment.pk).values().get()
        look(shipment)
        after = Shipment.objects.filter(pk=shipment.pk).values().get()
        assert timezone.now() - after["seen_at"] < timedelta(seconds=10)
        assert {name for name in before if before[name] != after[name]} == {"seen_at"}

    def test_it_is_noted_at_most_once_a_minute(self, shop, look):
        shipment = scenes.on_its_way(shop)
        just_now, before = timezone.now() - timedelta(seconds=50), timezone.now() - timedelta(seconds=70)
        for seen, is_noted in ((just_now, False), (before, True)):
            Shipment.objects.filter(pk=shipment.pk).update(seen_at=seen)
            look(shipment)
            shipment.refresh_from_db()
            assert (shipment.seen_at != seen) is is_noted

    def test_a_browser_that_looks_ahead_is_no_shopper_who_looked(self, shop, client):
        shipment = scenes.on_its_way(shop)
        client.get(f"/t/{shipment.token}/", headers={"Sec-Purpose": "prefetch;prerender"})
        client.head(f"/t/{shipment.token}/")
        shipment.refresh_from_db()
        assert shipment.seen_at is None
