from django.test import SimpleTestCase

from carriers.adapters.gls import GLS
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, Fails, OAuthContract, Read, headline


class GLSTests(OAuthContract, CorpusContract, SimpleTestCase):
    carrier = GLS
    credentials = {"client_id": "shop", "client_secret": "s3cret"}
    number = "90417300017"
    unknown_code = "QXQX.NEW"
    tells_promises = False
    token = Reply(200, b'{"access_token": "granted-token", "token_type": "Bearer", "expires_in": 14400}')
    corpus = {
        "error-response-1.json": Fails(NumberNotFound, "Resource Not Found"),
        "error-response-2.json": Fails(UnreadablePayload, "more than allowed limit of 10", 400),
        "error-response-3.json": Fails(CarrierRefused, "The Token has expired", 401),
        "error-response-4.json": Fails(NumberNotFound, "No static resource", 404),
        "error-response-5.json": Fails(CarrierUnavailable, "Rate limit quota violation", 429),
        "error-response-6.json": Fails(NumberNotFound, "Resource Not Found"),
        # The first of the two parcels is not known.
        "track-response-2.json": Read(
            Status.INFO_RECEIVED, None, 2, "2024-10-11T13:24:51Z", "2024-10-11T13:24:52Z", None
        ),
        "track-response-3.json": Read(
            Status.INFO_RECEIVED, None, 2, "2024-10-11T13:24:51Z", "2024-10-11T13:24:52Z", None
        ),
        "track-response-4.json": [
            Read(Status.IN_TRANSIT, None, 2, "2024-09-17T20:27:25Z", "2024-09-18T04:50:22Z", None),
            Read(Status.IN_TRANSIT, None, 2, "2024-09-17T20:27:25Z", "2024-09-18T04:48:46Z", None),
        ],
        "track-response-5.json": Read(
            Status.AVAILABLE_FOR_PICKUP, None, 4, "2025-02-10T14:08:43Z", "2025-02-10T14:13:46Z", None
        ),
        # Where a delivery went, which is no tracking.
        "track-response-6.json": Fails(UnreadablePayload, "no list of parcels"),
    }

    def parcel(self, *events, **changes):
        """The update of a reply with one parcel that has these events."""
        told = {"requested": self.number, "unitno": self.number, "status": "INTRANSIT", "events": list(events)}
        (update,) = self.parse({"parcels": [told | changes]})
        return update

    def read(self, code, words="", status="INTRANSIT"):
        """The (status, reason) of a parcel with this one event."""
        event = {"code": code, "description": words, "eventDateTime": "2026-03-03T12:00:00+0100"}
        return headline(self.parcel(event, status=status))

    # Asking

    def test_ten_numbers_are_asked_for_in_one_call(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel("1"), Parcel("2")]), {"1": reply, "2": reply})
        asked = adapter.send[1].url
        base = "https://api.gls-group.net/track-and-trace-v1/tracking/simple/references"
        self.assertEqual(asked, f"{base}/1,2?showEvents=true")

    def test_of_a_batch_only_the_number_asked_for_is_read(self):
        told = self.payload("delivered")
        told["parcels"] += [told["parcels"][0] | {"requested": "2", "unitno": "2"}, {"requested": "3"}]
        self.assertEqual([update.number for update in self.parse(told)], [self.number])
        self.assertEqual([update.number for update in self.parse(told, number="2")], ["2"])
        with self.assertRaisesRegex(NumberNotFound, "says nothing"):
            self.parse(told, number="4")

    def test_a_number_that_gls_writes_otherwise_stays_as_it_was_asked_for(self):
        told = self.payload("delivered")
        told["parcels"][0]["unitno"] = self.number[:-1]
        (update,) = self.parse(told)
        self.assertEqual(update.number, self.number)

    def test_one_reference_of_two_parcels_gives_both_by_their_own_numbers(self):
        told = self.payload("delivered")
        told["parcels"] = [told["parcels"][0] | {"requested": "747N6K", "unitno": unit} for unit in ("11", "12")]
        self.assertEqual([update.number for update in self.parse(told, number="747N6K")], ["11", "12"])

    # Meanings

    def test_delivered_to_a_parcel_shop_is_not_delivered(self):
        self.assertEqual(self.read("DELIVD.PARCELSHOP", status="DELIVEREDPS")[0], Status.AVAILABLE_FOR_PICKUP)
        words = "The parcel has reached the ParcelShop."
        self.assertEqual(self.read("DELIVD.ANY", words, "DELIVEREDPS")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("DELIVD.ANY", "", "DELIVEREDPS")[0], Status.AVAILABLE_FOR_PICKUP)

    def test_a_delivery_to_a_shop_or_to_the_sender_is_none_whatever_its_code(self):
        words = "The parcel has been delivered at the ParcelShop (see ParcelShop information)."
        self.assertEqual(self.read("DELIVD.NORMAL", words)[0], Status.AVAILABLE_FOR_PICKUP)
        words = "The parcel has been delivered to the sender."
        self.assertEqual(self.read("DELIVD.NORMAL", words)[0], Status.RETURNED)
        self.assertEqual(self.read("DELIVD.NORMAL", "", "DELIVEREDPS")[0], Status.AVAILABLE_FOR_PICKUP)
        words = "The parcel has been picked up by the consignee at the ParcelShop."
        self.assertEqual(self.read("DELIVD.NORMAL", words, "DELIVEREDPS")[0], Status.DELIVERED)

    def test_what_was_handed_out_in_a_shop_is_delivered(self):
        handed_out = {"code": "DELIVD.DEL_BY_PSAPP", "eventDateTime": "2026-03-03T12:00:00+0100"}
        stored = {"code": "DELIVD.PARCELSHOP", "eventDateTime": "2026-03-02T12:00:00+0100"}
        self.assertEqual(headline(self.parcel(handed_out, stored, status="FINAL"))[0], Status.DELIVERED)

    def test_the_words_tell_what_the_code_does_not(self):
        for words, status, reason in (
            ("The parcel could not be delivered as the reception was closed.", "attempt_failed", "business_closed"),
            ("The parcel could not be delivered as the recipient refused acceptance.", "attempt_failed", "refused"),
            ("The parcel was damaged.", "exception", "damaged"),
            ("The parcel has been picked up by the consignee at the ParcelShop.", "delivered", None),
            ("Das Paket wurde vom Empfänger im PaketShop abgeholt.", "delivered", None),
            ("Das Paket konnte nicht zugestellt werden.", "attempt_failed", None),
            ("The parcel has left the parcel center.", "in_transit", None),
            ("The parcel is stored in the parcel center.", "in_transit", None),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("ZZ.ANY", words), (Status(status), reason and Reason(reason)))

    def test_the_kind_of_event_is_known_where_the_rest_is_not(self):
        self.assertEqual(self.read("NOTDEL.ANY")[0], Status.ATTEMPT_FAILED)
        self.assertEqual(self.read("OUTDEL.ANY")[0], Status.OUT_FOR_DELIVERY)

    def test_a_delivery_of_an_unknown_kind_is_believed_only_when_the_parcel_says_so(self):
        self.assertEqual(self.read("DELIVD.ANY", status="FINAL")[0], Status.UNKNOWN)
        self.assertEqual(self.read("DELIVD.ANY", status="DELIVERED")[0], Status.DELIVERED)

    def test_a_wish_is_no_news_of_the_journey(self):
        update = self.parcel(
            {
                "code": "CHANGD.MONEWADDR",
                "description": "Change completed",
                "eventDateTime": "2026-03-03T12:00:00+0100",
            },
            status="FINAL",
        )
        self.assertEqual(headline(update)[0], Status.UNKNOWN)
        self.assertEqual(GLS().unmapped_codes(update), [])

    def test_without_events_the_parcel_s_status_is_one(self):
        for events in ({}, {"events": None}, {"events": []}):
            told = {"status": "INDELIVERY", "statusDateTime": "2026-03-03T07:21:44+0100"} | events
            (event,) = self.parcel(**told).events
            self.assertEqual(event.status, Status.OUT_FOR_DELIVERY)
            self.assertEqual(event.occurred_at.isoformat(), "2026-03-03T07:21:44+01:00")

    def test_a_parcel_that_was_not_handed_over_says_so(self):
        told = {"status": "NOTPICKEDUP", "statusDateTime": "2026-03-03T07:21:44+0100"}
        self.assertEqual(headline(self.parcel(**told)), (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER))

    # Errors under HTTP 200

    def test_a_fault_means_the_same_under_every_http_status(self):
        for code, error in (("policies.ratelimit.QuotaViolation", CarrierUnavailable), ("steps.jwt.X", CarrierRefused)):
            fault = {"fault": {"faultstring": "No", "detail": {"errorcode": code}}}
            self.assert_raises(error, "No", fault)
