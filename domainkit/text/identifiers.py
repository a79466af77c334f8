"""Finds what names a person in a text: numbers by form and checksum, addresses, names.

Numbers that have a checksum are told by it; those without one by the words before them. Names and
addresses are found where a form, a word or a list announces them, and so never all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from domainkit.text.addresses import addresses
from domainkit.text.people import people
from domainkit.types import Span


@dataclass(frozen=True, slots=True)
class Found:
    """An identifier, its kind, and where it stands."""

    kind: str
    span: Span
    text: str


def luhn(number: str) -> bool:
    """Return whether a card number's check digit is right (ISO/IEC 7812-1)."""
    digits = [int(c) for c in number if c.isdigit()]
    doubled = [d if i % 2 == 0 else (2 * d - 9 * (d > 4)) for i, d in enumerate(reversed(digits))]
    return len(set(digits)) > 1 and sum(doubled) % 10 == 0


def iban(written: str) -> bool:
    """Return whether an account's check digits are right (ISO 13616: modulo 97)."""
    plain = written.replace(" ", "").upper()
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def chinese_id(written: str) -> bool:
    """Return whether an identity number's birthday and check digit are right (GB 11643-1999)."""
    month, day = int(written[10:12]), int(written[12:14])
    total = sum(int(digit) * (1 << (17 - i)) for i, digit in enumerate(written[:17]))
    check = "10X98765432"[total % 11]
    return 1 <= month <= 12 and 1 <= day <= 31 and written[17].upper() == check


def _is_address(written: str) -> bool:
    try:
        ip_address(written)
    except ValueError:
        return False
    return True


def _is_phone(written: str) -> bool:
    digits = sum(c.isdigit() for c in written.partition("x")[0])
    return 7 <= digits <= 15 and not _DATE.match(written.strip())


_DAY = r"(?:0?[1-9]|[12]\d|3[01])"  # of a month, or a month: 93 is neither
_DATE = re.compile(
    rf"(?:19|20)\d\d[-./ ]{_DAY}[-./ ]{_DAY}(?!\d)|{_DAY}[-./ ]{_DAY}[-./ ](?:19|20)?\d\d"
    r"|(?:19|20)\d\d[-–](?:19|20)\d\d"
)
_CALL = (
    r"(?i:phone|tel(?:ephone)?|mobile|cell|fax|desk|office|direct|call(?:ing|ed)?(?: me| us| him"
    r"| her)?|ring|text me|sms|whatsapp|reach(?:ed)? (?:me|him|her|us)|contact(?: me)?|answering"
    r"|messages?|registered|电话|手机|联系方式|传真|联系|致电|拨打|号码)"
)
# kind, the form (its group "it", else the whole, is what is found), and what makes it one
_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", re.compile(r"[A-Za-z0-9_.+%-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), bool),
    ("website", re.compile(r"(?:https?://|(?<![A-Za-z0-9_@.])www\.)[^\s<>\"'，。、）)]+"), bool),
    (
        "iban",
        re.compile(r"(?<![A-Za-z0-9_])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}(?![A-Za-z0-9_])"),
        iban,
    ),
    ("identity-number", re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?![\dA-Za-z])"), chinese_id),
    (
        "identity-number",
        re.compile(
            r"(?i:(?:社会保障号|身份证号?码?|护照号?码?|证件号码?|passport(?: number| no\.?)?"
            r"|licen[cs]e(?: number| no\.?)?|national id|nhs(?: number| no\.?)?"
            r"|社保号|军官证号?|驾驶证号?|医保卡?号))(?i:\s+is)?[\s:：#是为]*"
            r"(?P<it>[A-Z]{0,2}\d[\d -]{5,18}[\dXx])(?![A-Za-z0-9_])"
        ),
        bool,
    ),
    ("identity-number", re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-\d{2}-\d{4}(?![\d-])"), bool),
    (
        "record-number",
        re.compile(
            r"(?:(?i:\bMRN|medical record(?: number| no\.?)?|patient (?:id|number|no\.?)"
            r"|chart (?:number|no\.?)|case (?:number|no\.?)|hospital (?:number|no\.?))"
            r"|病历号|病案号|住院号|门诊号|就诊卡号|就诊号|登记号|检查号)"
            r"(?:\s+is)?[\s:：#是为]*(?P<it>(?=[A-Za-z-]*\d)[A-Za-z0-9][A-Za-z0-9-]{3,20})(?![A-Za-z0-9_])"
        ),
        bool,
    ),
    ("card", re.compile(r"(?<![\d.+-])\d(?:[ -]?\d){11,18}(?![\d-])"), luhn),
    (
        "card",
        re.compile(
            r"(?:银行卡号?|卡号|账号|储蓄卡|信用卡)[\s:：是为]*(?P<it>\d(?:[ -]?\d){14,18})(?!\d)"
        ),
        bool,
    ),
    (
        "ip",
        re.compile(
            r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?<![A-Za-z0-9_:])(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}(?![A-Za-z0-9_:])"
        ),
        _is_address,
    ),
    ("phone", re.compile(r"(?<![\d.-])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"), bool),
    (
        "phone",
        re.compile(
            r"(?<![\d.-])(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3})[- ]?\d{7,8}(?:[-转]\d{1,5})?(?!\d)"
        ),
        bool,
    ),
    (
        "phone",
        re.compile(
            r"(?<![A-Za-z0-9_.])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,13}"
            r"(?:x\d{1,5})?(?![A-Za-z0-9_])"
        ),
        _is_phone,
    ),
    (
        "phone",
        re.compile(
            r"(?<![A-Za-z0-9_.,/-])(?:1[ .-])?(?:\(\d{2,5}\) ?|\d{2,5}[ .-])\d{2,4}"
            r"(?:[ .-]\d{2,4}){1,4}"
            r"(?:\s?x\d{1,5})?(?![A-Za-z0-9_-]|[.,/]\d)"
        ),
        lambda s: _is_phone(s) and sum(c.isdigit() for c in s.partition("x")[0]) >= 9,
    ),
    (
        "phone",
        re.compile(
            rf"{_CALL}[^\d]{{0,24}}?(?P<it>\(?\d(?:[ ().-]{{0,2}}\d){{6,13}}(?:\s?x\d{{1,5}})?)"
            r"(?![A-Za-z0-9_-]|[.,/]\d)"
        ),
        _is_phone,
    ),
    (
        "phone",
        re.compile(
            r"(?<![A-Za-z0-9_./-])(?P<it>\+?\(?\d(?:[ ().-]{0,2}\d){6,13}(?:x\d{1,5})?)"
            r"(?=[ -]{1,2}(?i:office|fax|mobile|cell|desk|home|work)\b)"
        ),
        _is_phone,
    ),
    (
        "postcode",
        re.compile(
            r"(?i:zip|post(?:al)? ?code|邮编|邮政编码)(?i:\s+code)?(?i:\s+is)?[\s:：是]*"
            r"(?P<it>[A-Z]{0,2}\d[\dA-Z]{0,4}(?:[ -]\d[\dA-Z]{1,3})?)(?![A-Za-z0-9_])"
        ),
        bool,
    ),
    (  # of the United Kingdom and of Canada, whose form nothing else has
        "postcode",
        re.compile(
            r"(?<![\w-])(?:(?:GIR|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]"
            r"|[A-HK-Y]\d[ABEHMNPRV-Y])) \d[ABD-HJLNP-UW-Z]{2}"
            r"|[A-CEGHJ-NPR-TVXY]\d[A-Z] \d[A-Z]\d)(?![\w-])"
        ),
        bool,
    ),
    (  # "Springfield, IL 62701": of the United States, with its state
        "postcode",
        re.compile(
            r"(?<=, )(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]"
            r"|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) \d{5}(?:-\d{4})?(?![\w-])"
        ),
        bool,
    ),
)


def identifiers(text: str) -> list[Found]:
    """Return what identifies a person in ``text``, in order; of what overlaps, the surest form."""
    taken: list[Found] = []
    for found in _matches(text):
        if all(found.span.end <= t.span.start or t.span.end <= found.span.start for t in taken):
            taken.append(found)
    return sorted(taken, key=lambda found: found.span.start)


def _matches(text: str) -> Iterator[Found]:
    for kind, form, holds in _FORMS:
        part = "it" if "it" in form.groupindex else 0
        for match in form.finditer(text):
            if holds(match[part]):
                yield Found(kind, Span(*match.span(part)), match[part])
    for kind, spans in (("address", addresses(text)), ("name", people(text))):
        yield from (Found(kind, span, span.of(text)) for span in spans)
