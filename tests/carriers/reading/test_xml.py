from django.test import SimpleTestCase

from carriers.adapters.ups import UPS
from carriers.base import Reply
from carriers.errors import CarrierUnavailable, UnreadablePayload
from carriers.reading import members, text
from carriers.reading.xml import xml_document


def read(body, status=200):
    return xml_document(UPS(), Reply(status, body if isinstance(body, bytes) else body.encode()))


class XmlDocumentTests(SimpleTestCase):
    def test_an_element_is_its_text_and_a_parent_the_dict_of_its_children(self):
        self.assertEqual(read("<a><b> 1 </b><c/></a>"), {"a": {"b": "1", "c": ""}})

    def test_repeated_children_are_a_list_and_one_alone_reads_the_same(self):
        twice, once = read("<a><b><c>1</c></b><b><c>2</c></b></a>"), read("<a><b><c>1</c></b></a>")
        self.assertEqual([text(b, "c") for b in members(twice, "a", "b")], ["1", "2"])
        self.assertEqual([text(b, "c") for b in members(once, "a", "b")], ["1"])

    def test_attributes_stand_beside_the_text(self):
        told = read('<a><b lang="nl">Onderweg</b></a>')
        self.assertEqual((text(told, "a", "b"), text(told, "a", "b", "@lang")), ("Onderweg", "nl"))

    def test_namespaces_are_left_out(self):
        told = read('<s:Envelope xmlns:s="urn:x"><s:Body><n xmlns="urn:y">1</n></s:Body></s:Envelope>')
        self.assertEqual(told, {"Envelope": {"Body": {"n": "1"}}})

    def test_the_encoding_that_the_document_names_is_read(self):
        told = read('<?xml version="1.0" encoding="ISO-8859-1"?><a>Málaga</a>'.encode("latin-1"))
        self.assertEqual(told, {"a": "Málaga"})

    def test_entities_of_the_documents_own_are_refused(self):
        for attack in (
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
            '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>',
            '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
        ):
            with self.subTest(attack), self.assertRaisesRegex(UnreadablePayload, "document type is not accepted"):
                read(attack)

    def test_what_is_no_xml_is_unreadable_and_shown(self):
        for body in (b"", b"{}", b"<a>", b"<a>&nbsp;</a>", b"<a>" * 200 + b"</a>" * 200):
            with self.subTest(body[:10]), self.assertRaisesRegex(UnreadablePayload, "ups: expected XML, got"):
                read(body)

    def test_a_status_that_says_more_comes_first(self):
        with self.assertRaisesRegex(CarrierUnavailable, "503"):
            read("Service unavailable", 503)

    def test_what_no_database_stores_is_no_xml(self):
        for sign in ("\x00", "&#0;", "&#xD800;"):
            with self.subTest(sign), self.assertRaisesRegex(UnreadablePayload, "expected XML"):
                read(f"<a>{sign}</a>")
