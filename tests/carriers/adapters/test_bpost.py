import base64
from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.bpost import Bpost
from carriers.base import Parcel, Reply
from carriers.errors import CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, Read, headline, times


class BpostTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = Bpost
    credentials = {"account_id": "123456", "passphrase": "s3cret"}
    number = "323212345600001234567031"
    format = "xml"
    unknown_code = "X99"
    corpus = {
        "error-response-1.xml": Fails(CarrierUnavailable, "An unexpected error occurred"),
        "track-response-1.xml": Read(Status.DELIVERED, None, 3, "2012-11-22T22:19:29Z", "2012-11-23T08:31:07Z"),
    }

    def read(self, words, code="X1"):
        """The (status, reason) of one state that says this."""
        told = f"<itemTracking><stateInfo><time>2026-03-04T12:00:00+01:00</time><stateCode>{code}</stateCode>"
        told += f"<stateDescription>{words}</stateDescription></stateInfo></itemTracking>"
        (update,) = self.parse(told.encode())
        return headline(update)

    def test_the_item_is_asked_for_with_basic_authentication(self):
        adapter = self.adapter(Reply(200, b"<x/>"))
        adapter.fetch([Parcel(self.number)])
        (asked,) = adapter.send
        self.assertEqual(
            asked.url, f"https://api.parcel.bpost.cloud/services/trackedmail/item/{self.number}/trackingInfo"
        )
        self.assertEqual(asked.headers["Authorization"], "Basic " + base64.b64encode(b"123456:s3cret").decode())

    # Status

    def test_a_state_is_read_in_three_languages(self):
        for status, *sentences in (
            (Status.INFO_RECEIVED, "AnnouncementReceived", "Zending aangekondigd", "Envoi annoncé"),
            (Status.IN_TRANSIT, "Sorted - sorted_out", "Gesorteerd en onderweg", "Envoi trié", "Will be delivered"),
            (Status.OUT_FOR_DELIVERY, "OutForDelivery", "Onderweg naar u", "En cours de livraison"),
            (Status.AVAILABLE_FOR_PICKUP, "NotDistributed - awaiting_hand_out", "Awaiting pickup"),
            (Status.IN_TRANSIT, "Shipment being prepared by the postman"),
            (Status.OUT_FOR_DELIVERY, "Item in distribution phase"),
            (Status.AVAILABLE_FOR_PICKUP, "AvailableInPostPoint", "Ligt klaar in het afhaalpunt", "Prêt à retirer"),
            (Status.AVAILABLE_FOR_PICKUP, "Delivered in a parcel locker", "Geleverd in een pakjesautomaat"),
            (Status.DELIVERED, "DistributedAbroad", "PickedUpInPostPoint", "Bezorgd", "Colis livré"),
            (Status.ATTEMPT_FAILED, "NotDistributed - absent", "Niet thuis", "Destinataire absent"),
            (Status.RETURNING, "BackToSender - refused", "Terug naar afzender", "Retour à l'expéditeur"),
            (Status.RETURNED, "DistributedAfterBTS", "DeliveredToSender", "Remis à l'expéditeur"),
            (Status.EXCEPTION, "Damaged", "Vertraging", "Colis endommagé"),
        ):
            for words in sentences:
                with self.subTest(words):
                    self.assertEqual(self.read(words)[0], status)

    def test_a_state_without_words_is_read_by_its_code(self):
        for code, status in (("U01", Status.DELIVERED), ("L00", Status.OUT_FOR_DELIVERY), ("X1", Status.UNKNOWN)):
            self.assertEqual(self.read("", code)[0], status)

    def test_a_delivery_that_the_code_knows_to_be_something_else_is_none(self):
        self.assertEqual(self.read("Delivered", "T00")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("Delivered", "U01")[0], Status.DELIVERED)

    def test_the_words_tell_the_reason(self):
        for words, expected in (
            ("Geweigerd door de bestemmeling", (Status.ATTEMPT_FAILED, Reason.REFUSED)),
            ("Adresse incorrecte", (Status.EXCEPTION, Reason.ADDRESS_INCORRECT)),
            ("Held by customs", (Status.EXCEPTION, Reason.CUSTOMS_HELD)),
            ("BackToSender - not_collected", (Status.RETURNING, Reason.PICKUP_EXPIRED)),
            ("Delivered - neighbour", (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words), expected)

    # The tracking page

    def page(self, *told, step="processing", **members):
        """The update of an item of the page: (day, hour, English words) for each event."""
        events = [
            {"date": day, "time": hour, "key": {"NL": {"description": "?"}, "EN": {"description": words}}}
            for day, hour, words in told
        ]
        item = {"itemCode": self.number, "activeStep": {"name": step}, "events": events} | members
        (update,) = self.parse({"items": [item]})
        return update

    def test_the_page_s_events_are_read_by_their_words_and_belgium_s_clock(self):
        update = self.page(
            ("2026-03-05", "08:43", "Item delivered"),
            ("2026-03-05", "07:52", "Item in distribution phase"),
            ("2026-03-04", None, "Confirmation of preparation of the shipment received"),
        )
        self.assertEqual(headline(update)[0], Status.DELIVERED)
        self.assertEqual(times(update), ["2026-03-03T23:00:00Z", "2026-03-05T06:52:00Z", "2026-03-05T07:43:00Z"])

    def test_the_page_s_step_counts_where_it_is_further(self):
        done = {"actualDeliveryTime": {"day": "2026-03-05", "time": "13:06"}}
        told = ("2026-03-05", "08:46", "Will be delivered today")
        update = self.page(told, step="DELIVERED_AT_HOME", actualDeliveryInformation=done)
        self.assertEqual((headline(update)[0], times(update)[-1]), (Status.DELIVERED, "2026-03-05T12:06:00Z"))
        self.assertEqual(headline(self.page(told, step="out_for_delivery_byCar"))[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(headline(self.page(told))[0], Status.IN_TRANSIT)

    def test_on_the_page_a_return_is_flagged(self):
        update = self.page(("2026-03-05", "08:43", "Item delivered"), retourOrBackToSender=True)
        self.assertEqual(headline(update)[0], Status.RETURNED)

    def test_the_page_s_hours_are_the_promise(self):
        told = ("2026-03-05", "08:46", "Will be delivered today")
        ends = {"receiver": {"municipality": "GENT", "postcode": "9000", "countryCode": "BE"}}
        expected = PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), time(14), time(16), "Europe/Brussels")
        for hours in (
            {"time1": "2026-03-05T13:00:00Z", "time2": "2026-03-05T15:00:00Z"},
            {"day": "2026-03-05", "time1": "14:00", "time2": "16:00"},
        ):
            self.assertEqual(self.page(told, expectedDeliveryTimeRange=hours, **ends).window, expected)

    def test_the_page_says_that_there_is_no_data(self):
        self.assert_raises(NumberNotFound, "no data", {"error": "NO_DATA_FOUND"})
        self.assert_raises(NumberNotFound, "no data", {"items": []})
        self.assert_raises(UnreadablePayload, "no items", {"answer": 42})

    # Promises and errors

    def test_the_planned_window_is_read_as_local_time(self):
        expected = PromisedWindow(date(2026, 3, 4), date(2026, 3, 4), time(13), time(16), "Europe/Brussels")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    def test_a_business_exception_means_what_its_code_says(self):
        body = b"<businessException><code>429</code><message>Slow down</message></businessException>"
        self.assert_raises(CarrierUnavailable, "Slow down", body)
        self.assert_raises(UnreadablePayload, "Bad", b"<businessException><message>Bad</message></businessException>")

    def test_the_service_and_the_ends_are_read(self):
        update = self.parse_fixture("delivered")
        self.assertEqual(
            (update.service, update.origin.city, update.destination.city), ("bpack 24h Pro", "GENT", "LIEGE")
        )
