from datetime import date

from django.test import SimpleTestCase

from carriers.adapters.sendle import Sendle
from carriers.base import Callback, Headers, Parcel, Reply
from carriers.errors import CarrierRefused, NumberNotFound
from orders.events import Location
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow
from tests.carriers.contract import CorpusContract, Fails, PollContract, PushContract, Read, headline


class SendleTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = Sendle
    credentials = {"sendle_id": "shop", "api_key": "k3y"}
    number = "SQRLTA7"
    unknown_code = "teleported"
    corpus = {
        # Left in the mailbox; the reply names no number.
        "track-response-1.json": Read(
            Status.DELIVERED, Reason.DELIVERED_TO_LOCKER, 9, "2023-04-03T08:20:00Z", "2023-04-05T18:56:00Z"
        ),
        "error-response-1.json": Fails(NumberNotFound, "was not found", 404),
        "callback-1.json": Read(Status.IN_TRANSIT, None, 1, "2026-05-25T21:21:05Z", "2026-05-25T21:21:05Z"),
    }

    def signed(self, body, secret):
        return {"User-Agent": "Sendle-Webhooks"}

    def told(self, *events, state="Transit", **rest):
        (update,) = self.parse({"state": state, "tracking_events": list(events), **rest})
        return update

    def read(self, event_type, description="", **rest):
        scan = {"event_type": event_type, "description": description, "scan_time": "2026-03-03T12:00:00Z", **rest}
        return headline(self.told(scan))

    # Asking

    def test_a_number_is_asked_for_with_basic_authentication(self):
        adapter = self.adapter(Reply(200, b"{}"))
        adapter.fetch([Parcel(self.number)])
        (sent,) = adapter.send
        self.assertEqual(sent.url, f"https://api.sendle.com/api/tracking/{self.number}")
        self.assertEqual(sent.headers["Authorization"], "Basic c2hvcDprM3k=")

    def test_without_a_number_the_payload_names_its_own(self):
        """Sendle's replies name none, and are read all the same."""
        (update,) = self.parse(self.fixture("delivered"), number="")
        self.assertEqual((update.number, len(update.events)), ("", 5))

    def test_wrong_credentials_are_refused_whatever_the_http_status(self):
        self.assert_raises(CarrierRefused, "unauthorised", {"error": "unauthorised"})

    # Status

    def test_delivered_by_the_driver_may_be_with_an_agent_or_back_with_the_sender(self):
        self.assertEqual(self.read("Left with Agent")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("Delivered", "Parcel delivered to the sender")[0], Status.RETURNED)
        self.assertEqual(self.read("Delivered", "Parcel delivered")[0], Status.DELIVERED)

    def test_trouble_says_why(self):
        self.assertEqual(self.read("Card Left"), (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT))
        self.assertEqual(self.read("Damaged"), (Status.EXCEPTION, Reason.DAMAGED))
        self.assertEqual(
            self.read("Unable to Deliver", reason="Refused by receiver"), (Status.EXCEPTION, Reason.REFUSED)
        )
        self.assertEqual(self.read("Pickup Attempted"), (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER))

    def test_an_info_is_what_its_words_say(self):
        self.assertEqual(self.read("Info", "Your parcel is in transit")[0], Status.IN_TRANSIT)
        self.assertEqual(self.read("Info", "Ready for collection at the shop")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("Info", "Thank you for choosing us")[0], Status.UNKNOWN)

    def test_a_state_that_says_more_than_every_scan_is_one_of_its_own(self):
        status = {"description": "The order was cancelled", "last_changed_at": "2026-03-02 05:00:00 UTC"}
        self.assertEqual(headline(self.told(state="Cancelled", status=status))[0], Status.CANCELLED)
        self.assertEqual(len(self.parse_fixture("delivered").events), 5)

    def test_a_state_does_not_deliver_what_the_scan_left_at_a_shop(self):
        scan = {"event_type": "Delivered", "description": "Delivered to a pickup point"}
        status = {"description": "Delivered", "last_changed_at": "2026-03-03 12:00:00 UTC"}
        told = self.told({**scan, "scan_time": "2026-03-03T12:00:00Z"}, state="Delivered", status=status)
        self.assertEqual(headline(told)[0], Status.AVAILABLE_FOR_PICKUP)

    # Times

    def test_a_scan_is_shown_by_the_clock_of_its_place_where_that_is_the_same_instant(self):
        (scan,) = self.told({"scan_time": "2026-03-04T21:40:00Z", "display_time": "2026-03-05T10:40:00+13:00"}).events
        self.assertEqual(scan.occurred_at.isoformat(), "2026-03-05T10:40:00+13:00")
        (scan,) = self.told({"scan_time": "2026-03-04T21:40:00Z", "display_time": "2026-03-05T10:40:00Z"}).events
        self.assertEqual(scan.occurred_at.isoformat(), "2026-03-04T21:40:00+00:00")

    def test_the_promise_is_of_days_at_the_destination(self):
        day = date(2026, 3, 6)
        expected = PromisedWindow(day, day, zone="Pacific/Auckland")
        self.assertEqual(self.parse_fixture("out_for_delivery").window, expected)

    # Being told

    def test_a_callback_says_where_and_is_believed_by_its_address(self):
        callback = Callback(self.fixture("callback"), Headers())
        self.carrier().verify_callback(callback)
        (update,) = self.carrier().parse_callback(callback)
        self.assertEqual(update.events[0].location, Location("Hamilton", "3204", "NZ"))
        self.assertEqual(self.carrier().acknowledge(callback).status, 200)
