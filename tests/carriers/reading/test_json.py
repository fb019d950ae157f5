from django.test import SimpleTestCase

from carriers.adapters.ups import UPS
from carriers.base import Reply
from carriers.errors import UnreadablePayload
from carriers.reading import document, listing


def read(body: bytes):
    return document(UPS(), Reply(200, body))


class JsonTests(SimpleTestCase):
    def test_what_no_database_stores_is_left_out(self):
        for body, told in (
            (b'{"a": "x\\u0000y"}', {"a": "xy"}),
            (b'{"a": "x\\ud800y"}', {"a": "xy"}),
            (b'{"a\\udfff": ["\\u0000"]}', {"a": [""]}),
            (b'{"a": "\xed\xa0\x80"}', {"a": ""}),
        ):
            with self.subTest(body):
                self.assertEqual(read(body), told)

    def test_letters_that_only_look_suspicious_stay(self):
        self.assertEqual(read(b'{"a": "\\u00e9 \xed\x95\x9c \\ud83d\\ude9a"}'), {"a": "é 한 🚚"})

    def test_numbers_that_are_none_are_nothing(self):
        for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 400 + b".0"):
            with self.subTest(number[:9]):
                self.assertEqual(read(b'{"a": ' + number + b"}"), {"a": None})

    def test_other_encodings_of_unicode_are_read(self):
        for encoding in ("utf-8-sig", "utf-16", "utf-32"):
            with self.subTest(encoding):
                self.assertEqual(read('{"a": "é"}'.encode(encoding)), {"a": "é"})

    def test_sixty_levels_are_read_and_no_more(self):
        def nested(levels):
            return b'{"a":' * levels + b"1" + b"}" * levels

        self.assertTrue(read(nested(60)))
        for levels in (61, 2_000, 100_000):
            with self.subTest(levels), self.assertRaisesRegex(UnreadablePayload, "levels deep|expected JSON"):
                read(nested(levels))

    def test_a_listing_is_a_list_of_objects_and_one_alone_reads_the_same(self):
        for body in (b'[{"a": 1}, 2, null]', b'{"a": 1}'):
            self.assertEqual(listing(UPS(), Reply(200, body)), [{"a": 1}])
        with self.assertRaisesRegex(UnreadablePayload, "ups: expected a JSON list, got '7'"):
            listing(UPS(), Reply(200, b"7"))
