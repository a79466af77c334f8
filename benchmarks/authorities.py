"""Holds laws, articles, papers and quotations that answers name against what exists.

    python benchmarks/authorities.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Two tables are
written: `authorities` (faults made by code in answers that are right: how many of them are found,
and how many right answers are flagged) and, where DATA is there, `authorities-lawgpt` (what is
found in the answers that LawGPT_zh published).
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from report import write
from statistic import interval

from domainkit.guards import citations
from domainkit.guards.authorities import AuthorityGuard
from domainkit.guards.wording import explain
from domainkit.packs import loader
from domainkit.packs.references import references
from domainkit.packs.schemas.guards import AuthorityCheck
from domainkit.packs.works import Works
from domainkit.text import numerals, sentences
from domainkit.types import Passage, Prompt, Question, Retrieved, Span

COMMAND = "python benchmarks/authorities.py"
SEED = 7
EACH = 100  # faults of each kind in each language
SOURCES = 4  # passages an answer was made from: the one it cites, and others
AS_OF = date(2026, 11, 1)
PUBLISHED = date(2023, 5, 1)  # about when LawGPT_zh's answers were written


@dataclass(frozen=True, slots=True)
class Case:
    """An answer that names an authority, its sources, and the fault made in it, if any."""

    language: str
    fault: str
    text: str
    sources: tuple[Passage, ...]


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    guards = {name: _guard(name) for name in ("legal", "medical")}
    cases = [case for language in ("en", "zh") for case in injected(data, language)]
    flagged = [bool(found(guards, case)) for case in cases]
    print(write("authorities", COMMAND, list(_rows(cases, flagged)), _NOTES))
    answers = data / "finetune" / "law_gpt" / "test_result_with_retriever.json"
    if answers.is_file():
        print(write("authorities-lawgpt", COMMAND, list(lawgpt(answers)), _LAWGPT))


_NOTES = [
    f"{EACH} answers a kind and language, made by code from passages of the legal pack, of a set "
    f"of Chinese statutes (stard_zh) and of PubMed abstracts (bioasq); seed {SEED}",
    "each names its authority and gives words of one of its four sources; then a fault is made",
    "none: the same answers as they were; found is then the share that is flagged though right",
    "repealed law, malformed number: also of laws no source holds, by the pack's works",
    "95 % bootstrap intervals of 2,000 samples",
]
_LAWGPT = [
    "the 24 answers LawGPT_zh published with its retriever; every article they name, read by the "
    f"legal pack's grammars and held against its works as of {PUBLISHED}, without any source",
    "right: as a reading of the same list by hand has it; what an article says is not judged",
]


def _guard(name: str) -> AuthorityGuard:
    pack = loader.load(name)
    works = Works(pack.works)
    return AuthorityGuard(
        AuthorityCheck(mode="annotate"), pack.authorities, works, names=works.names
    )


def found(guards: dict[str, AuthorityGuard], case: Case) -> list[str]:
    """Return the faults that the packs' guards find in ``case``."""
    sources = tuple(Retrieved(p, 1 / n, n) for n, p in enumerate(case.sources, start=1))
    question = Question("?", as_of=AS_OF, language=case.language)
    draft = citations.draft(question, Prompt((), sources, question), case.text)
    return [fault.standing for guard in guards.values() for fault in guard.faults(draft)]


def _rows(cases: Sequence[Case], flagged: Sequence[bool]) -> Iterator[dict[str, object]]:
    kinds = [kind for kind in dict.fromkeys(c.fault for c in cases) if kind != "none"]
    for language in ("en", "zh"):
        for kind in ("none", *kinds):
            hits = [
                f
                for c, f in zip(cases, flagged, strict=True)
                if (c.language, c.fault) == (language, kind)
            ]
            yield {
                "language": language,
                "fault": kind,
                "answers": len(hits),
                "found": interval(hits),
            }
    bad = [f for c, f in zip(cases, flagged, strict=True) if c.fault != "none"]
    right = [c.fault != "none" for c, f in zip(cases, flagged, strict=True) if f]
    yield {"language": "both", "fault": "all: recall", "answers": len(bad), "found": interval(bad)}
    yield {
        "language": "both",
        "fault": "all: precision",
        "answers": len(right),
        "found": interval(right),
    }


# -- answers made by code ---------------------------------------------------------------------


def injected(data: Path, language: str) -> Iterator[Case]:
    """Yield ``EACH`` answers a kind of fault in ``language``, and as many right ones."""
    chance = random.Random(f"{SEED} {language}")  # noqa: S311 - a sample, not a secret
    laws, papers = _laws(data, language), _papers(data)
    for fault, change in _CHANGES.items():
        pool = papers if fault == "swapped PMID" else laws
        for _ in range(EACH):
            given = chance.sample(pool, SOURCES)
            right = _answer(given[0], language, quoted=fault == "altered quote", chance=chance)
            changed = change(right, given, language, chance)
            yield Case(language, "none", right, tuple(given))
            yield Case(language, fault, changed, tuple(given))


def _answer(passage: Passage, language: str, *, quoted: bool, chance: random.Random) -> str:
    said = _statement(passage.text)
    quote = f"“{said}”" if quoted else said
    if passage.meta.get("pmid"):
        named = f"PMID: {passage.meta['pmid']}"
        forms = {"en": f"As reported in {named}, {said} [1]", "zh": f"据 {named} 报道，{said} [1]"}
        return forms[language]
    title = passage.title.removesuffix("（虚构）").removesuffix(" (fictional)")
    if language == "zh":
        place = f"《{title}》{passage.locator}"
        return chance.choice(
            ("根据{0}的规定，{1}[1]", "{0}规定：{1}[1]", "依照{0}，{1}[1]")
        ).format(place, quote)
    place = f"{passage.locator} of the {title.removeprefix('Osterhaven ')}"
    return chance.choice(
        ("Under {0}, {1} [1]", "According to {0}: {1} [1]", "By {0}, {1} [1]")
    ).format(place, quote)


def _statement(text: str) -> str:
    """Return the first sentence of ``text`` that says something, on one line."""
    spans = sentences(text)
    said = [" ".join(span.of(text).split()) for span in spans]
    return next((s for s in said if len(s) >= 30 and "“" not in s), max(said, key=len))


def _wrong_article(
    right: str, given: Sequence[Passage], language: str, chance: random.Random
) -> str:
    locator = given[0].locator
    others = [p.locator for p in given[1:] if p.locator != locator]
    if language == "zh":
        other = chance.choice([*others, f"第{numerals.write(chance.randint(900, 1200))}条"])
    else:
        other = chance.choice([*others, f"§ {chance.randint(80, 200)}"])
    return right.replace(locator, other, 1)


def _repealed_law(
    right: str, given: Sequence[Passage], language: str, chance: random.Random
) -> str:
    names = {
        "zh": (
            "合同法",
            "婚姻法",
            "继承法",
            "物权法",
            "民法通则",
            "侵权责任法",
            "担保法",
            "收养法",
            "民法总则",
        )
    }
    if language == "zh":
        law, number = chance.choice(names["zh"]), numerals.write(chance.randint(1, 34))
        return re.sub(r"《[^》]+》第[^条]+条", f"《{law}》第{number}条", right, count=1)
    law, most = chance.choice((("Brussels I Regulation", 76), ("Data Protection Directive", 34)))
    place = f"Article {chance.randint(1, most)} of the {law}"
    return re.sub(r"§ ?\d+[A-Z]? of the [A-Z][A-Za-z ]+(?=[,:])", place, right, count=1)


def _malformed(right: str, given: Sequence[Passage], language: str, chance: random.Random) -> str:
    if language == "en":  # a title that the code has not, a register number a digit short
        bad = chance.choice(
            (
                f"{chance.randint(55, 99)} U.S.C. § {chance.randint(1, 900)}",
                f"{chance.randint(51, 99)} C.F.R. § {chance.randint(1, 900)}.7",
                f"NCT{chance.randint(1, 9_999_999)}",
                f"ATC code {chance.randint(1, 9)}A{chance.randint(10, 99)}BA",
            )
        )
        return re.sub(r"§ ?\d+[A-Z]? of the [A-Z][A-Za-z ]+(?=[,:])", bad, right, count=1)
    number = numerals.write(chance.randint(111, 999))
    bad = chance.choice(
        (
            number.replace("百", "百" + chance.choice("二三四五"), 1).replace("十", ""),
            chance.choice("二三四五六七")
            + chance.choice("二三四五六七")
            + "十"
            + chance.choice("一二三"),
            chance.choice("三四五六") + str(chance.randint(11, 99)),
        )
    )
    return re.sub(r"第[^条]+条", f"第{bad}条", right, count=1)


def _swapped_pmid(
    right: str, given: Sequence[Passage], language: str, chance: random.Random
) -> str:
    mine = given[0].meta["pmid"]
    other = chance.choice(
        [given[1].meta["pmid"], str(int(mine) + chance.randint(1, 99)), given[2].meta["pmid"]]
    )
    return right.replace(mine, other, 1)


def _altered_quote(
    right: str, given: Sequence[Passage], language: str, chance: random.Random
) -> str:
    found = re.search("“(.+)”", right)
    quote = found[1] if found else ""
    if language == "zh":
        places = [i for i in range(4, len(quote) - 4) if "\u4e00" <= quote[i] <= "\u9fff"]
        at = chance.choice(places)
        return right.replace(
            quote,
            quote[:at] + chance.choice("或及并且不可须由") + quote[at + 1 :]
            if quote[at] not in "或及并且不可须由"
            else quote[:at] + quote[at + 1 :],
            1,
        )
    words = quote.split(" ")
    at = chance.randrange(1, len(words) - 1)
    swapped = [
        *words[:at],
        chance.choice(("tenant", "never", "within", "landlord", "always")),
        *words[at + 1 :],
    ]
    dropped = [*words[:at], *words[at + 1 :]]
    altered = " ".join(swapped if words[at].strip(",.") not in swapped[at] else dropped)
    return right.replace(quote, altered, 1)


_CHANGES: dict[str, Callable[[str, Sequence[Passage], str, random.Random], str]] = {
    "wrong article": _wrong_article,
    "repealed law": _repealed_law,
    "malformed number": _malformed,
    "swapped PMID": _swapped_pmid,
    "altered quote": _altered_quote,
}


def _laws(data: Path, language: str) -> list[Passage]:
    """Return articles: of the pack's own code, in Chinese of real statutes too."""
    pack = loader.load("legal")
    name = "lanting-consumer-code.md" if language == "zh" else "osterhaven-tenancies-code.md"
    text = (pack.folder / "knowledge" / name).read_text("utf-8")
    title = re.search(r"^title: (.+)$", text, re.MULTILINE)
    pattern = (
        r"^(第[^\s条]+条) +(.+?)(?=^第[^\s条]+条 |^#|\Z)"
        if language == "zh"
        else r"^#### (§ \d+) [^\n]+\n\n(.+?)(?=^#|\Z)"
    )
    found = re.finditer(pattern, text, re.MULTILINE | re.DOTALL)
    own = [_passage(title[1] if title else "", m[1], m[2].strip()) for m in found]
    return own + (list(_statutes(data / "bench" / "stard_zh")) if language == "zh" else [])


def _statutes(folder: Path) -> Iterator[Passage]:
    """Yield articles of Chinese statutes that the pack's works know."""
    works = Works(loader.load("legal").works)
    path = folder / "corpus.jsonl"
    for line in path.read_text("utf-8").splitlines()[:6000] if path.is_file() else ():
        row = json.loads(line)
        named = re.fullmatch(r"(中华人民共和国\w+法典?)(第\w+条)", row["title"])
        if named and named[1] in works.names and len(row["text"]) > 30:
            yield _passage(named[1], named[2], row["text"])


def _papers(data: Path) -> list[Passage]:
    path = data / "bench" / "bioasq" / "corpus.jsonl"
    rows = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()[:400]]
        if path.is_file()
        else []
    )
    return [
        _passage(r["title"], "", r["text"], pmid=re.sub(r"\D", "", r["_id"]))
        for r in rows
        if len(r["text"]) > 200
    ]


def _passage(title: str, locator: str, text: str, pmid: str = "") -> Passage:
    meta = {"pmid": pmid, "reference": f"PMID: {pmid}"} if pmid else {}
    name = f"{title} {locator} {pmid}"
    return Passage(name, name, title, locator, Span(0, len(text)), text, meta=meta)


# -- LawGPT_zh's own answers --------------------------------------------------------------------

# What is wrong with what those answers name, read by hand: (answer, as written).
WRONG = {
    (2, "《民法典》第一千一百六一号条款"),
    (4, "《中华人民共和国合同法》第六百七十二条"),
    (6, "《中华人民共和国合同法》第七十二条"),
    (6, "《最高人民法院关于适用<中华人民共和国合同法>若干问题的解释(一)》第一条"),
    (6, "合同法第九十条"),
    (7, "《中华人民共和国合同法》第五百二十二条"),
    (7, "《民法商法》第七十六条"),
    (11, "《中华人民共和国合同法》第六87条"),
    (17, "《合同法》第764条"),
    (20, "《商业银行法》第二七十二条"),
}


def lawgpt(path: Path) -> Iterator[dict[str, object]]:
    """Yield a row a reference of the published answers, then the counts."""
    pack, counts = loader.load("legal"), {True: 0, False: 0}
    works = Works(pack.works)
    for number, row in enumerate(json.loads(path.read_text("utf-8"))):
        for reference in references(row["回答"], pack.authorities, names=works.names):
            written = reference.span.of(row["回答"])
            resolution = works.resolve(reference, PUBLISHED)
            standing = resolution.standing if reference.sound else "malformed"
            agreed = (standing != "found") == ((number, written) in WRONG)
            counts[agreed] += 1
            yield {
                "answer": number,
                "as written": written,
                "standing": standing,
                "why": explain(standing, resolution.facts, "en") if standing != "found" else "",
                "right": "yes" if agreed else "no",
            }
    yield {
        "answer": "all",
        "as written": f"{sum(counts.values())} references",
        "standing": "",
        "why": "",
        "right": f"{counts[True]} of {sum(counts.values())}",
    }


if __name__ == "__main__":
    main()
