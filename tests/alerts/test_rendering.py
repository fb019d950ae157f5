import re
from datetime import date, time, timedelta

import pytest
from django.conf import settings
from django.utils import timezone, translation
from django.utils.html import strip_tags

from alerts.models import Alert
from alerts.rendering import write
from alerts.texts.segments import segments
from alerts.triggers import Trigger
from orders import wording
from orders.models import OrderItem, Product
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.alerts.stories import HOUR, NOW, a_parcel, news, put_off, risk
from tests.builders import a_customer, a_merchant, a_shipment, an_order

pytestmark = pytest.mark.django_db


def written(change, trigger, channel="email", language="en", **kw) -> Alert:
    shipment = change.shipment
    alert = Alert(
        merchant=shipment.merchant,
        change=change,
        order=shipment.order,
        shipment=shipment,
        customer=shipment.order.customer,
        trigger=trigger,
        channel=channel,
        address="aino@shopper.example",
        language=language,
        **kw,
    )
    write(alert)
    return alert


def named(shipment, **names):
    """The parcel with other words in it, as a merchant or a shopper may have written them."""
    for model, fields in names.items():
        row = {"merchant": shipment.merchant, "order": shipment.order, "product": Product.objects.get()}[model]
        for field, value in fields.items():
            setattr(row, field, value)
        row.save()
    shipment.refresh_from_db()
    return shipment


class TestEmail:
    def test_a_parcel_at_risk_says_what_was_promised_why_and_what_happens_now(self):
        shipment = a_parcel()
        alert = written(risk(shipment, "at_risk"), Trigger.AT_RISK)
        number = shipment.order.number
        assert alert.subject == f"Your order {number} may arrive later than Thu 5 Mar"
        assert re.search(r"was promised for Tue 3 .*Thu 5 Mar\. ", alert.body_text)
        assert "The reason: the carrier has not reported for some time." in alert.body_text
        assert "We are watching it and will write as soon as we know more." in alert.body_text
        assert f"Follow your parcel: https://portal.test/t/{shipment.token}/" in alert.body_text
        assert "- 1 × Linen lamp" in alert.body_text

    def test_a_new_day_shows_the_old_one_beside_it(self):
        shipment = a_parcel()
        alert = written(put_off(shipment)[0], Trigger.PROMISE_REVISED)
        assert alert.body_text.startswith("Now expected Mon 9")
        assert re.search(r"\(was Tue 3 .*Thu 5 Mar\)", alert.body_text)

    def test_a_promise_with_hours_is_told_by_the_clock_of_the_destination(self):
        window = PromisedWindow(date(2026, 3, 9), date(2026, 3, 9), time(13), time(15), "Europe/Helsinki")
        alert = written(put_off(a_parcel(), window)[0], Trigger.PROMISE_REVISED)
        assert "Now expected Mon 9 Mar, 13:00–15:00" in alert.body_text

    def test_a_delivery_at_half_past_ten_at_night_in_utc_is_the_next_day_in_helsinki(self):
        change = news(a_parcel(), Status.DELIVERED, at=NOW.replace(hour=22, minute=30))
        assert "was delivered: Tue 3 Mar, 00:30." in written(change, Trigger.DELIVERED).body_text

    def test_the_reason_names_the_one_thing_to_do_and_its_button(self):
        change = news(a_parcel(), Status.EXCEPTION, reason=Reason.ADDRESS_INCORRECT)
        alert = written(change, Trigger.EXCEPTION)
        assert "The reason: the address could not be found." in alert.body_text
        assert "Please confirm your address." in alert.body_text
        assert "Confirm the address: https://" in alert.body_text
        assert "Confirm the address</a>" in alert.body_html

    def test_a_parcel_on_its_way_back_is_asked_for_whatever_turned_it_back(self):
        change = news(a_parcel(), Status.RETURNING, reason=Reason.PICKUP_EXPIRED)
        alert = written(change, Trigger.RETURNING)
        assert "The reason: the parcel was not collected in time." in alert.body_text
        assert "Please write to us if you still want it" in alert.body_text
        assert "Write to us: https://" in alert.body_text

    def test_a_problem_without_a_reason_says_that_nobody_gave_one(self):
        change = news(a_parcel(), Status.EXCEPTION)
        assert "The carrier has not said why." in written(change, Trigger.EXCEPTION).body_text

    def test_a_neighbour_who_took_it_in_is_named_as_the_carriers_word(self):
        change = news(a_parcel(), Status.DELIVERED, reason=Reason.DELIVERED_TO_NEIGHBOUR)
        text = written(change, Trigger.LEFT_WITH_NEIGHBOUR).body_text
        assert "The carrier says that a neighbour took in your parcel from Nordlicht" in text
        assert "Please ask next door." in text
        assert "it was left with a neighbour" not in text, "once is enough"

    def test_the_footer_says_who_writes_how_to_ask_and_how_to_end_it(self):
        merchant = a_merchant(postal_address="Kalevankatu 1, Helsinki", support_phone="+358 9 123")
        change = news(a_parcel(order=an_order(merchant)), Status.OUT_FOR_DELIVERY)
        alert = written(change, Trigger.OUT_FOR_DELIVERY)
        for words in (alert.body_text, alert.body_html):
            assert "because you ordered at Nordlicht" in words
            assert "Just reply to this e-mail." in words
            assert "Kalevankatu 1, Helsinki" in words
            assert "+358 9 123" in words
            assert "https://portal.test/messages/unsubscribe/" in words

    def test_links_lead_to_the_merchants_own_domain(self):
        shipment = a_parcel()
        shipment.merchant.domains.create(host="track.nordlicht.example")
        alert = written(news(shipment, Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY)
        assert f"https://track.nordlicht.example/t/{shipment.token}/" in alert.body_text
        assert "portal.test" not in alert.body_text

    def test_arabic_is_written_from_right_to_left_with_its_own_days(self):
        alert = written(put_off(a_parcel())[0], Trigger.PROMISE_REVISED, language="ar")
        assert '<html lang="ar" dir="rtl">' in alert.body_html
        assert "مارس" in alert.body_text
        assert "Mar" not in alert.body_text
        # A Latin name or number keeps its own direction within the sentence.
        assert "\u2068Nordlicht\u2069" in alert.body_text

    def test_words_are_in_the_messages_language_whatever_the_workers_is(self):
        change = put_off(a_parcel())[0]
        with translation.override("de"):
            english = written(change, Trigger.PROMISE_REVISED)
        assert "Mon 9" in english.body_text
        assert '<html lang="en" dir="ltr">' in english.body_html

    def test_the_html_carries_its_style_and_the_brand_within(self):
        merchant = a_merchant(primary_colour="#ffe100", background_colour="#101820", radius=3)
        alert = written(news(a_parcel(order=an_order(merchant)), Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY)
        button = re.search(r"<a [^>]*class=\"button\"[^>]*>", alert.body_html)[0]
        assert "background-color: #ffe100" in button
        assert "color: #000000" in button, "white on yellow cannot be read"
        assert "border-radius: 3px" in button
        assert "prefers-color-scheme: dark" in alert.body_html
        assert len(alert.body_html.encode()) < 60_000

    def test_a_colour_that_is_none_does_not_reach_the_style_sheet(self):
        shipment = a_parcel()
        shipment.merchant.primary_colour = "}x{a:"
        alert = written(news(shipment, Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY)
        assert "}x{" not in alert.body_html

    def test_pictures_are_shown_from_https_only(self):
        shipment = named(a_parcel(), product={"image": "http://shop.example/lamp.jpg"})
        change = news(shipment, Status.OUT_FOR_DELIVERY)
        assert "lamp.jpg" not in written(change, Trigger.OUT_FOR_DELIVERY).body_html
        named(shipment, product={"image": "https://shop.example/lamp.jpg"})
        assert 'src="https://shop.example/lamp.jpg"' in written(change, Trigger.OUT_FOR_DELIVERY).body_html

    def test_a_long_order_shows_some_of_its_items(self):
        shipment = a_parcel()
        product = Product.objects.get()
        for _ in range(300):
            OrderItem.objects.create(merchant=shipment.merchant, order=shipment.order, product=product)
        alert = written(news(shipment, Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY)
        assert strip_tags(alert.body_html.partition("<body")[2]).count("Linen lamp") == 8
        assert len(alert.body_html.encode()) < 60_000

    def test_markup_in_names_stays_text(self):
        shipment = named(a_parcel(), merchant={"name": "<b>Shop</b> & Co"}, product={"name": "<script>x</script>"})
        alert = written(news(shipment, Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY)
        assert "<script>" not in alert.body_html
        assert "&lt;b&gt;Shop" in alert.body_html
        assert "<b>Shop</b> & Co" in alert.body_text, "plain text is not escaped"

    def test_a_line_break_in_an_order_number_does_not_break_the_subject(self):
        shipment = named(a_parcel(), order={"number": "1001\r\nBcc: all@example.com"})
        alert = written(news(shipment, Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY)
        assert alert.subject == "Your order 1001 Bcc: all@example.com is out for delivery"


class TestSms:
    def test_a_text_is_one_line_with_the_link_in_plain_letters(self):
        shipment = a_parcel()
        alert = written(put_off(shipment)[0], Trigger.PROMISE_REVISED, channel="sms")
        assert alert.body_text.startswith(f"Nordlicht: your order {shipment.order.number} is now expected Mon 9")
        assert alert.body_text.endswith(f" https://portal.test/t/{shipment.token}/")
        assert "\n" not in alert.body_text
        assert (alert.subject, alert.body_html) == ("", "")

    @pytest.mark.parametrize("trigger", Trigger)
    def test_no_english_text_needs_more_than_two_parts(self, trigger):
        shipment = a_parcel()
        put_off(shipment)
        change = news(shipment, Status.DELIVERED, at=NOW + HOUR)
        assert segments(written(change, trigger, channel="sms").body_text).parts <= 2


@pytest.mark.parametrize("trigger", Trigger)
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_every_message_is_whole_and_calm(trigger, channel):
    shipment = a_parcel(order=an_order(customer=a_customer(name="Aino")))
    put_off(shipment)
    alert = written(news(shipment, Status.DELIVERED, at=NOW + HOUR), trigger, channel)
    for words in (alert.subject, alert.body_text, strip_tags(alert.body_html.partition("</head>")[2])):
        assert "%(" not in words
        assert "{{" not in words
        assert "!" not in words
        assert "inconvenience" not in words


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
@pytest.mark.parametrize("trigger", Trigger)
def test_every_e_mail_is_small_however_long_the_order(trigger, language):
    """Gmail cuts off what is longer than 102 kB, and with it the way to unsubscribe."""
    shipment = named(a_parcel(), merchant={"name": "ب" * 80, "postal_address": "ب" * 200, "support_hours": "ب" * 120})
    named(shipment, product={"name": "ب" * 160, "image": f"https://shop.example/{'x' * 170}.jpg", "care": "ب" * 2000})
    for _ in range(20):
        OrderItem.objects.create(merchant=shipment.merchant, order=shipment.order, product=Product.objects.get())
    alert = written(put_off(shipment)[0], trigger, language=language)
    assert len(alert.body_html.encode()) < 60_000
    assert "%(" not in alert.body_html


class TestTheHead:
    def test_the_preheader_is_hidden_and_padded(self):
        alert = written(news(a_parcel(), Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY)
        preheader = re.search(r'<div class="preheader"[^>]*>(.*?)</div>', alert.body_html, re.DOTALL)
        assert "display: none" in preheader[0]
        assert preheader[1].startswith("Your parcel from Nordlicht has left the depot")
        assert preheader[1].count("\N{ZERO WIDTH NON-JOINER}&nbsp;") >= 60

    def test_the_way_is_drawn_in_steps_with_the_present_one_in_bold(self):
        alert = written(news(a_parcel(), Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY)
        steps = re.findall(r'<td class="step (\w+)-step"[^>]*>([^<]*)</td>', alert.body_html)
        assert [mark for mark, _name in steps] == ["done", "done", "now", "to_come"]
        assert steps[2][1] == "Out for delivery"

    def test_the_promise_stands_large_below_the_news(self):
        alert = written(news(a_parcel(), Status.OUT_FOR_DELIVERY, at=NOW), Trigger.OUT_FOR_DELIVERY)
        assert "Expected" not in alert.body_html, "the promise of March 2026 has passed"
        shipment = a_shipment()
        alert = written(news(shipment, Status.IN_TRANSIT, at=timezone.now()), Trigger.SHIPPED)
        days = wording.promised(shipment.promise.window)
        assert re.search(rf'<p class="expected" style="[^"]*font-size: 22px[^"]*">{days}</p>', alert.body_html)
        assert f"Expected {days}" in alert.body_text

    def test_a_message_that_waited_tells_the_promise_of_the_hour_it_is_written(self):
        shipment = a_shipment()
        left = news(shipment, Status.IN_TRANSIT, at=timezone.now())
        later = PromisedWindow(*(day + timedelta(days=5) for day in shipment.promise.window.days()))
        put_off(shipment, later, at=timezone.now())
        left.refresh_from_db()
        assert f"Expected {wording.promised(later)}" in written(left, Trigger.SHIPPED).body_text

    def test_a_parcel_in_trouble_is_not_said_to_be_arriving(self):
        alert = written(news(a_shipment(), Status.EXCEPTION, at=timezone.now()), Trigger.EXCEPTION)
        assert "Promised for" in alert.body_html
        assert "Promised for" in alert.body_text
        assert "Arriving" not in alert.body_html

    @pytest.mark.parametrize(
        ("status", "reason", "trigger"),
        [
            (Status.AVAILABLE_FOR_PICKUP, None, Trigger.AVAILABLE_FOR_PICKUP),
            (Status.EXCEPTION, Reason.LOST, Trigger.LOST),
            (Status.EXCEPTION, Reason.DAMAGED, Trigger.DAMAGED),
            (Status.RETURNING, Reason.REFUSED, Trigger.RETURNING),
        ],
    )
    def test_what_waits_already_or_will_not_come_is_not_expected_any_more(self, status, reason, trigger):
        alert = written(news(a_shipment(), status, at=timezone.now(), reason=reason), trigger)
        for words in (alert.body_text, alert.body_html):
            assert "Expected" not in words
            assert "Promised for" not in words

    def test_what_a_delivery_was_promised_for_is_no_news_any_more(self):
        shipment = a_parcel()
        put_off(shipment)
        assert "was Tue" not in written(news(shipment, Status.DELIVERED, at=NOW + HOUR), Trigger.DELIVERED).body_text


def test_a_browser_is_told_the_headline_and_what_happened():
    alert = written(news(a_parcel(), Status.OUT_FOR_DELIVERY), Trigger.OUT_FOR_DELIVERY, channel="push")
    assert alert.subject == "Out for delivery"
    assert alert.body_text == "Your parcel from Nordlicht has left the depot for your address.\n"
    assert alert.body_html == ""


@pytest.mark.parametrize(("channel", "queries"), [("email", 3), ("sms", 2)])
def test_writing_asks_for_the_shops_text_and_the_other_parcels_and_an_e_mail_for_items(
    channel, queries, django_assert_num_queries
):
    """Each message pays for these; the change, its order and its shop are known by then."""
    change = news(a_parcel(), Status.OUT_FOR_DELIVERY)
    written(change, Trigger.OUT_FOR_DELIVERY, channel)
    with django_assert_num_queries(queries):
        written(change, Trigger.OUT_FOR_DELIVERY, channel)


def test_a_test_says_so_in_its_subject():
    shipment = a_parcel()
    alert = written(risk(shipment, "at_risk"), Trigger.AT_RISK, is_test=True)
    assert alert.subject.startswith("Test: Your order ")
