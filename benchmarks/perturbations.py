"""Makes wrong statements of right ones: another number, unit, direction or name, a "not" more.

The words below are the benchmark's own; the claim check has its own lists.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domainkit.ingestion.folder import ingest
from domainkit.ingestion.places import Source
from domainkit.packs import loader
from domainkit.store.documents import Store
from domainkit.text import closed, detect, sentences
from domainkit.types import Passage

Change = Callable[[str, random.Random], str | None]

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w]*-)")
_HAN_NUMBER = re.compile(r"[二三四五六七八九十]{1,3}(?=[日天年个周岁次倍元]|小时|分钟|千克|毫)")
_WORD_NUMBER = {
    "two": "four", "three": "five", "four": "two", "five": "nine", "six": "three",
    "seven": "ten", "eight": "six", "nine": "four", "ten": "seven", "once": "twice",
}  # fmt: skip
_BEFORE_UNIT = "(?:\\d|[二三四五六七八九十]|two|three|four|five|six|seven|ten)"
_UNITS = {
    "en": [
        ("mg", "g"), ("g", "mg"), ("mL", "L"), ("minutes", "hours"), ("minute", "hour"),
        ("hours", "days"), ("days", "weeks"), ("weeks", "months"), ("months", "years"),
        ("years", "months"), ("day", "week"), ("seconds", "minutes"), ("mmHg", "kPa"),
        ("°C", "°F"), ("mmol/L", "mg/dL"), ("litre", "gallon"), ("kg", "g"),
    ],
    "zh": [
        ("分钟", "小时"), ("小时", "天"), ("毫克", "克"), ("毫升", "升"), ("个月", "年"),
        ("周", "个月"), ("日", "个月"), ("天", "周"), ("元", "美元"),
        ("年", "个月"), ("岁", "个月"),
        ("秒", "分钟"), ("mmHg", "kPa"), ("mg", "g"), ("mL", "L"), ("克", "毫克"), ("%", "‰"),
    ],
}  # fmt: skip
_DIRECTIONS = {
    "en": [
        ("increase", "decrease"), ("increases", "decreases"), ("increased", "decreased"),
        ("higher", "lower"), ("more", "less"), ("raise", "lower"), ("raised", "lowered"),
        ("raises", "lowers"), ("rose", "fell"), ("above", "below"), ("before", "after"),
        ("at least", "at most"), ("must", "may"), ("may", "must"), ("reduced", "increased"),
        ("older", "younger"), ("larger", "smaller"), ("within", "after"), ("longer", "shorter"),
        ("stronger", "weaker"), ("more than", "less than"), ("fewer", "more"),
        ("earlier", "later"),
        ("maximum", "minimum"), ("improved", "worsened"), ("or over", "or under"),
    ],
    "zh": [
        ("增加", "减少"), ("升高", "降低"), ("高于", "低于"), ("以上", "以下"),
        ("不少于", "不超过"), ("应当", "可以"), ("可以", "应当"), ("不得", "可以"),
        ("下降", "上升"), ("之前", "之后"),
        ("超过", "低于"), ("前", "后"), ("至少", "至多"), ("减少", "增加"), ("有效", "无效"),
        ("提高", "降低"), ("内", "后"), ("早", "晚"), ("有权", "无权"),
    ],
}  # fmt: skip
_NAMES = {
    "en": [
        ["metformin", "paracetamol", "ibuprofen", "aspirin", "insulin", "calvrestat", "nirocept",
         "brimoxaban", "dorexalimab", "zentiprazole", "zinc"],
        ["WHO", "CDC", "NHS", "UNICEF", "MedlinePlus", "American Heart Association"],
        ["landlord", "tenant", "Tribunal", "guarantor", "subtenant", "buyer"],
        ["kidney", "liver", "heart", "lung"],
        ["children", "adults", "pregnant women", "older people"],
        ["systolic", "diastolic"],
        ["fever", "diarrhoea", "asthma", "stroke", "influenza", "hypertension", "burn"],
        ["water", "alcohol", "milk"], ["placebo", "warfarin", "usual care"],
        ["arm", "leg", "hand", "face"], ["deposit", "rent", "fee"],
        ["hypertension", "psoriasis", "pneumonia", "diabetes"],
    ],
    "zh": [
        ["经营者", "消费者", "市场监督部门", "消费者组织"], ["儿童", "成人", "老年人", "孕妇"],
        ["对乙酰氨基酚", "布洛芬", "阿司匹林"], ["收缩压", "舒张压"], ["干预组", "对照组"],
        ["远程管理组", "常规管理组"], ["药师", "护士"], ["肝", "肾", "肺"],
        ["世界卫生组织", "国家卫健委"],
        ["腹泻", "发热", "流感", "高血压"], ["退货", "更换", "维修"], ["商品", "服务"],
        ["价款", "押金"],
        ["上臂", "手腕"], ["清水", "果汁", "牛奶"], ["发票", "收据"], ["人民法院", "仲裁机构"],
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a passage, and other passages beside it."""

    pack: str
    language: str
    text: str
    passage: Passage
    others: tuple[Passage, ...]


def statements(place: Path, *, others: int = 4, seed: int = 7) -> Iterator[Statement]:
    """Yield every sentence of the packs' own knowledge, with passages of the same pack."""
    for name in ("medical", "biomedical", "legal"):
        pack = loader.load(name)
        found = [(pack.find(item.path), item.profile) for item in pack.manifest.knowledge.values()]
        store = Store.open(place / f"{name}.sqlite", create=True)
        ingest([Source(p, profile) for p, profile in found if p], store, base=place)
        passages = [entry.passage for entry in store.entries()]
        store.close()
        chance = random.Random(f"{seed} {name}")  # noqa: S311 - a sample, no secret
        for passage in passages:
            language = detect(passage.text)
            same = [p for p in passages if p.id != passage.id and detect(p.text) == language]
            for span in sentences(passage.text):
                text = " ".join(span.of(passage.text).split())
                if closed(text) and len(text) >= (16 if language == "zh" else 40):
                    yield Statement(
                        name, language, text, passage, tuple(chance.sample(same, others))
                    )


def _number(text: str, chance: random.Random) -> str | None:
    places = list(_NUMBER.finditer(text))
    if places:
        found = chance.choice(places)
        value = float(found[0].replace(",", ""))
        changed = value + chance.choice((1, 2, 5, 10)) if chance.random() < 0.7 else value * 3 + 1
        digits = len(found[0].partition(".")[2])
        return _replaced(text, found.span(), f"{changed:.{digits}f}")
    han = list(_HAN_NUMBER.finditer(text))
    if han:
        found = chance.choice(han)
        other = chance.choice(
            [n for n in ("二", "三", "五", "七", "九", "十二", "二十") if n != found[0]]
        )
        return _replaced(text, found.span(), other)
    for word, other in _WORD_NUMBER.items():
        if found := re.search(rf"\b{word}\b", text):
            return _replaced(text, found.span(), other)
    return None


def _unit(text: str, chance: random.Random) -> str | None:
    pairs = _UNITS["zh" if detect(text) == "zh" else "en"]
    fitting = [
        (match.span(1), other)
        for unit, other in pairs
        for match in re.finditer(
            rf"{_BEFORE_UNIT}[\s-]?({re.escape(unit)})(?![A-Za-z])",
            text,
        )
    ]
    return _replaced(text, *chance.choice(fitting)) if fitting else None


def _negation(text: str, chance: random.Random) -> str | None:
    if detect(text) == "zh":
        for there, then in (
            ("不得", "可以"), ("不要", "要"), ("不能", "能"), ("应当", "不应当"),
            ("可以", "不可以"), ("没有", "有"), ("不需要", "需要"), ("有权", "无权"),
            ("需要", "不需要"), ("是", "不是"),
            ("能", "不能"), ("应", "不应"),
        ):  # fmt: skip
            if there in text:
                return text.replace(there, then, 1)
        return None
    for pattern, then in (
        (r"\b(must|should|may|can|does|do|did|is|are|was|were) not\b", r"\1"),
        (r"\bcannot\b", "can"),
        (r"\b(must|should|may|can|is|are|was|were|has|have)\b", r"\1 not"),
        (r"\bno (?=[a-z])", ""),
    ):
        if re.search(pattern, text):
            return re.sub(pattern, then, text, count=1)
    return None


def _direction(text: str, chance: random.Random) -> str | None:
    language = detect(text)
    fitting = []
    for one, other in _DIRECTIONS[language]:
        pattern = re.escape(one) if language == "zh" else rf"\b{one}\b"
        fitting += [(match.span(), other) for match in re.finditer(pattern, text)]
    return _replaced(text, *chance.choice(fitting)) if fitting else None


def _name(text: str, chance: random.Random) -> str | None:
    language = detect(text)
    fitting = []
    for group in _NAMES[language]:
        for one in group:
            pattern = re.escape(one) if language == "zh" else rf"\b{one}\b"
            others = [o for o in group if o not in text and one not in o]
            found = re.search(pattern, text)
            if found and others:
                fitting.append((found.span(), chance.choice(others)))
    return _replaced(text, *chance.choice(fitting)) if fitting else None


def _replaced(text: str, span: tuple[int, int], other: str) -> str:
    return text[: span[0]] + other + text[span[1] :]


CHANGES: dict[str, Change] = {
    "number": _number,
    "unit": _unit,
    "negation": _negation,
    "direction": _direction,
    "entity": _name,
}


def said_otherwise(text: str, chance: random.Random) -> str | None:
    """Return a right statement in other words: what a model does to a sentence it repeats."""
    ways: Sequence[tuple[str, str]] = (
        (r" \((?:CDC|NHS|WHO|MedlinePlus|US label|[A-Z][^()]{3,60})\)\.$", "."),
        (r"\bmust\b", "shall"), (r"\bmay be\b", "can be"), (r"\bshould be\b", "ought to be"),
        (r"\badults\b", "adult patients"), (r"\bat least\b", "no less than"),
        (r"\bup to\b", "at most"), (r"\b1 g\b", "1,000 mg"), (r"\b24 hours\b", "1 day"),
        (r"\b2 weeks\b", "14 days"), (r"\b2\b(?= (?:days|weeks|years))", "two"),
        (r"\b3\b(?= (?:days|weeks|years|months))", "three"), (r"\bthe\b ", ""),
        (r"^", "According to the source, "), (r"\bIn this invented [a-z]+,? ", ""),
        ("应当", "必须"), ("不得", "禁止"), ("三十日", "30日"), ("七日", "7日"), ("二年", "两年"),
        ("不少于", "至少"), ("^", "根据规定，"), ("，", "、"),
    )  # fmt: skip
    zh = detect(text) == "zh"
    fitting = [
        (a, b) for a, b in ways
        if re.search(a, text) and (zh == bool(re.search("[\u4e00-\u9fff，]", a + b)))
    ]  # fmt: skip
    if not fitting:
        return None
    pattern, then = chance.choice(fitting)
    changed = re.sub(pattern, then, text, count=1)
    return changed if changed != text else None
