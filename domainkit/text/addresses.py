"""Finds where people live: a street with a number, by its form or by words that announce it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domainkit.text.language import HAN
from domainkit.types import Span

_STREET = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Squares|Sq"
    r"|Place|Pl|Terrace|Way|Close|Crescent|Parkway|Pkwy|Highway|Hwy|Circle|Alley|Row|Gardens)"
)
# Streets of other languages: a word before the name, or one grown into its end.
_RUE = (
    r"(?:[Rr]ue|Via|Viale|Rua|Avenida|Calle|Carrer|Piazza|Plaza|Corso|Strada|Boulevard|Ulica|[Uu]l\."
    r"|Rruga|Route|Chemin|Paseo)"
)
_GROWN = (
    r"[^\W\d_][\w-]{2,}(?:straat|stra(?:ss|ß)e|str\.|weg|laan|gatan|gata|vej|veien|vegen|plein"
    r"|kade|allee|platz|gasse|katu|(?<=[a-zäö])tie|stræde|(?<=k)ova|(?<=s)ka|utca|tänav)"
)
_OF = r"(?:de|del|della|delle|di|da|do|dos|la|le|les|des|du|of|the)"
_PLACE = r"[^\W\d_a-zà-öø-ÿ][^\W\d_][\w'’.-]*"  # a capitalised word
_FLAT = r"(?:Apt|Apartment|Suite|Unit|Flat)\.? #?\d{1,6}\w?"
_NUMBER = r"\d{1,5}[A-Za-z]?"
# What says that a place where someone lives or works follows.
_ANNOUNCED = (
    r"(?i:\baddress(?: is| to|:)?(?: the same:)?|\blives? (?:at|on|in)|\bresid(?:es|ing) at"
    r"|\boffice is at|\blocated at|\bmeet me at|\breturn to|\bdelivered to|\bsent? to"
    r"|\bdrops? (?:me|you|us) off at|\bmoved? to|\bcorner of|\bhome at|\bshipped to)"
)
_DATED = (
    r"(?!\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)\b)"
)
# "33 Labour Court" is a paragraph of a court's.
_BENCH = r"(?!(?:\w+ )?(?:Labour|High|Supreme|District|County|Civil|Family|Crown|Appeal) Court)"
_FORMS = (
    # "475 Breivangvegen 38 Suite 490": a number, a name, a number, a flat.
    re.compile(rf"\b{_DATED}\d{{1,5}} {_PLACE}(?: {_PLACE}){{0,3}} \d{{1,4}},?\s+{_FLAT}"),
    re.compile(
        rf"(?:\b{_NUMBER} )?\b{_NUMBER} {_BENCH}(?:[A-Z][\w'.-]+ ){{1,4}}{_STREET}\b\.?"
        rf"(?:[ ,\n]+{_FLAT})?"
    ),
    re.compile(
        rf"(?:\b{_NUMBER},? ){{0,2}}\b{_RUE} (?:{_OF} )*[^\W\d_][\w'’.-]*"
        rf"(?: (?:{_OF} )*{_PLACE}){{0,3}},? \d{{1,5}}\b"
        rf"|\b{_NUMBER},? {_RUE} (?:{_OF} )*[A-ZÀ-Ž][\w'’.-]*(?: [A-ZÀ-Ž][\w'’.-]*){{0,2}}"
    ),
    re.compile(rf"(?i:\b(?:\d{{1,5}} )?(?:\d{{1,5}} {_GROWN}|{_GROWN},? \d{{1,4}}[A-Za-z]?)\b)"),
    re.compile(
        rf"\b(?:(?i:P\.? ?O\.? Box|PSC|Postbox|Postfach) #?\d{{1,6}}\w?(?:,? Box \d{{1,6}})?"
        rf"|Unit \d{{2,6}},? Box \d{{2,6}}|{_FLAT}|[DFA]PO A[EAP] \d{{5}})"
    ),
    re.compile(
        rf"{_ANNOUNCED}[ \n]{_DATED}"
        rf"(?P<it>(?:\d{{1,5}} ){{1,2}}(?:{_OF} )*{_PLACE}"
        rf"(?:[ \n,]+(?:{_OF} )*(?:{_PLACE}|{_NUMBER})){{0,9}}"
        rf"|{_PLACE}(?: {_PLACE}){{0,2}} {_NUMBER}(?:[ \n,]+(?:{_PLACE}|\d{{1,6}})){{0,6}})"
    ),
    re.compile(
        rf"(?:[{HAN}]{{2,8}}(?:省|自治区))?[{HAN}]{{2,8}}(?:市|州|县)(?:[{HAN}]{{1,8}}(?:区|县|镇|乡))?"
        rf"[{HAN}\d]{{1,16}}(?:路|街|道|巷|弄|村|小区|大厦)[{HAN}\d-]{{0,12}}?\d+(?:号|栋|幢|单元|室)"
        rf"(?:[\d{HAN}-]{{0,10}}?(?:号|栋|幢|单元|室|楼))*"
    ),
)
# The lines below a street, as on an envelope: few, short, and one of them with a postal code.
_BELOW = re.compile(
    r"(?:,? ?\n[> ?]*(?P<line>[^\n]{1,40}))", re.MULTILINE
)  # marks of quoted mail may begin a line
_CODE = re.compile(r"(?<![\d-])(?:\d{4,6}(?:-\d{3,4})?|\d{3} \d{2})$")
_LINES = 4


def addresses(text: str) -> Iterator[Span]:
    """Yield where in ``text`` an address stands, the surest forms first."""
    for form in _FORMS:
        part = "it" if "it" in form.groupindex else 0
        for match in form.finditer(text):
            start, end = match.span(part)
            yield Span(start, _envelope(text, end))


def _envelope(text: str, end: int) -> int:
    """Return where an address ends that goes on, line by line, to its postal code."""
    at = end
    for _ in range(_LINES):
        below = _BELOW.match(text, at)
        if below is None:
            return end
        at = below.end()
        if _CODE.search(below["line"].strip()):
            return at
    return end
