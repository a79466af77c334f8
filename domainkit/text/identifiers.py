"""Finds what names a person in a text: numbers by form and checksum, addresses, names.

Numbers that have a checksum are told by it; those without one by the words before them. Names and
addresses are found where a form or a word announces them, and so never all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from domainkit.text.language import HAN
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
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方"
    "俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅卞齐康伍余元顾孟平黄和穆萧尹姚邵汪祁毛禹狄米贝明臧戴谈宋庞熊"
    "纪舒屈项祝董梁杜阮蓝闵席季贾江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯卢莫房丁邓洪包石崔吉龚程邢裴陆翁荀惠甄封"
    "储靳段焦谷侯全班仰秋仲伊宁仇栾甘厉祖武符刘龙叶司黎溥印白蒲鄂索赖卓蔺屠蒙乔阴胥苍闻党翟谭贡劳申冉宰雍桑桂牛寿通边燕"
    "尚农温庄晏柴瞿阎连习艾鱼容向古易廖耿满匡文寇广禄阙东欧沃利越师巩聂晁勾敖冷辛那简饶曾沙鞠关荆游肖涂"
)
_STREET = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Squares|Sq"
    r"|Place|Pl|Terrace|Way|Close|Crescent|Parkway|Pkwy|Highway|Hwy|Circle|Alley|Row|Gardens)"
)
_NAME = r"[A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_]['’\w-]*"
# Streets of other languages: a word before the name, or one grown into its end.
_RUE = (
    r"(?:Rue|Via|Viale|Rua|Avenida|Calle|Carrer|Piazza|Plaza|Corso|Strada|Boulevard|Ulica|Rruga"
    r"|Route|Chemin|Paseo)"
)
_GROWN = (
    r"[^\W\d_][\w-]{2,}(?:straat|stra(?:ss|ß)e|str\.|weg|laan|gatan|gata|vej|veien|vegen|plein"
    r"|kade|allee|platz|gasse|katu)"
)
_OF = r"(?:de|del|della|di|da|do|dos|la|le|les|des|du)"
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
    (
        "address",
        re.compile(
            rf"\d{{1,5}}[A-Za-z]? (?:[A-Z][\w'.-]+ ){{1,4}}{_STREET}\b\.?"
            r"(?:[ ,\n]+(?:Apt|Suite|Unit|Flat)\.? ?\w+)?"
        ),
        bool,
    ),
    (
        "address",
        re.compile(
            rf"(?:\b\d{{1,5}}[A-Za-z]?,? )?\b{_RUE} (?:{_OF} )*[^\W\d_][\w'’.-]*"
            rf"(?: (?:{_OF} )*[A-ZÀ-Ž][\w'’.-]*){{0,3}},? \d{{1,5}}\b"
            rf"|\b\d{{1,5}}[A-Za-z]?,? {_RUE} (?:{_OF} )*[A-ZÀ-Ž][\w'’.-]*"
            r"(?: [A-ZÀ-Ž][\w'’.-]*){0,2}"
        ),
        bool,
    ),
    (
        "address",
        re.compile(rf"\b(?i:\d{{1,5}} {_GROWN}|{_GROWN},? \d{{1,4}}[A-Za-z]?)\b"),
        bool,
    ),
    (
        "address",
        re.compile(
            r"\b(?:(?i:P\.? ?O\.? Box|Postbox|Postfach|Suite|Apt\.?|Apartment) #?\d{1,6}\w?"
            r"|[FA]PO A[EAP] \d{5})\b"
        ),
        bool,
    ),
    (
        "address",
        re.compile(
            rf"(?:[{HAN}]{{2,8}}(?:省|自治区))?[{HAN}]{{2,8}}(?:市|州|县)(?:[{HAN}]{{1,8}}(?:区|县|镇|乡))?"
            rf"[{HAN}\d]{{1,16}}(?:路|街|道|巷|弄|村|小区|大厦)[{HAN}\d-]{{0,12}}?\d+(?:号|栋|幢|单元|室)"
            rf"(?:[\d{HAN}-]{{0,10}}?(?:号|栋|幢|单元|室|楼))*"
        ),
        bool,
    ),
    (
        "name",
        re.compile(
            r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? |\b(?i:my name is|i['’]?m|i am|called|patient"
            r"|named|signed by|name:|name is|attn:|dear|contact|spoke (?:to|with)|follow up with"
            r"|this is|user:|regards,|sincerely,|greetings from) )"
            rf"(?P<it>{_NAME}(?: [A-Z]\.)?(?: {_NAME}){{1,2}}"
            rf"|(?<=(?:Mr|Ms|Dr) ){_NAME}|(?<=(?:Mr|Ms|Dr)\. ){_NAME}"
            rf"|(?<=Mrs ){_NAME}|(?<=Mrs\. ){_NAME})"
        ),
        bool,
    ),
    (
        "name",
        re.compile(
            rf"(?:姓名[:：\s]*|我叫|名叫|我是患者|患者姓名[:：\s]*|病人叫|患者叫|联系人[:：\s]*|患者|病人|原告|被告|法定代表人[:：\s]*)"
            rf"(?P<it>[{_SURNAMES}][{HAN}]{{1,2}})(?=[，,。；;、：:\s（(\d]|$|男|女|先生|女士|的|于|诉|，)"
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
