import base64
import hashlib
import json
from urllib.parse import parse_qs, quote_plus

from django.test import SimpleTestCase

from carriers.adapters.sf_express import SFExpress
from carriers.base import Parcel, Reply
from carriers.errors import CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from orders.reasons import Reason
from orders.statuses import Status
from tests.carriers.contract import CorpusContract, PollContract, PushContract, Read, headline, times


class SFExpressTests(PushContract, PollContract, CorpusContract, SimpleTestCase):
    carrier = SFExpress
    credentials = {"partner_id": "SHOP", "checkword": "s3cret"}
    number = "SF1000000000017"
    unknown_code = "7777"
    tells_promises = False
    corpus = {
        "track-response-1.json": Read(Status.DELIVERED, None, 18, "2019-04-02T11:51:01Z", "2019-04-05T00:57:22Z"),
        "track-response-2.json": Read(Status.DELIVERED, None, 4, "2017-12-21T03:22:48Z", "2017-12-21T06:57:08Z"),
        # No table lists its operation 160, but the sentence beside it is plain: the customer signed.
        "track-response-3.json": Read(Status.DELIVERED, None, 1, "2024-06-04T10:42:11Z", "2024-06-04T10:42:11Z"),
        # "Delivered (entrance of the underground garage)".
        "track-response-4.json": Read(
            Status.DELIVERED, Reason.DELIVERED_TO_SAFE_PLACE, 19, "2025-05-15T17:15:16Z", "2025-05-19T02:40:41Z"
        ),
        "callback-1.json": Read(Status.UNKNOWN),  # it names no time: a hint without a scan
    }

    def signed(self, body, secret):
        return {}

    def reply(self, *scans, **business):
        """A reply in the platform's envelope, with these scans."""
        routes = [{"mailNo": self.number, "routes": list(scans)}]
        told = {"success": True, "errorCode": "S0000", "msgData": {"routeResps": routes}, **business}
        return {"apiResultCode": "A1000", "apiResultData": json.dumps(told)}

    def scanned(self, code, words="", **more):
        scan = {"opCode": code, "remark": words, "acceptTime": "2026-03-04 12:00:00", **more}
        (update,) = self.parse(self.reply(scan))
        return update

    def read(self, code, words="", **more):
        return headline(self.scanned(code, words, **more))

    # Asking

    def test_ten_numbers_are_asked_for_in_one_signed_form(self):
        reply = Reply(200, b"{}")
        adapter = self.adapter(reply)
        self.assertEqual(adapter.fetch([Parcel("SF1"), Parcel("SF2")]), {"SF1": reply, "SF2": reply})
        (asked,) = adapter.send
        form = {name: values[0] for name, values in parse_qs(asked.body).items()}
        self.assertEqual(asked.url, "https://sfapi.sf-express.com/std/service")
        self.assertEqual((form["partnerID"], form["serviceCode"]), ("SHOP", "EXP_RECE_SEARCH_ROUTES"))
        self.assertEqual(json.loads(form["msgData"])["trackingNumber"], ["SF1", "SF2"])
        message = quote_plus(form["msgData"] + form["timestamp"] + "s3cret")
        self.assertEqual(form["msgDigest"], base64.b64encode(hashlib.md5(message.encode()).digest()).decode())

    # Being told

    def test_sf_wants_exactly_this_answer(self):
        answer = SFExpress().acknowledge(self.callback(self.fixture("callback")))
        self.assertEqual((answer.status, answer.content_type), (200, "application/json"))
        self.assertEqual(answer.body, '{"return_code":"0000","return_msg":"成功"}'.encode())

    def test_a_push_and_the_poll_give_the_scan_one_key(self):
        (pushed,) = self.carrier().parse_callback(self.callback(self.fixture("callback")))
        self.assertIn(pushed.events[0].key, [event.key for event in self.parse_fixture("delivered").events])

    def test_a_push_of_several_parcels_is_an_update_each(self):
        scan = {"acceptTime": "2026-03-04 12:00:00", "opCode": "50"}
        scans = [{"mailno": number, **scan} for number in ("SF1", "SF2", "SF1")]
        body = json.dumps({"Body": {"WaybillRoute": scans}}).encode()
        updates = self.carrier().parse_callback(self.callback(body))
        self.assertEqual([(update.number, len(update.events)) for update in updates], [("SF1", 2), ("SF2", 1)])

    def test_a_reason_can_change_what_an_operation_means(self):
        for code, why, expected in (
            ("70", "46", (Status.CANCELLED, None)),
            ("70", "83", (Status.AVAILABLE_FOR_PICKUP, None)),
            ("99", "2", (Status.RETURNING, None)),
            ("8000", "6", (Status.EXCEPTION, Reason.LOST)),
        ):
            self.assertEqual(self.read(code, reasonCode=why), expected)

    # Status

    def test_the_notice_after_a_delivery_changes_nothing(self):
        update = self.parse_fixture("delivered")
        newest = max(update.events, key=lambda event: event.occurred_at)
        self.assertEqual((newest.code, newest.status), ("8000", Status.UNKNOWN))
        self.assertEqual(headline(update), (Status.DELIVERED, None))
        self.assertEqual(SFExpress().unmapped_codes(update), [])

    def test_an_operation_tells_its_status(self):
        for code, status in (
            ("50", Status.IN_TRANSIT),
            ("605", Status.IN_TRANSIT),
            ("44", Status.OUT_FOR_DELIVERY),
            ("125", Status.AVAILABLE_FOR_PICKUP),
            ("128", Status.DELIVERED),
            ("648", Status.RETURNING),
            ("647", Status.INFO_RECEIVED),
        ):
            self.assertEqual(self.read(code), (status, None))
        self.assertEqual(self.read("18"), (Status.EXCEPTION, Reason.CUSTOMS_HELD))

    def test_an_unlisted_operation_falls_back_to_the_coarse_status(self):
        for first, status in (("2", Status.IN_TRANSIT), ("11", Status.AVAILABLE_FOR_PICKUP), ("99", Status.UNKNOWN)):
            self.assertEqual(self.read("7777", firstStatusCode=first)[0], status)

    def test_the_sentence_is_read_where_the_operation_is_not_listed(self):
        for words, first, expected in (
            ("快件已到达杭州测试中转场", "9", (Status.IN_TRANSIT, None)),
            ("顺丰速运 已收取快件", "", (Status.IN_TRANSIT, None)),
            ("派送失败，收件地址无法进入", "3", (Status.ATTEMPT_FAILED, Reason.ACCESS_RESTRICTED)),
            ("快件已到达杭州测试中转场", "3", (Status.OUT_FOR_DELIVERY, None)),
            ("客户签收", "2", (Status.IN_TRANSIT, None)),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("7777", words, firstStatusCode=first), expected)

    def test_a_signature_to_come_is_none(self):
        self.assertEqual(self.read("7777", "正在派送途中,请您准备签收")[0], Status.OUT_FOR_DELIVERY)
        self.assertEqual(self.read("7777", "请您准备签收")[0], Status.UNKNOWN)
        self.assertEqual(self.read("7777", "客户签收")[0], Status.DELIVERED)

    def test_a_delivery_to_the_sender_or_a_shop_is_none(self):
        self.assertEqual(self.read("80", "快件已退回寄件人,已签收")[0], Status.RETURNED)
        self.assertEqual(self.read("80", "已存放至服务点,请凭取件码尽快领取")[0], Status.AVAILABLE_FOR_PICKUP)

    def test_a_parcel_that_waits_in_a_shop_says_so(self):
        self.assertEqual(self.read("130", "快件到达顺丰站,请您及时取件")[0], Status.AVAILABLE_FOR_PICKUP)
        self.assertEqual(self.read("130", "快件到达顺丰站")[0], Status.IN_TRANSIT)

    def test_sending_on_is_not_sending_back(self):
        for code in ("99", "648"):
            self.assertEqual(self.read(code, "快件正在转寄中")[0], Status.IN_TRANSIT)
            self.assertEqual(self.read(code, "快件已退回/转寄,新单号为: SF1000000000018")[0], Status.RETURNING)

    def test_a_missed_attempt_tells_why(self):
        for words, reason in (
            ("因电话无人接听，暂无法联系到收方客户", Reason.RECIPIENT_ABSENT),
            ("与客户约定更改派送时间", Reason.RESCHEDULED),
            ("客户拒收", Reason.REFUSED),
            ("丰巢柜已满", Reason.CAPACITY),
            ("收件地址不详", Reason.ADDRESS_INCOMPLETE),
            ("待再次派送", None),
        ):
            with self.subTest(words):
                self.assertEqual(self.read("70", words), (Status.ATTEMPT_FAILED, reason))
        self.assertEqual(self.read("70", reasonName="客户拒收"), (Status.ATTEMPT_FAILED, Reason.REFUSED))

    # Times and privacy

    def test_a_scan_in_america_is_told_by_the_clock_of_china(self):
        (event,) = self.scanned("54", acceptAddress="三藩市").events
        self.assertEqual(event.occurred_at.isoformat(), "2026-03-04T12:00:00+08:00")
        self.assertFalse(event.zone_known)
        self.assertEqual(event.location.city, "三藩市")

    def test_a_couriers_phone_is_not_in_the_description(self):
        for words, shown in (
            ("快件交给测试员（联系电话：13900000000）", "快件交给测试员（联系电话：…）"),
            ("派件人:测试员,电话:0755-8888 0000", "派件人:测试员,电话:…"),
            ("快件已转寄,新单号为: SF1000000000018", "快件已转寄,新单号为: SF1000000000018"),
            ("预计2026-03-05 18:00前送达", "预计2026-03-05 18:00前送达"),
        ):
            with self.subTest(words):
                self.assertEqual(self.scanned("44", words).events[0].description, shown)

    # Shapes

    def test_the_result_may_be_json_in_a_string_or_an_object(self):
        told = self.reply({"opCode": "50", "acceptTime": "2026-03-04 12:00:00"})
        told["apiResultData"] = json.loads(told["apiResultData"])
        (update,) = self.parse(told)
        self.assertEqual(times(update), ["2026-03-04T04:00:00Z"])

    def test_several_parcels_in_one_reply_are_kept_apart(self):
        scan = {"opCode": "50", "acceptTime": "2026-03-04 12:00:00"}
        routes = [{"mailNo": number, "routes": [scan]} for number in (self.number, "SF2")]
        told = self.reply(msgData={"routeResps": [*routes, {"mailNo": "SF3", "routes": []}]})
        self.assertEqual([update.number for update in self.parse(told)], [self.number])
        self.assertEqual([update.number for update in self.parse(told, number="")], [self.number, "SF2"])
        with self.assertRaises(NumberNotFound):
            self.parse(told, number="SF3")

    # Errors

    def test_an_error_of_the_platform_is_told_by_its_code(self):
        for code, error in (
            ("A1004", CarrierRefused),
            ("A1005", CarrierUnavailable),
            ("A1006", CarrierRefused),
            ("A1001", UnreadablePayload),
        ):
            with self.subTest(code):
                self.assert_raises(error, f"no luck .{code}.", {"apiResultCode": code, "apiErrorMsg": "no luck"})

    def test_an_error_of_the_service_is_told_by_its_code(self):
        told = self.reply(success=False, errorCode="8018", errorMsg="未获取到订单信息", msgData=None)
        self.assert_raises(NumberNotFound, "未获取到订单信息", told)
