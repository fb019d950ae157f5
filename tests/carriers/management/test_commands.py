import json
import tempfile
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase

from carriers.registry import ADAPTERS, carrier_class
from tests.carriers.contract import FIXTURES


class ParsePayloadTests(SimpleTestCase):
    """SimpleTestCase forbids queries: the command needs no database."""

    def run_command(self, *arguments, **options):
        out = StringIO()
        call_command("parse_payload", *map(str, arguments), stdout=out, **options)
        return json.loads(out.getvalue())

    def refused(self, *arguments, **options):
        err, out = StringIO(), StringIO()
        with self.assertRaises(SystemExit) as caught:
            call_command("parse_payload", *map(str, arguments), stderr=err, stdout=out, **options)
        self.assertEqual((caught.exception.code, out.getvalue()), (1, ""))
        return err.getvalue().strip()

    def test_it_prints_what_was_read_oldest_first(self):
        told = self.run_command("ups", FIXTURES / "ups" / "exception.json")
        (update,) = told["updates"]
        self.assertEqual(set(told), {"updates", "unmapped_codes"})
        self.assertEqual(update["number"], "1Z999AA10123456784")
        self.assertEqual((update["status"], update["reason"]), ("exception", "address_incomplete"))
        window = {"earliest": "2026-03-04", "latest": "2026-03-04", "from_time": None, "to_time": None}
        self.assertEqual(update["window"], window | {"zone": "America/Los_Angeles"})
        self.assertEqual([event["status"] for event in update["events"]][::4], ["info_received", "exception"])
        self.assertEqual(
            update["events"][1],
            {
                "status": "in_transit",
                "reason": None,
                "occurred_at": "2026-03-03T01:30:00Z",
                "code": "005",
                "description": "We Have Your Package",
                "location": {"city": "Louisville", "postcode": "", "country": "US"},
            },
        )

    def test_a_window_s_hours_are_written_out(self):
        (update,) = self.run_command("fedex", FIXTURES / "fedex" / "out_for_delivery.json")["updates"]
        self.assertEqual((update["window"]["from_time"], update["window"]["to_time"]), ("10:15:00", "14:15:00"))

    def test_no_promise_is_null(self):
        (update,) = self.run_command("fedex", FIXTURES / "fedex" / "delivered.json")["updates"]
        self.assertIsNone(update["window"])

    def test_the_codes_nobody_mapped_are_listed(self):
        self.assertEqual(self.run_command("fedex", FIXTURES / "fedex" / "unknown_code.json")["unmapped_codes"], ["ZQ"])

    def test_a_callback_is_read_without_its_signature(self):
        (update,) = self.run_command("fedex", FIXTURES / "fedex" / "callback.json", callback=True)["updates"]
        self.assertEqual(update["status"], "out_for_delivery")

    def test_a_handshake_brings_no_updates(self):
        told = self.run_command("dhl-unified", FIXTURES / "dhl-unified" / "callback_handshake.json", callback=True)
        self.assertEqual(told["updates"], [])

    def test_the_number_asked_for_is_the_update_s(self):
        (update,) = self.run_command("dhl-unified", FIXTURES / "dhl-unified" / "delivered.json", number="X1")["updates"]
        self.assertEqual(update["number"], "X1")

    def test_an_error_goes_to_standard_error_by_its_class(self):
        for name, expected in (("not_found", "NumberNotFound: "), ("not_json", "UnreadablePayload: ")):
            for key in [key for key in ADAPTERS if carrier_class(key).api]:
                (file,) = (FIXTURES / key).glob(f"{name}.*")
                with self.subTest(key=key, name=name):
                    self.assertTrue(self.refused(key, file).startswith(expected + key))

    def test_the_http_status_is_told_by_an_option(self):
        message = self.refused("ups", FIXTURES / "ups" / "not_json.json", status=503)
        self.assertEqual(message, "CarrierUnavailable: ups: answered 503 (HTTP 503)")

    def test_an_unknown_carrier_names_the_known_ones(self):
        message = self.refused("dhl", "x.json")
        self.assertTrue(message.startswith("CarrierMisconfigured: There is no carrier 'dhl'. Known carriers: "))
        self.assertIn("dhl-unified", message)

    def test_a_missing_file_is_named(self):
        message = self.refused("ups", "no/such/file.json")
        self.assertTrue(message.startswith("FileNotFoundError: cannot read 'no/such/file.json'"), message)


class ParseCorpusTests(SimpleTestCase):
    def test_it_counts_the_verdicts_of_each_carrier(self):
        out = StringIO()
        call_command("parse_corpus", str(self.corpus()), stdout=out)
        rows = [line.split() for line in out.getvalue().splitlines()]
        self.assertIn(["ups", "track-response", "ok", "1"], rows)
        self.assertIn(["ups", "track-response", "UnreadablePayload", "1"], rows)
        self.assertIn(["fedex", "error-response", "NumberNotFound", "1"], rows)
        self.assertEqual(len(rows), 3)

    def corpus(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for source, target in (
            ("ups/delivered", "ups/track-response-1"),
            ("ups/not_json", "ups/track-response-2"),
            ("ups/delivered", "ups/track-response-1.headers"),
            ("fedex/not_found", "fedex/error-response-1"),
        ):
            path = folder / f"{target}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes((FIXTURES / f"{source}.json").read_bytes())
        return folder

    def test_a_folder_that_is_none_is_named(self):
        with self.assertRaisesRegex(CommandError, "'no/such' is no folder"):
            call_command("parse_corpus", "no/such")
