"""Reads the doses of a text: numbers with the drug, the route and the people they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domainkit.text import sentences
from domainkit.text.analysis import fold
from domainkit.text.figures import Figure, in_order

# What is counted as a dose: amounts, and how often. Not per litre or minute: those are findings.
_AMOUNTS = frozenset("mg g kg ug ng ml l iu mmol".split())
_PER = frozenset(" kg day hour".split()) | {""}
_PER_KG = re.compile(r" per (?:kg|kilogram)\b", re.IGNORECASE)  # "1 mg per kg" is 1 mg/kg
_COUNTED = re.compile(
    r"(?P<n>\d+(?:\.\d+)?|one|two|three|four|half an?|[半一二两三四五六七八九十]{1,2})[\s-]?"
    r"(?P<what>tablets?|caplets?|capsules?|puffs?|drops?|sprays?|suppositor(?:y|ies)|片|粒|滴|喷|支|袋|丸)(?![a-z])"
)
_OFTEN = re.compile(
    r"\b(?P<en>once|twice|thrice)\b|\b(?P<latin>bid|tid|qid|od)\b"
    r"|\b(?P<n>\d|one|two|three|four|five|six) times\b|(?P<zh>\d|[一二两三四五六七八])次(?!会议)"
)
_VALUES = (
    {"once": 1, "twice": 2, "thrice": 3, "bid": 2, "tid": 3, "qid": 4, "od": 1}
    | {word: n for n, word in enumerate("one two three four five six".split(), 1)}
    | {han: n for n, han in enumerate("一二三四五六七八九十", 1)}
    | {"两": 2, "半": 0.5}
)
# What ends like this is a drug (the stems of international nonproprietary names, WHO).
_STEM = re.compile(
    r"\b[a-z]{2,}(?:cillin|mycin|floxacin|cycline|conazole|prazole|sartan|olol|statin|dipine"
    r"|formin|gliptin|gliflozin|glitazone|glutide|triptan|setron|thiazide|semide|parin|xaban"
    r"|gatran|grel|profen|oxetine|triptyline|azepam|zolam|codone|morphone|fentanil|caine|lukast"
    r"|tinib|mab|vir|solone|sone|terol|tropium|prost|dronate|relin|curium|barbital|setine"
    r"|[^s]pril)\b"
)
_ROUTES = {
    "oral": r"\boral(?:ly)?\b|by mouth|tablet|ca(?:pl|psul)e|swallow|syrup|\bpo\b"
    r"|口服|片剂|胶囊|服用",
    "intravenous": r"intravenous|\biv\b|infusion|into a vein|静脉|静滴|静注|输注",
    "intramuscular": r"intramuscular|\bim\b injection|into a muscle|肌内|肌肉注射|肌注",
    "subcutaneous": r"subcutaneous|under the skin|皮下",
    "rectal": r"rectal|suppositor|直肠|栓剂|肛",
    "inhaled": r"inhal|nebuli|puff|吸入|雾化|气雾",
    "topical": r"topical|\bcream\b|ointment|\bgel\b|on the skin|外用|乳膏|软膏|涂",
    "nasal": r"nasal|nostril|鼻",
    "ocular": r"\beye|ophthalmic|滴眼|眼",
}
_PEOPLE = {
    "child": r"child|infant|baby|babies|toddler|neonat|newborn|paediatric|pediatric|\bkids?\b"
    r"|儿童|小儿|婴|幼儿|孩子|宝宝|新生儿",
    "adolescent": r"adolescent|teenage|青少年",
    "adult": r"\badults?\b|成人|成年",
    "pregnant": r"pregnan|妊娠|孕",
    "breastfeeding": r"breast-?feed|lactat|哺乳",
    "elderly": r"elderly|older (?:adult|people|patient)|老年|老人",
    "renal": r"(?<!ad)renal|kidney|egfr|creatinine clearance|dialysis|肾",
    "hepatic": r"hepatic|liver|cirrho|肝",
}
_ROUTE = {name: re.compile(form) for name, form in _ROUTES.items()}
_WHO = {name: re.compile(form) for name, form in _PEOPLE.items()}

Names = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a stretch of text says of doses."""

    amounts: tuple[Figure, ...]
    counts: tuple[Figure, ...]
    drugs: frozenset[str]
    routes: frozenset[str]
    people: frozenset[str]


@lru_cache(maxsize=4096)
def read(text: str, names: Names) -> Said:
    """Return the doses of ``text``; ``names`` has the names of each known drug, its own first."""
    folded = fold(text)
    return Said(
        tuple(_amounts(text)),
        tuple(_counted(folded)),
        frozenset(drugs(folded, names)),
        frozenset(name for name, form in _ROUTE.items() if form.search(folded)),
        frozenset(name for name, form in _WHO.items() if form.search(folded)),
    )


def passage(title: str, section: Sequence[str], text: str, names: Names) -> Iterator[Said]:
    """Yield what each sentence of a passage says, for the drugs and people it stands under.

    A drug or a group of people that a title, a heading or an earlier sentence names holds until
    another is named.
    """
    about = [read(title, names), *(read(heading, names) for heading in section)]
    drug, people = frozenset[str](), frozenset[str]()
    for heading in about:
        drug, people = heading.drugs or drug, heading.people or people
    routes = frozenset().union(*(heading.routes for heading in about))
    for span in sentences(text):
        said = read(span.of(text), names)
        drug, people = said.drugs or drug, said.people or people
        yield Said(said.amounts, said.counts, drug, said.routes or routes, people)


def drugs(folded: str, names: Names) -> Iterator[str]:
    """Yield the drugs that a folded text names, each by its first name."""
    known = _known(names)
    for match in _matcher(names).finditer(folded) if names else ():
        yield known[match[0]]
    for match in _STEM.finditer(folded):
        if match[0] not in known:
            yield match[0]


@lru_cache(maxsize=8)
def _known(names: Names) -> dict[str, str]:
    return {fold(other): fold(group[0]) for group in names for other in group}


@lru_cache(maxsize=8)
def _matcher(names: Names) -> re.Pattern[str]:
    written = sorted(_known(names), key=len, reverse=True)
    forms = (rf"\b{re.escape(n)}\b" if n.isascii() else re.escape(n) for n in written)
    return re.compile("|".join(forms))


def _amounts(text: str) -> Iterator[Figure]:
    for figure in in_order(_PER_KG.sub("/kg", text)):
        unit, _, per = figure.unit.partition("/")
        if unit in _AMOUNTS and per in _PER:
            yield figure


def _counted(folded: str) -> Iterator[Figure]:
    for match in _COUNTED.finditer(folded):
        written = "half" if match["n"].startswith("half") else match["n"]
        what = match["what"].removesuffix("s").replace("suppositorie", "suppository")
        yield Figure(0.5 if written == "half" else _value(written), f"each {what}")
    for match in _OFTEN.finditer(folded):
        written = match["en"] or match["latin"] or match["n"] or match["zh"]
        yield Figure(_value(written), "times")


def _value(written: str) -> float:
    return float(written) if written[0].isdigit() else float(_VALUES.get(written, 0))
