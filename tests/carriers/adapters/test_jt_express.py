import base64
import hashlib
import json
from urllib.parse import parse_qs, urlencode

from django.test import SimpleTestCase

from carriers.adapters.jt_express import JTExpress
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import SECRET, CorpusContract, PushContract, Read, headline


class JTExpressTests(PushContract, CorpusContract, SimpleTestCase):
    carrier = JTExpress
    number = "JT000000000017MY"
    corpus = {
        "callback-1.json": Read(Status.IN_TRANSIT, None, 1, "2024-06-21T06:23:56Z", "2024-06-21T06:23:56Z"),
        "callback-2.json": Read(Status.IN_TRANSIT, None, 1, "2025-01-08T02:30:00Z", "2025-01-08T02:30:00Z"),
    }

    def fixture(self, name):
        """As J&T sends it: JSON in a form field."""
        return urlencode({"bizContent": super().fixture(name).decode()}).encode()

    def payload(self, name):
        return json.loads(super().fixture(name))

    def signed(self, body, secret):
        content = parse_qs(body.decode())["bizContent"][0]
        return {"digest": base64.b64encode(hashlib.md5(f"{content}{secret}".encode()).digest()).decode()}

    def told(self, number="JT000000000017MY", **scan):
        """The update of a push with one scan like this."""
        scan = {"scanTime": "2026-03-04 12:00:00", **scan}
        body = json.dumps({"billCode": number, "details": [scan]}).encode()
        (update,) = self.carrier().parse_callback(self.callback(body))
        return update

    def read(self, code, **scan):
        return headline(self.told(scanTypeCode=code, **scan))

    # Being told

    def test_jt_wants_exactly_this_answer(self):
        answer = JTExpress().acknowledge(self.callback(self.fixture("callback")))
        self.assertEqual((answer.status, answer.content_type), (200, "application/json"))
        self.assertEqual(answer.body, b'{"code":"1","msg":"success","data":null}')

    def test_a_form_and_the_json_in_it_say_the_same(self):
        content = json.dumps(self.payload("callback")).encode()
        (bare,) = self.carrier().parse_callback(self.callback(content))
        (form,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertEqual(bare, form)

    def test_json_may_hold_the_content_as_a_form_does(self):
        content = json.dumps(self.payload("callback"), ensure_ascii=False)
        wrapped = self.callback(json.dumps({"bizContent": content}).encode())
        (form,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertEqual(self.carrier().parse_callback(wrapped), [form])
        digest = base64.b64encode(hashlib.md5(f"{content}{SECRET}".encode()).digest()).decode()
        self.assertEqual(JTExpress().proof(wrapped, SECRET), digest)

    def test_several_parcels_in_one_push_are_several_updates(self):
        parcels = [{"billCode": number, "details": []} for number in ("A1", "A2")]
        updates = self.carrier().parse_callback(self.callback(json.dumps(parcels).encode()))
        self.assertEqual([update.number for update in updates], ["A1", "A2"])

    # Status

    def test_a_code_is_read_as_text_and_as_a_number(self):
        for code, status in (
            (10, Status.IN_TRANSIT),
            ("20", Status.IN_TRANSIT),
            (94, Status.OUT_FOR_DELIVERY),
            ("112", Status.OUT_FOR_DELIVERY),
            (100, Status.DELIVERED),
            ("113", Status.DELIVERED),
            ("105", Status.CANCELLED),
            ("172", Status.RETURNING),
            (117, Status.RETURNED),
        ):
            with self.subTest(code):
                self.assertEqual(self.read(code), (status, None))

    def test_a_code_of_two_meanings_is_told_by_its_name(self):
        for name, status in (
            ("Problematic scanning", Status.EXCEPTION),
            ("问题件扫描", Status.EXCEPTION),
            ("Arrival", Status.IN_TRANSIT),
            ("", Status.UNKNOWN),
        ):
            with self.subTest(name):
                self.assertEqual(self.read("110", scanTypeName=name)[0], status)
        self.assertEqual(JTExpress().unmapped_codes(self.told(scanTypeCode="110")), ["110"])

    def test_a_problem_tells_why(self):
        for words, expected in (
            ("Customer refused the parcel", (Status.ATTEMPT_FAILED, Reason.REFUSED)),
            ("Khách không nghe máy", (Status.ATTEMPT_FAILED, Reason.RECIPIENT_ABSENT)),
            ("包裹破损", (Status.EXCEPTION, Reason.DAMAGED)),
            ("", (Status.EXCEPTION, None)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("118", probleDescription=words), expected)

    def test_the_abnormal_ends_are_told_by_their_names(self):
        # The countries do not agree on the numbers.
        for code, name, expected in (
            ("300", "Lost Parcel", (Status.EXCEPTION, Reason.LOST)),
            ("300", "Damage Parcel（异常终结：破损包裹）", (Status.EXCEPTION, Reason.DAMAGED)),
            ("301", "Dispose Parcel", (Status.EXCEPTION, Reason.DISPOSED)),
            ("303", "Customs Confiscated Parcel", (Status.EXCEPTION, Reason.PROHIBITED)),
            ("305", "Exceed Life Cycle Parcel", (Status.EXCEPTION, None)),
            ("301", "Collection", (Status.IN_TRANSIT, None)),
        ):
            with self.subTest(code, name=name):
                self.assertEqual(self.read(code, scanTypeName=name), expected)

    def test_a_parcel_shop_is_no_delivery(self):
        found = [self.read(code)[0] for code in (700, 701, 702, 703)]
        self.assertEqual(found[:2], [Status.AVAILABLE_FOR_PICKUP] * 2)
        self.assertEqual(found[2:], [Status.DELIVERED, Status.RETURNING])

    def test_a_failed_collection_is_the_shops_to_mend(self):
        self.assertEqual(self.read("104"), (Status.INFO_RECEIVED, Reason.NOT_HANDED_OVER))

    def test_the_words_tell_an_unlisted_code_where_they_are_plain(self):
        for name, words, status in (
            ("Collection", "Package collected", Status.IN_TRANSIT),
            ("", "Package collected", Status.IN_TRANSIT),
            ("Delivery", "Package delivered", Status.DELIVERED),
            ("Delivery", "Parcel is on its last mile", Status.OUT_FOR_DELIVERY),
            ("", "Parcel delivered to sender", Status.RETURNED),
            ("", "Parcel delivered to the counter", Status.UNKNOWN),
        ):
            with self.subTest(words, name=name):
                self.assertEqual(self.read("CC", scanTypeName=name, desc=words)[0], status)

    def test_an_unlisted_code_is_told_by_its_name_or_unknown(self):
        self.assertEqual(self.read("7", scanTypeName="快件签收")[0], Status.DELIVERED)
        self.assertEqual(self.read("7", scanTypeName="退件签收")[0], Status.RETURNED)
        update = self.told(scanTypeCode=777, scanTypeName="Weighed by the moon")
        self.assertEqual(update.events[0].status, Status.UNKNOWN)
        self.assertEqual(JTExpress().unmapped_codes(update), ["777"])

    # Times

    def test_a_naive_time_is_the_countrys_own(self):
        for number, place, expected in (
            ("801100000017", {"scanNetworkProvince": "Hà Nội"}, "+07:00"),
            ("801100000017", {"scanNetworkCity": "กรุงเทพ"}, "+07:00"),
            ("888030000000017", {"scanNetworkCity": "São Paulo"}, "-03:00"),
            ("JT000000000017MY", {"scanNetworkCity": "Ipoh"}, "+08:00"),
            ("JEG000000000017", {}, "+02:00"),
            ("630000000017", {"scanNetworkCountray": "ID"}, "+07:00"),
            ("630000000017", {}, "+08:00"),
        ):
            with self.subTest(number, place=place):
                (event,) = self.told(number, scanTypeCode=10, **place).events
                self.assertEqual(event.occurred_at.isoformat(), f"2026-03-04T12:00:00{expected}")
                self.assertFalse(event.zone_known)

    def test_an_offset_beside_the_time_is_kept(self):
        for told in ("GMT+07:00", "UTC+7", "GMT+0700"):
            (event,) = self.told(scanTypeCode=10, timeZone=told).events
            self.assertEqual(event.occurred_at.isoformat(), "2026-03-04T12:00:00+07:00")
            self.assertTrue(event.zone_known)

    def test_a_scan_without_a_readable_time_is_left_out(self):
        self.assertEqual(self.told(scanTypeCode=10, scanTime="gestern").events, ())

    # Privacy

    def test_nobodys_phone_is_in_the_description(self):
        (update,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertEqual(update.events[1].description, "Courier … is delivering the parcel")
        self.assertNotIn("0120000000", "".join(event.description for event in update.events))

    def test_the_signature_is_a_link_or_nothing(self):
        link = "https://files.example/sign.jpg"
        self.assertEqual(self.told(scanTypeCode=100, sigPicUrl=f"{link},{link}").proof_of_delivery, link)
        self.assertEqual(self.told(scanTypeCode=100, sigPicUrl="box/sign.jpg").proof_of_delivery, "")
