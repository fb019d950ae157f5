"""XML read into the shape that JSON has, so that `text`, `part` and `members` serve both."""

from functools import lru_cache
from xml.parsers import expat

from carriers.base import Callback, Carrier, Reply
from carriers.errors import UnreadablePayload
from carriers.reading import DEEPEST


def xml_document(carrier: Carrier, body: Reply | Callback) -> dict:
    """{name of the root: its content}, without namespaces.

    An element is its text; with children or attributes it is a dict of them, repeated children as a list, attributes
    as "@name", text beside them as "#text". Raises UnreadablePayload for anything but XML, or what the HTTP status
    means where that already says more. A document type is refused: no carrier needs one, every entity attack does.
    """
    try:
        return _Reader().read(body.body)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(body, Reply):
            carrier.check(body)
        start = body.body[:60].decode("utf-8", "replace").strip()
        raise UnreadablePayload(f"expected XML, got {start!r} ({error})", carrier=carrier.key, reply=body) from error


def is_xml(body: bytes) -> bool:
    """Whether this looks like XML rather than JSON or a page of HTML."""
    start = body.lstrip()[:9].lower()
    return start.startswith(b"<") and not start.startswith((b"<!doctype", b"<html"))


class _Reader:
    def __init__(self):
        self._open: list[tuple[str, dict, list[str]]] = [("", {}, [])]

    def read(self, body: bytes) -> dict:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(body, True)
        return self._open[0][1]

    def _refuse(self, *_args):
        raise ValueError("a document type is not accepted")

    def _start(self, name, attributes):
        if len(self._open) > DEEPEST:
            raise ValueError(f"nested more than {DEEPEST} levels deep")
        self._open.append((_local(name), _kept(attributes) if attributes else {}, []))

    def _text(self, told):
        self._open[-1][2].append(told)

    def _end(self, _name):
        name, content, pieces = self._open.pop()
        told = "".join(pieces).strip()  # XML itself forbids what no database takes
        if content and told:
            content["#text"] = told
        parent = self._open[-1][1]
        value = content or told
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]


def _kept(attributes: dict[str, str]) -> dict[str, str]:
    return {f"@{_local(key)}": value for key, value in attributes.items() if not key.startswith("xmlns")}


@lru_cache(maxsize=2000)
def _local(name: str) -> str:
    return name.rpartition(":")[2]
