from django.test import SimpleTestCase

from carriers.adapters.dpd import DPD
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import FIXTURES, CorpusContract, Fails, PollContract, Read, headline, times


class DPDTests(PollContract, CorpusContract, SimpleTestCase):
    carrier = DPD
    number = "09980500000017"
    unknown_code = "77"
    tells_promises = False
    corpus = {
        "error-response-1.xml": Fails(CarrierRefused, "check delisId and password", 500),
        "error-response-2.json": Fails(NumberNotFound),
        "track-response-2.json": Read(Status.DELIVERED, None, 5, "2026-01-18T14:30:00Z", "2026-01-20T10:23:23Z", None),
        "track-response-3.json": Read(Status.IN_TRANSIT, None, 2, "2026-03-17T16:00:00Z", "2026-03-18T04:30:00Z", None),
    }

    def xml(self, name):
        return (FIXTURES / "dpd" / f"{name}.xml").read_bytes()

    def changed(self, name="delivered", **changes):
        told = self.payload(name)
        told["parcellifecycleResponse"]["parcelLifeCycleData"].update(changes)
        (update,) = self.parse(told)
        return update

    def read(self, words, code="99", name="", extra=()):
        """The (status, reason) of a parcel with this one scan."""
        data = {"scanType": {"code": code, "name": name}, "location": "Linz (AT)"}
        data["additionalCodes"] = {"additionalCode": list(extra)}
        scan = {"date": "2026-03-03T12:00:00", "scanData": data, "scanDescription": {"content": [words]}}
        return headline(self.changed(scanInfo={"scan": [scan]}))

    # Asking

    def test_a_number_is_asked_for_in_english(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        self.assertEqual(adapter.send[0].url, f"https://tracking.dpd.de/rest/plc/en_US/{self.number}")

    # False "delivered"

    def test_steps_that_were_not_reached_are_no_events(self):
        statuses = [event.status for event in self.parse_fixture("out_for_delivery").events]
        self.assertNotIn(Status.DELIVERED, statuses)

    def test_a_template_without_scans_is_nothing_yet(self):
        told = self.payload("out_for_delivery")
        told["parcellifecycleResponse"]["parcelLifeCycleData"]["scanInfo"] = {"scan": []}
        self.assert_raises(NumberNotFound, "nothing of the parcel yet", told)

    def test_steps_that_were_reached_and_say_when_stand_in_for_missing_scans(self):
        step = {"status": "OUT_FOR_DELIVERY", "statusHasBeenReached": True, "date": "03.03.2026, 08:15"}
        later = {"status": "DELIVERED", "statusHasBeenReached": False, "date": "03.03.2026, 12:00"}
        update = self.changed(scanInfo={}, statusInfo=[step | {"location": "Linz (AT)"}, later])
        self.assertEqual(headline(update)[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(times(update), ["2026-03-03T07:15:00Z"])

    def test_a_delivery_to_a_shop_or_to_the_sender_is_none(self):
        for words, status in (
            ("Delivered by driver to Pickup parcelshop", Status.AVAILABLE_FOR_PICKUP),
            ("Übergabe durch Zusteller an Pickup Paketshop", Status.AVAILABLE_FOR_PICKUP),
            ("Livré au point relais Pickup", Status.AVAILABLE_FOR_PICKUP),
            ("Delivered to the sender", Status.RETURNED),
            ("Delivered to the consignor", Status.RETURNED),
            ("Delivered. (Return to sender)", Status.RETURNED),
            ("Im Pickup Paketshop an den Empfänger übergeben", Status.DELIVERED),
            ("Picked up from Pickup parcelshop by consignee.", Status.DELIVERED),
            ("Abholung im Pickup Paketshop durch Empfänger", Status.DELIVERED),
            ("Delivered", Status.DELIVERED),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words, "13")[0], status)

    def test_the_words_of_a_new_scan_type_never_deliver(self):
        self.assertEqual(self.read("Delivered", "99")[0], Status.UNKNOWN)

    # Meanings

    def test_the_name_of_a_scan_type_counts_before_its_number(self):
        self.assertEqual(self.read("", "4", "SC_4_INBOUND")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("", "04")[0], Status.ATTEMPT_FAILED)

    def test_where_a_parcel_was_left_is_told_by_the_name_of_the_additional_code(self):
        neighbour = {"code": "068", "name": "Delivered to a neighbour"}
        self.assertEqual(
            self.read("Delivered", "13", extra=[neighbour]), (Status.DELIVERED, Reason.DELIVERED_TO_NEIGHBOUR)
        )
        self.assertIsNone(self.read("Delivered", "13", extra=[{"code": "068"}])[1])

    def test_a_new_scan_type_is_read_by_its_words_in_the_page_s_languages(self):
        for words, status in (
            ("Das Paket ist im Paketzustellzentrum.", Status.IN_TRANSIT),
            ("Afleverpoging was niet succesvol.", Status.ATTEMPT_FAILED),
            ("Votre colis est en cours de livraison", Status.OUT_FOR_DELIVERY),
            ("Coletul nu a putut fi livrat.", Status.ATTEMPT_FAILED),
            ("Retour à l'expéditeur", Status.RETURNING),
            ("Parcel handed to Pickup parcelshop by consignor.", Status.IN_TRANSIT),
            ("Übergabe an Pickup Paketshop durch Versender", Status.IN_TRANSIT),
            ("Pick-up from the Pickup parcelshop by DPD driver", Status.IN_TRANSIT),
            ("Transfer to Pickup parcelshop by DPD driver", Status.IN_TRANSIT),
            ("Coletul a fost depus la DPD Pickup Shop.", Status.AVAILABLE_FOR_PICKUP),
            ("Picked up from DPD Pickup station by consignee.", Status.DELIVERED),
            ("We're sorry but your parcel couldn't be delivered as arranged.", Status.EXCEPTION),
            ("Etwas Neues", Status.UNKNOWN),
        ):
            with self.subTest(words):
                self.assertEqual(self.read(words)[0], status)

    def test_a_parcel_that_nobody_fetched_says_so(self):
        told = self.read("The consignee did not collect the parcel")
        self.assertEqual(told, (Status.EXCEPTION, Reason.PICKUP_EXPIRED))

    def test_a_drop_at_a_shop_is_the_driver_s_or_the_sender_s(self):
        self.assertEqual(self.read("", "23", "SC_23_STORE_DROPOFF")[0], Status.AVAILABLE_FOR_PICKUP)
        words = "Parcel handed to Pickup parcelshop by consignor."
        self.assertEqual(self.read(words, "23")[0], Status.IN_TRANSIT)

    def test_a_scan_on_the_way_back_says_so_in_words(self):
        words = "At parcel delivery centre. (Return to sender)"
        self.assertEqual(self.read(words, "02", "SC_02_INBOUND")[0], Status.RETURNING)
        self.assertEqual(self.read("Out for delivery. (Return to sender)", "03")[0], Status.RETURNING)

    def test_a_refusal_is_told_in_dutch_and_german(self):
        for words in ("Niet bezorgd: geweigerd door de ontvanger", "Die Annahme wurde verweigert"):
            self.assertEqual(self.read(words, "14"), (Status.ATTEMPT_FAILED, Reason.REFUSED))

    # Places and times

    def test_a_scan_keeps_the_clock_of_its_place(self):
        first = min(self.parse_fixture("delivered").events, key=lambda event: event.occurred_at)
        self.assertEqual((first.occurred_at.isoformat(), first.zone_known), ("2026-03-02T17:20:00+01:00", False))
        self.assertEqual((first.location.city, first.location.country), ("Wien", "AT"))

    def test_a_place_without_a_country_keeps_the_receiver_s_clock(self):
        step = {"status": "DELIVERED", "statusHasBeenReached": True, "date": "03.03.2026, 12:00", "location": "Depot"}
        for country, hour in (("RO", 10), ("", 11)):
            update = self.changed(scanInfo={}, statusInfo=[step], shipmentInfo={"receiverCountryIsoCode": country})
            self.assertEqual(times(update), [f"2026-03-03T{hour}:00:00Z"])

    def test_the_proof_of_delivery_is_a_link(self):
        self.assertEqual(self.parse_fixture("delivered").proof_of_delivery, "https://tracking.dpd.de/pod/17")

    # The SOAP service

    def test_the_soap_service_s_steps_are_events_with_american_times(self):
        (update,) = self.parse(self.xml("soap_parcel_shop"))
        self.assertEqual((update.number, update.service), (self.number, "DPD HOME"))
        self.assertEqual(headline(update)[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual((len(update.events), times(update)[0]), (4, "2026-03-02T18:11:26Z"))
        self.assertEqual(times(update)[-1], "2026-03-03T15:09:35Z")

    def test_the_soap_service_s_answer_names_no_number_of_its_own(self):
        with self.assertRaisesRegex(UnreadablePayload, "parcelLabelNumber"):
            self.parse(self.xml("soap_parcel_shop"), number="")

    def test_soap_faults_mean_what_their_detail_says(self):
        self.assert_raises(CarrierRefused, "The token is not valid. .LOGIN_5", self.xml("soap_refused"), 500)
        told = self.xml("soap_refused").replace(b"LOGIN_5", b"COMMON_1").replace(b"The token is not valid.", b"Oops")
        self.assert_raises(CarrierUnavailable, "Oops .COMMON_1", told)

    def test_other_xml_is_unreadable(self):
        self.assert_raises(UnreadablePayload, "no trackingresult", b"<x/>")
        self.assert_raises(UnreadablePayload, "expected XML", self.xml("soap_refused")[:200])

    def test_the_rest_service_says_in_json_what_soap_says(self):
        line = {"content": "3/3/2026 7:34:34 AM", "bold": True}
        step = {"status": "Courier", "statusHasBeenReached": True, "date": line, "location": {"content": "Gent (BE)"}}
        (update,) = self.parse({"getTrackingDataResponse": {"trackingResult": {"statusInfo": [step]}}})
        self.assertEqual(headline(update)[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(times(update), ["2026-03-03T06:34:34Z"])

    def test_the_rest_service_s_refusal_is_one(self):
        told = {"status": {"code": "LOGIN_5", "message": "The token is not valid."}}
        self.assert_raises(CarrierRefused, "The token", told)
