"""Statements of the packs' own knowledge, and what is made of them: wrong, or in other words."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domainkit.ingestion.folder import ingest
from domainkit.ingestion.places import Source
from domainkit.packs import loader
from domainkit.store.documents import Store
from domainkit.text import closed, detect, sentences
from domainkit.training import perturbations
from domainkit.training.perturbations import Change, replaced
from domainkit.types import Passage

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
    return replaced(text, *chance.choice(fitting)) if fitting else None


CHANGES: dict[str, Change] = {
    **perturbations.CHANGES,
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
