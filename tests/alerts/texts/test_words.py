"""A shop's own words in its messages, and ours where it has none."""

from decimal import Decimal

import pytest
from django.utils.html import strip_tags

from alerts.models import Alert, MessageText
from alerts.rendering import write
from alerts.states import State, Why
from alerts.texts.gathered import GATHERED
from alerts.triggers import Trigger
from orders.models import Case, CaseKind, ChangeKind, Notice, NoticeKind, Refund, StatusChange
from orders.reasons import Reason
from orders.statuses import Status
from tests.alerts.stories import NOW, PROMISED, a_parcel, news, put_off
from tests.builders import a_customer, a_merchant, a_shipment, an_order

pytestmark = pytest.mark.django_db


def own(shipment, trigger=Trigger.OUT_FOR_DELIVERY, channel="email", language="en", **words) -> MessageText:
    return MessageText.objects.create(
        merchant=shipment.merchant, trigger=trigger, channel=channel, language=language, **words
    )


def written(change, trigger=Trigger.OUT_FOR_DELIVERY, channel="email", language="en", **kw) -> Alert:
    alert = Alert(
        merchant=change.merchant,
        change=change,
        order=change.order,
        shipment=change.shipment,
        customer=change.order.customer,
        trigger=trigger,
        channel=channel,
        address="aino@shopper.example",
        language=language,
        **kw,
    )
    write(alert)
    return alert


def of_the_order(order, kind=ChangeKind.ORDER, **kw) -> StatusChange:
    return StatusChange.objects.create(
        merchant=order.merchant, order=order, kind=kind, new="new", occurred_at=NOW, planned_at=NOW, **kw
    )


@pytest.fixture
def parcel():
    return a_parcel(order=an_order(customer=a_customer(name="Aino Virtanen"), number="1001"))


@pytest.fixture
def change(parcel):
    return news(parcel, Status.OUT_FOR_DELIVERY)


class TestOwnWords:
    def test_they_stand_where_the_shop_wrote_some_and_ours_elsewhere(self, parcel, change):
        own(parcel, subject="{name}, {order} comes today", story="From {shop} by {carrier}, number {number}.")
        alert = written(change)
        assert alert.subject == "Aino Virtanen, 1001 comes today"
        assert f"From Nordlicht by DHL, number {parcel.tracking_number}." in alert.body_text
        assert alert.body_text.startswith("Out for delivery\n"), "the headline is ours"

    def test_they_are_of_one_shop_trigger_channel_and_language(self, parcel, change):
        stranger = a_shipment(a_merchant("Sydkust") and an_order(a_merchant("Sydkust")))
        own(stranger, story="Of a stranger")
        own(parcel, Trigger.SHIPPED, story="Of another message")
        own(parcel, channel="sms", short="Of another channel")
        own(parcel, language="fi", story="Of another language")
        assert "Of " not in written(change).body_text
        assert "Of another language" in written(change, language="fi").body_text

    def test_markup_in_them_stays_text_and_line_breaks_stay(self, parcel, change):
        own(parcel, story="<b>Bold</b> & {shop}\nsecond line\n\nsecond paragraph")
        alert = written(change)
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Nordlicht<br>second line</p>" in alert.body_html
        assert "second line\n\nsecond paragraph" in alert.body_text

    def test_markup_in_a_value_stays_text(self, parcel, change):
        parcel.order.customer.name = "<script>x</script>"
        parcel.order.customer.save()
        own(parcel, story="Dear {name}")
        change.refresh_from_db()
        assert "<script>x" not in written(change).body_html

    def test_templates_in_them_are_never_run(self, parcel, change, settings):
        own(parcel, story="{{ merchant.email_from }} {% load static %}")
        alert = written(change)
        assert "orders@nordlicht.example" not in alert.body_text
        assert "has left the depot" in alert.body_text, "what cannot be read as words is ours"

    def test_a_line_break_in_a_subject_does_not_break_the_header(self, parcel, change):
        own(parcel, subject="{order}\r\nBcc: all@example.com")
        assert written(change).subject == "1001 Bcc: all@example.com"

    def test_names_keep_their_direction_in_a_text_from_right_to_left(self, parcel, change):
        own(parcel, language="ar", story="طلبك {order}")
        assert "طلبك \u20681001\u2069" in written(change, language="ar").body_text

    def test_a_reason_that_asks_something_of_the_shopper_is_said_instead_of_what_follows(self, parcel):
        own(parcel, Trigger.ADDRESS_PROBLEM, next="Lean back.")
        change = news(parcel, Status.EXCEPTION, reason=Reason.ADDRESS_INCORRECT)
        alert = written(change, Trigger.ADDRESS_PROBLEM)
        assert "Please confirm your address." in alert.body_text
        assert "Lean back." not in alert.body_text


class TestTexts:
    def test_a_text_ends_with_the_link_unless_it_holds_it(self, parcel, change):
        own(parcel, channel="sms", short="{shop}: {link} shows where {order} is")
        told = written(change, channel="sms").body_text
        assert told == f"Nordlicht: https://portal.test/t/{parcel.token}/ shows where 1001 is"
        MessageText.objects.update(short="{shop}: {order} comes today")
        told = written(change, channel="sms").body_text
        assert told == f"Nordlicht: 1001 comes today https://portal.test/t/{parcel.token}/"


class TestAVariableWithoutAValue:
    def test_the_field_is_ours_and_a_notice_tells_the_shop_once(self, parcel, change):
        own(parcel, subject="Today: {order}", story="It was promised for {was}.")
        for _again in range(2):
            alert = written(change)
        assert alert.subject == "Today: 1001", "the other fields stay"
        assert "has left the depot" in alert.body_text
        notice = Notice.objects.get(kind=NoticeKind.TEXT_UNFILLED)
        assert (notice.merchant, notice.count) == (parcel.merchant, 2)
        assert "{was}" in notice.detail

    def test_with_a_value_the_same_text_is_said(self, parcel):
        own(parcel, Trigger.PROMISE_REVISED, story="It was promised for {was}.")
        alert = written(put_off(parcel)[0], Trigger.PROMISE_REVISED)
        assert "It was promised for Tue 3" in alert.body_text
        assert not Notice.objects.exists()

    def test_a_language_whose_text_misses_a_variable_breaks_no_other(self, parcel, change):
        own(parcel, language="en", story="Today: {order}")
        own(parcel, language="fi", story="Tänään: {tilaus}")
        assert "Today: 1001" in written(change).body_text
        finnish = written(change, language="fi")
        assert "{" not in finnish.body_text
        assert "lähtenyt" in finnish.body_text
        assert "{tilaus}" in Notice.objects.get().detail

    def test_a_test_tells_no_notice(self, parcel, change):
        own(parcel, story="{was}")
        written(change, is_test=True)
        assert not Notice.objects.exists()


class TestTheOrder:
    """Messages about the order, before or beside its parcels."""

    def test_an_order_without_a_parcel_leads_to_the_shops_portal(self):
        order = an_order(number="1001")
        alert = written(of_the_order(order), Trigger.ORDER_RECEIVED)
        assert alert.subject == "We have received your order 1001"
        assert f"See your order: https://portal.test/find/{order.merchant.slug}/" in alert.body_text
        assert "- 1 × Linen lamp" in alert.body_text
        assert "application/ld+json" not in alert.body_html

    def test_an_order_with_a_parcel_leads_to_its_page(self, parcel):
        alert = written(of_the_order(parcel.order), Trigger.ORDER_DELAYED)
        assert f"https://portal.test/t/{parcel.token}/" in alert.body_text

    @pytest.mark.parametrize(("language", "amount"), [("en", "€1,079.90"), ("fi", "1 079,90 €"), ("de", "1.079,90 €")])
    def test_a_refund_is_told_as_the_language_writes_money(self, parcel, language, amount):
        refund = Refund.objects.create(
            merchant=parcel.merchant, order=parcel.order, reference="r1", amount=Decimal("1079.90"), currency="EUR"
        )
        change = of_the_order(parcel.order, ChangeKind.REFUND, refund=refund)
        alert = written(change, Trigger.REFUNDED, language=language)
        assert amount in alert.body_text.replace("\N{NO-BREAK SPACE}", " ")

    def test_an_answer_is_quoted_as_it_was_typed(self, parcel):
        answer = "Dear Aino,\n\na new <lamp> leaves today."
        change = of_the_order(parcel.order, ChangeKind.CASE, case=a_case(parcel, answer=answer))
        alert = written(change, Trigger.CASE_ANSWERED)
        assert answer in alert.body_text
        assert "<blockquote" in alert.body_html
        assert "a new &lt;lamp&gt; leaves today." in alert.body_html

    def test_an_answer_that_the_shops_own_words_hold_is_not_quoted_again(self, parcel):
        own(parcel, Trigger.CASE_ANSWERED, story="You asked ({case}). We say: {answer}")
        change = of_the_order(parcel.order, ChangeKind.CASE, case=a_case(parcel, answer="A new lamp leaves today."))
        told = written(change, Trigger.CASE_ANSWERED).body_text
        assert "You asked (Damaged). We say: A new lamp leaves today." in told
        assert told.count("A new lamp") == 1


def a_case(parcel, **kw) -> Case:
    return Case.objects.create(merchant=parcel.merchant, order=parcel.order, kind=CaseKind.DAMAGED, **kw)


class TestAftercare:
    def test_help_with_a_product_stands_where_the_items_would_and_no_promise(self, parcel):
        product = parcel.order.items.get().product
        product.setup_guide, product.video = "https://shop.example/guide", "https://shop.example/video"
        product.care = "Not of this message"
        product.save()
        alert = written(news(parcel, Status.DELIVERED), Trigger.HOW_TO_USE)
        assert alert.subject == "How to get started with Linen lamp"
        assert "Set-up guide: https://shop.example/guide" in alert.body_text
        assert "Video: https://shop.example/video" in alert.body_text
        for words in ("Not of this message", "1 × Linen lamp", "Expected", "was Tue"):
            assert words not in alert.body_text
        assert "application/ld+json" not in alert.body_html

    def test_care_keeps_its_lines(self, parcel):
        parcel.order.items.get().product.__class__.objects.update(care="Wipe it.\nKeep it dry.")
        alert = written(news(parcel, Status.DELIVERED), Trigger.CARE)
        assert "Wipe it.<br>Keep it dry." in alert.body_html

    def test_a_warranty_names_its_last_day(self, parcel):
        parcel.order.items.get().product.__class__.objects.update(warranty_months=24, warranty="All parts.")
        alert = written(news(parcel, Status.DELIVERED), Trigger.WARRANTY_ENDS)
        assert "2028" in alert.subject
        assert "All parts." in alert.body_text


class TestSeveralParcels:
    @pytest.fixture
    def together(self, parcel):
        """Two parcels of one order that left together, told in the first one's message."""
        other = a_shipment(parcel.order, window=PROMISED, now=NOW, carrier="ups", tracking_number="1Z999")
        news(other, Status.IN_TRANSIT)

        def tell(trigger, language="en", channel="email") -> Alert:
            first, second = (
                Alert.objects.create(
                    merchant=shipment.merchant,
                    change=shipment.changes.order_by("pk").first(),
                    order=shipment.order,
                    shipment=shipment,
                    customer=shipment.order.customer,
                    trigger=trigger,
                    channel=channel,
                    address=f"{trigger}-{language}@shopper.example",
                    language=language,
                    state=State.SUPPRESSED,
                    reason=Why.TOLD_TOGETHER,
                )
                for shipment in (parcel, other)
            )
            first.digested.add(second)
            write(first)
            return first

        return tell

    def test_one_message_names_each_with_its_day_and_page(self, together, parcel):
        alert = together(Trigger.SHIPPED)
        other = parcel.order.shipments.get(carrier="ups")
        assert alert.subject == "2 parcels of your order 1001 are on their way"
        assert f"- DHL {parcel.tracking_number}\n  Tue 3" in alert.body_text
        assert "- UPS 1Z999\n  Tue 3" in alert.body_text
        for shipment in (parcel, other):
            assert f"https://portal.test/t/{shipment.token}/" in alert.body_text
            assert f"https://portal.test/t/{shipment.token}/" in alert.body_html
        assert "Your parcel from" not in alert.body_text
        assert alert.body_html.count('"@type":"ParcelDelivery"') == 2

    def test_a_text_counts_them(self, together):
        told = together(Trigger.DELIVERED, channel="sms").body_text
        assert told.startswith("Nordlicht: 2 parcels of your order 1001 have been delivered. https://")

    def test_the_shops_own_words_of_one_parcel_are_not_said_of_two(self, together, parcel):
        own(parcel, Trigger.SHIPPED, subject="Your parcel left")
        assert together(Trigger.SHIPPED).subject == "2 parcels of your order 1001 are on their way"

    def test_all_that_is_gathered_has_its_sentence(self, together):
        assert set(GATHERED) == {trigger for trigger in Trigger if trigger.manners.gathers}
        for trigger in GATHERED:
            alert = together(trigger)
            assert "2 parcels" in alert.subject
            assert "%(" not in alert.body_text + strip_tags(alert.body_html)
