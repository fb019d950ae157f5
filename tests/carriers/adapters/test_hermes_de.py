import json
from datetime import date, time

from django.test import SimpleTestCase

from carriers.adapters.hermes_de import LONG_CODES, MEANINGS, HermesGermany
from carriers.base import MemoryTokens, Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CORPUS, CorpusContract, Fails, OAuthContract, Read, Sent, headline, needs_corpus


class HermesTests(OAuthContract, CorpusContract, SimpleTestCase):
    carrier = HermesGermany
    credentials = {"client_id": "shop", "client_secret": "s3cret", "username": "hsi-shop", "password": "pa55"}
    number = "H1020304050607080017"
    unknown_code = "9977"
    token = Reply(200, b'{"access_token": "granted-token", "token_type": "Bearer", "expires_in": 3600}')
    corpus = {
        "error-response-1.json": Fails(NumberNotFound, "There is no information for the entered value"),
        "track-response-1.json": Read(Status.DELIVERED, None, 4, "2024-01-18T07:30:00Z", "2024-01-20T13:30:00Z", None),
    }

    def changed(self, name="out_for_delivery", **changes):
        told = self.payload(name)
        told["shipmentinfo"][0].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, code, words=""):
        scan = {"timestamp": "2026-03-03T12:00:00+01:00", "code": code, "description": words}
        return headline(self.changed(status=[scan]))

    # Asking

    def test_the_token_is_asked_for_with_the_user_s_password_at_its_own_host(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        asked = adapter.send[0]
        self.assertEqual(asked.url, "https://authme.myhermes.de/authorization-facade/oauth2/access_token")
        self.assertIn("username=hsi-shop&password=pa55&grant_type=password", asked.body)

    def test_in_another_place_the_token_is_asked_for_there(self):
        send = Sent(self.token, Reply(200, b"{}"))
        adapter = HermesGermany(self.credentials, send=send, tokens=MemoryTokens(), base_url="http://localhost:1")
        adapter.fetch([Parcel(self.number)])
        self.assertTrue(send[0].url.startswith("http://localhost:1/authorization-facade/"))

    def test_many_numbers_are_asked_for_in_one_call(self):
        reply = Reply(200, self.fixture("delivered"))
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel("H1"), Parcel("H2")]), {"H1": reply, "H2": reply})
        base = "https://de-api.hermesworld.com/services/hsi/shipmentinfo"
        self.assertEqual(adapter.send[1].url, f"{base}?shipmentID=H1&shipmentID=H2")

    def test_of_several_shipments_the_one_that_names_the_number_is_read(self):
        told = self.payload("delivered")
        first = told["shipmentinfo"][0]
        told["shipmentinfo"].append(first | {"shipmentID": "H2", "internationalShipmentID": "00340017"})
        self.assertEqual([update.number for update in self.parse(told, number="00340017")], ["00340017"])
        self.assertEqual([update.number for update in self.parse(told, number="")], [self.number, "H2"])
        with self.assertRaisesRegex(NumberNotFound, "says nothing"):
            self.parse(told, number="H3")

    def test_a_token_that_is_no_longer_valid_is_refused_whatever_its_http_status(self):
        expired = {"listOfResultCodes": [{"code": "e903", "message": "Token is expired."}]}
        self.assert_raises(CarrierRefused, "Token is expired", expired, 400)

    # Meanings

    def test_codes_in_all_their_forms_mean_the_same(self):
        for code in ("3731", "060003002", "060-003-002", "60-3-2"):
            with self.subTest(code):
                self.assertEqual(self.read(code), (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT))

    def test_no_code_is_listed_twice_and_the_long_forms_lead_to_listed_ones(self):
        self.assertLessEqual(set(LONG_CODES.values()), set(MEANINGS))

    @needs_corpus
    def test_every_code_of_the_official_table_is_listed(self):
        rows = json.loads((CORPUS / "hermes-de" / "codes-1.json").read_bytes())[1:]
        self.assertEqual({short for _, short, *_ in rows}, set(MEANINGS))
        self.assertEqual({long[:6] for long, *_ in rows}, set(LONG_CODES))

    def test_where_a_parcel_was_left_is_told_by_the_words(self):
        words = "Die Sendung wurde einem Nachbarn zugestellt."
        self.assertEqual(self.read("3500", words), (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR))

    def test_why_a_parcel_was_stored_is_told_by_the_words(self):
        capacity = "Mögliche Gründe: Kapazitätsengpässe oder Verzögerungen beim Sendungstransport."
        self.assertEqual(self.read("4100", capacity), (Status.EXCEPTION, Reason.CAPACITY))
        self.assertEqual(self.read("4100", "Die Sendung wird aufbewahrt."), (Status.EXCEPTION, Reason.RESCHEDULED))

    def test_what_waits_in_a_parcel_shop_is_not_delivered(self):
        self.assertEqual(self.read("3410")[0], Status.AVAILABLE_FOR_PICKUP)

    # Places, times and promises

    def test_countries_are_read_from_their_three_letters(self):
        update = self.changed(receiverAddress={"city": "Linz", "zipCode": "4020", "countryCode": "AUT"})
        self.assertEqual((update.destination.country, update.window.zone), ("AT", "Europe/Vienna"))

    def test_the_forecast_is_a_local_window_of_hours(self):
        expected = PromisedWindow(date(2026, 3, 3), date(2026, 3, 3), time(12), time(16), "Europe/Berlin")
        self.assertEqual(self.changed().window, expected)

    def test_a_forecast_without_a_time_slot_is_a_day(self):
        window = self.changed(deliveryForecast={"date": "2026-03-04"}).window
        self.assertEqual((window.latest, window.from_time, window.to_time), (date(2026, 3, 4), None, None))

    def test_a_time_without_an_offset_is_germany_s(self):
        (event,) = self.changed(status=[{"timestamp": "2026-07-01T08:00:00", "code": "2000"}]).events
        self.assertEqual((event.occurred_at.isoformat(), event.zone_known), ("2026-07-01T08:00:00+02:00", False))
