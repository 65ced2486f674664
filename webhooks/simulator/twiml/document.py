"""Is this answer a document that Twilio would play? Parsed strictly: anything doubtful is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from webhooks.simulator.client import Answer
from webhooks.simulator.twiml.grammar import ATTRIBUTES, NESTED, NUMBERS_MAX, TEXT

DOCUMENT_MAX_BYTES = 64 * 1024

INVALID_URL = 11100
HTTP_FAILURE = 11200
PARSE_FAILURE = 12100
INVALID_ELEMENT = 12200
INVALID_CONTENT_TYPE = 12300
TOO_LARGE = 11750
CONNECTION_FAILURE = 11205


class NotTwiml(Exception):
    """Why Twilio would not play this, with the number of its error."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why
        self.url = ""
        """Where it was fetched, once that is known."""


@dataclass(frozen=True, slots=True)
class Element:
    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple[Element, ...]

    def get(self, attribute: str, default: str) -> str:
        return self.attributes.get(attribute, default)

    def find(self, attribute: str) -> str | None:
        return self.attributes.get(attribute)

    def whole(self, attribute: str, default: int) -> int:
        return int(self.attributes.get(attribute, default))

    def is_set(self, attribute: str, default: bool = False) -> bool:
        return self.attributes.get(attribute, "true" if default else "false") == "true"


def read_document(answer: Answer, repertoire: Collection[str]) -> tuple[Element, ...]:
    """The verbs of an answer, each of them one that may be played where the call now is."""
    if answer.status != 200:
        raise NotTwiml(HTTP_FAILURE, f"answered with status {answer.status}")
    if answer.content_type.split(";")[0].strip().lower() not in ("text/xml", "application/xml"):
        raise NotTwiml(INVALID_CONTENT_TYPE, f"has content type {answer.content_type!r}")
    return parse_document(answer.body, repertoire)


def parse_document(body: bytes, repertoire: Collection[str]) -> tuple[Element, ...]:
    if len(body) > DOCUMENT_MAX_BYTES:
        raise NotTwiml(TOO_LARGE, f"is {len(body)} bytes long")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - the program under test wrote it, within 64 KiB.
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotTwiml(PARSE_FAILURE, f"is not XML: {error}") from error
    if root.tag != "Response":
        raise NotTwiml(PARSE_FAILURE, f"starts with <{root.tag}> instead of <Response>")
    verbs = _read(root).children
    for verb in verbs:
        if verb.name not in repertoire:
            raise NotTwiml(INVALID_ELEMENT, f"<{verb.name}> may not be played here")
    return verbs


def _read(node: ElementTree.Element) -> Element:
    children = tuple(_read(child) for child in node)
    element = Element(node.tag, dict(node.attrib), (node.text or "").strip(), children)
    for why in _faults(element, node):
        raise NotTwiml(INVALID_ELEMENT, why)
    return element


def _faults(element: Element, node: ElementTree.Element) -> Iterator[str]:
    if element.name not in ATTRIBUTES:
        yield f"<{element.name}> is unknown"
        return
    yield from _attribute_faults(element)
    yield from _nesting_faults(element)
    yield from _text_faults(element, node)


def _attribute_faults(element: Element) -> Iterator[str]:
    known = ATTRIBUTES[element.name]
    for attribute, value in element.attributes.items():
        if attribute not in known:
            yield f"<{element.name}> has an unknown attribute {attribute!r}"
        elif why := known[attribute](value):
            yield f"<{element.name} {attribute}={value!r}> {why}"


def _nesting_faults(element: Element) -> Iterator[str]:
    names = [child.name for child in element.children]
    if element.name == "Response":
        yield from (f"<{name}> may not stand in <Response>" for name in names if name in _NOUNS)
        return
    for name in names:
        if name not in NESTED.get(element.name, ()):
            yield f"<{name}> may not stand in <{element.name}>"
    if element.name == "Dial":
        yield from _dial_faults(element, names)


_NOUNS = frozenset({"Number", "Queue", "Body", "Media", "Response"})


def _dial_faults(dial: Element, names: list[str]) -> Iterator[str]:
    if bool(names) == bool(dial.text):
        yield "<Dial> needs either nouns or a number"
    if len(names) > NUMBERS_MAX:
        yield f"<Dial> has {len(names)} nouns; ten are the most"
    if "Queue" in names and len(names) > 1:
        yield "<Dial> takes one <Queue> and nothing beside it"


def _text_faults(element: Element, node: ElementTree.Element) -> Iterator[str]:
    if any((child.tail or "").strip() for child in node):
        yield f"<{element.name}> has stray text between its elements"
    if element.name in TEXT:
        if why := TEXT[element.name](element.text):
            yield f"<{element.name}> {element.text[:40]!r} {why}"
    elif element.text:
        yield f"<{element.name}> holds text"
    if element.name == "Play" and bool(element.text) == ("digits" in element.attributes):
        yield "<Play> needs a URL or digits"
