"""The desk for a shop's own words."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert, MessageText
from alerts.triggers import Trigger
from orders.models import Merchant, Role
from tests.alerts.stories import a_parcel
from tests.builders import a_customer, a_merchant, a_shipment, an_order
from tests.staff import a_desk, as_posted, errors, logged_in, press_on, told, url_of

pytestmark = pytest.mark.django_db

ADD = url_of(MessageText, "add")
PREVIEW = reverse("admin:alerts_messagetext_preview")
SHIPPED = {"trigger": "shipped", "channel": "email", "language": "en"}


@pytest.fixture
def merchant():
    return a_merchant()


@pytest.fixture
def order(merchant):
    return an_order(merchant, a_customer(merchant, name="Aino Virtanen"), number="1001")


@pytest.fixture
def parcel(order):
    return a_shipment(order)


@pytest.fixture
def desk(django_user_model, merchant):
    return a_desk(django_user_model, merchant, email="maija@nordlicht.example")


def add(desk, key=SHIPPED, **typed):
    url = f"{ADD}?{'&'.join(f'{name}={value}' for name, value in key.items())}"
    return desk.post(url, {**as_posted(desk.get(url)), **typed})


def a_text(merchant, **kw) -> MessageText:
    return MessageText.objects.create(merchant=merchant, **{**SHIPPED, "story": "From {shop}.", **kw})


def shown(desk, order, **typed):
    return desk.post(PREVIEW, {**SHIPPED, "shown_in": "en", "order": order.pk, **typed})


class TestWriting:
    def test_first_the_desk_asks_what_the_words_are_for(self, desk):
        page = desk.get(ADD)
        assert "Which message is to say something of your own" in page.content.decode()
        assert set(page.context["form"].fields) == {"merchant", "trigger", "channel", "language"}

    def test_the_inputs_are_those_that_the_channel_says_with_ours_to_read(self, desk):
        page = desk.get(ADD, SHIPPED)
        fields = page.context["adminform"].form.fields
        assert [name for name in fields if name != "merchant"] == ["subject", "headline", "story", "next"]
        assert fields["subject"].widget.attrs["placeholder"] == "Your order {order} is on its way"
        page = desk.get(ADD, {**SHIPPED, "channel": "sms", "language": "ar"})
        (short,) = [field for name, field in page.context["adminform"].form.fields.items() if name != "merchant"]
        assert (short.widget.attrs["lang"], short.widget.attrs["dir"]) == ("ar", "rtl")
        assert "طلبك" in short.widget.attrs["placeholder"]

    def test_words_are_saved_for_the_shop(self, desk, merchant):
        assert add(desk, story="It left {shop}.").status_code == 302
        text = merchant.message_texts.get()
        assert (text.trigger, text.channel, text.language, text.story) == ("shipped", "email", "en", "It left {shop}.")

    def test_a_second_text_for_the_same_message_opens_the_first(self, desk, merchant):
        text = a_text(merchant)
        assert desk.get(ADD, SHIPPED).url == url_of(MessageText, "change", text.pk)

    def test_a_second_text_written_meanwhile_is_not_lost_silently(self, desk, merchant):
        url = f"{ADD}?trigger=shipped&channel=email&language=en"
        typed = {**as_posted(desk.get(url)), "story": "Mine"}
        a_text(merchant, story="Theirs")
        assert "written this text meanwhile" in str(errors(desk.post(url, typed)))
        assert merchant.message_texts.get().story == "Theirs"

    def test_a_novel_is_refused(self, desk):
        assert "at most 4000 characters" in str(errors(add(desk, story="x" * 4001)))

    def test_a_broken_variable_is_refused_with_its_place(self, desk):
        response = add(desk, subject="Order {order}", story="First line\nDear {nmae}")
        assert errors(response) == {"story": ["Line 2, sign 6: {nmae} is no variable. Did you mean {name}?"]}
        assert not MessageText.objects.exists()

    def test_line_breaks_as_browsers_send_them_count_as_one(self, desk, merchant):
        add(desk, story="One\r\n\r\nTwo {shpo}")
        response = add(desk, story="One\r\n\r\nTwo {shpo}")
        assert "Line 3, sign 5" in str(errors(response)["story"])

    def test_words_that_say_nothing_are_refused(self, desk):
        assert "Nothing is written here" in str(errors(add(desk, story="  ")))

    def test_changing_words_says_when(self, desk, merchant):
        text = a_text(merchant, updated_at=timezone.now().replace(year=2020))
        url = url_of(MessageText, "change", text.pk)
        assert desk.post(url, {**as_posted(desk.get(url)), "story": "Else"}).status_code == 302
        text.refresh_from_db()
        assert (text.story, text.updated_at.year) == ("Else", timezone.now().year)

    def test_staff_may_take_their_words_back(self, desk, merchant):
        text = a_text(merchant)
        assert desk.post(url_of(MessageText, "delete", text.pk), {"post": "yes"}).status_code == 302
        assert not MessageText.objects.exists()

    def test_who_works_for_two_shops_chooses_one(self, django_user_model, merchant):
        other = a_merchant("Sydkust")
        operator = logged_in(django_user_model.objects.create_superuser("operator"))
        assert add(operator, {**SHIPPED, "merchant": other.pk}, story="Of Sydkust").status_code == 302
        assert MessageText.objects.get().merchant == other

    def test_a_viewer_may_look_and_not_write(self, django_user_model, merchant, parcel):
        viewer = a_desk(django_user_model, merchant, Role.VIEWER)
        text = a_text(merchant)
        assert viewer.get(ADD, SHIPPED).status_code == 403
        assert viewer.post(url_of(MessageText, "change", text.pk), {"story": "x"}).status_code == 403
        assert viewer.get(url_of(MessageText, "change", text.pk)).status_code == 200
        page = shown(viewer, parcel.order).json()["page"]
        assert "From Nordlicht." in page, "the stored words are shown"


class TestPreview:
    def test_it_shows_a_real_order_with_words_that_are_not_saved(self, desk, parcel):
        told = shown(desk, parcel.order, subject="{name}: {order}", story="By {carrier}").json()
        assert told["subject"] == "Aino Virtanen: 1001"
        assert "By DHL" in told["page"]
        assert told["notes"] == []
        assert not MessageText.objects.exists()
        assert not Alert.objects.exists()

    def test_in_another_language_it_shows_what_is_said_there(self, desk, merchant, parcel):
        a_text(merchant, language="fi", story="Omat sanat")
        assert "Omat sanat" in shown(desk, parcel.order, story="Own words", shown_in="fi").json()["page"]
        german = shown(desk, parcel.order, story="Own words", shown_in="de").json()["page"]
        assert 'lang="de"' in german
        assert "Own words" not in german

    def test_a_mistake_is_told_while_typing_and_ours_stands_there(self, desk, parcel):
        told = shown(desk, parcel.order, story="{ordr}").json()
        assert told["notes"] == ["Line 1, sign 1: {ordr} is no variable. Did you mean {order}?"]
        assert "The carrier has your parcel" in told["page"]

    def test_a_variable_without_a_value_is_told(self, desk, parcel):
        (note,) = shown(desk, parcel.order, story="It was {was}").json()["notes"]
        assert note.startswith("{was} has no value for this order")

    def test_a_text_says_what_it_costs(self, desk, parcel):
        told = shown(desk, parcel.order, channel="sms", short="{shop}: {order}").json()
        assert "Nordlicht: 1001 https://portal.test" in told["page"]
        (note,) = told["notes"]
        assert note.startswith("1 part (GSM-7)")
        (note,) = shown(desk, parcel.order, channel="sms", short="{shop}: ж" + "x" * 60).json()["notes"]
        assert note.startswith("2 parts (UCS-2)")

    def test_in_money_too_where_the_shop_has_said_what_a_part_costs(self, desk, merchant, parcel):
        Merchant.objects.filter(pk=merchant.pk).update(sms_part_price=Decimal("0.07"))
        notes = shown(desk, parcel.order, channel="sms", short="{shop}: ж" + "x" * 60).json()["notes"]
        assert notes[1] == "It costs about €0.14."

    def test_typed_markup_stays_text(self, desk, parcel):
        page = shown(desk, parcel.order, story="<script>alert(1)</script>").json()["page"]
        assert "<script>alert" not in page
        page = shown(desk, parcel.order, channel="sms", short="<script>alert(1)</script>").json()["page"]
        assert "<script>alert" not in page

    @pytest.mark.parametrize("channel", ["email", "sms", "push", "webhook"])
    def test_every_message_can_be_shown(self, desk, parcel, channel):
        for trigger in Trigger:
            answer = shown(desk, parcel.order, trigger=trigger, channel=channel)
            assert answer.status_code == 200, trigger
            assert "%(" not in answer.json()["page"]

    def test_an_order_of_another_shop_is_not_shown(self, desk):
        stranger = a_parcel()
        answer = shown(desk, stranger.order)
        assert answer.status_code == 400
        assert stranger.order.number not in answer.content.decode()

    def test_words_of_another_shop_are_not_shown(self, django_user_model, desk, parcel):
        a_text(a_merchant("Sydkust"), story="Secret words")
        assert "Secret words" not in shown(desk, parcel.order).json()["page"]

    def test_it_is_asked_by_post_only_and_by_staff_only(self, client, desk, parcel):
        assert desk.get(PREVIEW).status_code == 405
        assert shown(client, parcel.order).status_code == 302

    def test_the_page_offers_the_shops_own_orders_and_keeps_the_frame_shut(self, desk, parcel):
        a_parcel()
        page = desk.get(ADD, SHIPPED)
        assert list(page.context["orders"]) == [parcel.order]
        assert 'sandbox=""' in page.content.decode()

    def test_without_an_order_it_says_so(self, desk):
        assert "There is none with a parcel yet" in desk.get(ADD, SHIPPED).content.decode()


class TestTestSend:
    def test_it_sends_the_saved_words_to_oneself(self, desk, merchant, parcel):
        text = a_text(merchant, language="fi", story="Omat sanat")
        press_on(desk, text, "send_this_test", address="maija@nordlicht.example")
        alert = Alert.objects.get()
        assert (alert.is_test, alert.trigger, alert.language) == (True, "shipped", "fi")
        assert alert.address == "maija@nordlicht.example"
        assert "Omat sanat" in alert.body_text

    def test_a_message_about_the_order_is_tested_without_a_parcel(self, desk, merchant, parcel):
        text = a_text(merchant, trigger="refunded", story="We sent {amount}.")
        press_on(desk, text, "send_this_test", address="maija@nordlicht.example")
        assert Alert.objects.get().shipment is None
        assert "We sent €79.90." in Alert.objects.get().body_text

    def test_without_an_order_it_says_why_not(self, desk, merchant):
        text = a_text(merchant)
        response = press_on(desk, text, "send_this_test", address="maija@nordlicht.example")
        assert "no order with a parcel" in str(told(response))

    def test_a_viewer_sends_none(self, django_user_model, merchant, parcel):
        text = a_text(merchant)
        press_on(a_desk(django_user_model, merchant, Role.VIEWER), text, "send_this_test", address="x@y.example")
        assert not Alert.objects.exists()
