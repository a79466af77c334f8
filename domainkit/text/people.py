"""Finds names of people, where a title, a word before them or a known given name announces them.

A name that is a disease's, or a party's of a case ("Smith v Jones"), is no person's that is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from domainkit.text.language import HAN
from domainkit.types import Span

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方"
    "俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅卞齐康伍余元顾孟平黄和穆萧尹姚邵汪祁毛禹狄米贝明臧戴谈宋庞熊"
    "纪舒屈项祝董梁杜阮蓝闵席季贾江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯卢莫房丁邓洪包石崔吉龚程邢裴陆翁荀惠甄封"
    "储靳段焦谷侯全班仰秋仲伊宁仇栾甘厉祖武符刘龙叶司黎溥印白蒲鄂索赖卓蔺屠蒙乔阴胥苍闻党翟谭贡劳申冉宰雍桑桂牛寿通边燕"
    "尚农温庄晏柴瞿阎连习艾鱼容向古易廖耿满匡文寇广禄阙东欧沃利越师巩聂晁勾敖冷辛那简饶曾沙鞠关荆游肖涂"
)
_NAME = r"[A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_]['’\w-]*"
_OF = r"(?:van|von|de|da|di|del|della|la|le|bin|al|ter|den|der)"
_RELATION = (
    r"(?:wife|husband|son|daughter|kid|child|baby|mother|mom|mum|father|dad|brother|sister|aunt"
    r"|uncle|cousin|nephew|niece|partner|girlfriend|boyfriend|friend|neighbou?r|boss|landlord"
    r"|landlady|tenant|colleague|client|patient|nurse|grandmother|grandfather|fianc[eé]e?)"
)
_DOES = (
    r"(?:lives?|lived|called|calls|said|says|told|asked|wrote|writes|flew|phoned|visited|signed"
    r"|moved|works|worked|has|had|is|was|takes|took|needs|wants|came|went|spent|listed)"
)
_OWNS = (
    r"(?:address|phone|number|e?mail|results?|file|record|blood|scan|daughter|son|mother|father"
    r"|wife|husband|brother|sister|account|birthday|date|house|flat|lawyer|doctor|bike|car)"
)
_ANNOUNCED = (
    re.compile(
        r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? |\b(?i:my name is|i['’]?m|i am|called|patient"
        r"|named|signed by|name:|name is|attn:|dear|contact|spoke (?:to|with)|follow up with"
        r"|this is|user:|regards,|sincerely,|greetings from|assistant to|written by|care of) )"
        rf"(?P<it>{_NAME}(?: [A-Z]\.)?(?: {_NAME}){{1,2}}"
        rf"|(?<=(?:Mr|Ms|Dr) ){_NAME}|(?<=(?:Mr|Ms|Dr)\. ){_NAME}"
        rf"|(?<=Mrs ){_NAME}|(?<=Mrs\. ){_NAME})"
    ),
    re.compile(rf"\b(?i:my|his|her|our|their|your) {_RELATION},? (?P<it>{_NAME}(?: {_NAME})?)"),
    re.compile(rf"\b(?:calls?|called) (?:me|him|her|us) (?P<it>{_NAME})"),
    re.compile(rf"\b(?i:my name is|name:|name\?) (?P<it>{_NAME})"),
    re.compile(rf"\bnamed (?:him|her|the baby|their \w+|(?:my|our) \w+) (?P<it>{_NAME})"),
    re.compile(  # below the greeting of a letter
        r"\b(?i:(?:kind |best |warm )?(?:regards|wishes)|sincerely|yours|best|thanks|cheers),?"
        r"\s*\n\s*"
        rf"(?P<it>{_NAME}(?: [A-Z]\.)?(?: {_NAME}){{0,2}})"
    ),
    re.compile(
        rf"(?:姓名[:：\s]*|我叫|名叫|我是患者|患者姓名[:：\s]*|病人叫|患者叫|联系人[:：\s]*|患者|病人|原告|被告|法定代表人[:：\s]*"
        r"|(?:收件人|签名|签字|审判长|审判员|书记员|代理人|委托人|申请人|家属|监护人|经办人)[:：]\s*)"
        rf"(?P<it>[{_SURNAMES}][{HAN}]{{1,2}})(?=[，,。；;、：:\s（(\d]|$|男|女|先生|女士|的|于|诉|，)"
    ),
    re.compile(
        rf"(?<![{HAN}])(?P<it>[{_SURNAMES}](?![位些个名种类])[{HAN}]{{1,2}})(?=先生|女士|小姐)"
    ),
)
# A given name that is known, with a name after it, or alone where a person alone can stand.
_FULL = re.compile(
    rf"(?<![\w'’.-])(?P<given>{_NAME})(?: [A-Z]\.)?(?: {_OF})*"
    rf"(?: (?![A-Z]{{2}}){_NAME}){{1,2}}(?![\w-])"
)
_ALONE = re.compile(
    rf"(?<![\w'’.-])(?P<given>{_NAME})(?=(?:,|:)? {_DOES}\b|['’]s {_OWNS}\b|, who\b|:? ?[\"“])"
    rf"|(?<=says )(?P<said>{_NAME})(?=[.,])"
)
_EPONYM = re.compile(
    r"['’]?s? ?(?:(?i:disease|syndrome|sign|test|score|palsy|scale|criteria|classification|law"
    r"|rule|reaction|thyroiditis|lymphoma|sarcoma|tumou?r|method|equation|formula|index|nodes?|ulcers?"
    r"|fracture|contracture|cells?|bodies|chorea|phenomenon|trial|study|act|v\.?|vs\.?)\b)"
)
_VERSUS = re.compile(r"\bvs?\.? $")
_THINGS = re.compile(
    r"(?:Disease|Syndrome|Sign|Test|Score|Law|Act|Code|Trial|Study|Street|St|Road|Avenue|Hospital"
    r"|University|Clinic|School|College|County|City|Inc|Ltd|LLC|Institute|Foundation|Group|Court"
    r"|Enterprises|Company|Products|Corp|Corporation|LLP|Bank|Partners|Holdings)\b"
)


def people(text: str) -> Iterator[Span]:
    """Yield where in ``text`` someone is named."""
    for form in _ANNOUNCED:
        for match in form.finditer(text):
            yield from _person(text, *match.span("it"))
    known = _given()
    for form in (_FULL, _ALONE):
        for match in form.finditer(text):
            given = match["given"] or match.groupdict().get("said") or ""
            if given.casefold() in known:
                yield from _person(text, *match.span())


def _person(text: str, start: int, end: int) -> Iterator[Span]:
    name = text[start:end]
    if _THINGS.search(name) or _EPONYM.match(text, end) or _VERSUS.search(text[:start]):
        return
    yield Span(start, end)


@cache
def _given() -> frozenset[str]:
    text = Path(__file__).with_name("given_names.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(name for line in lines for name in line.split())
