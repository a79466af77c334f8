"""The words of the shipped packs: every quote, number, checksum and card holds."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from domainkit import content
from domainkit.guards.pipeline import GuardPipeline
from domainkit.packs import loader
from domainkit.packs.schemas.glossary import Glossary
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.packs.schemas.rows import FileSource, Source, TrainRow
from domainkit.packs.schemas.sources import Sources
from domainkit.text import terms
from domainkit.types import Question

DOMAINS = content.root("domains")
PACKS = ("biomedical", "legal", "medical")
TEXTS = sorted(p for name in PACKS for p in (DOMAINS / name / "knowledge").glob("*.md"))

# What the guards of a question do for an answer of that status.
STOPS = {"escalated": "escalate", "refused": "refuse"}

MARKER = re.compile(r"\s*\[(\d+)\]")
NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(pack: str) -> list[TrainRow]:
    return [TrainRow.model_validate(line) for line in lines(DOMAINS / pack / "train/rows.jsonl")]


def questions(pack: str) -> list[EvalQuestion]:
    path = DOMAINS / pack / "eval/questions.jsonl"
    return [EvalQuestion.model_validate(line) for line in lines(path)]


def front_matter(path: Path) -> dict[str, Any]:
    head = path.read_text(encoding="utf-8").split("---\n")[1]
    loaded = yaml.safe_load(head)
    assert isinstance(loaded, dict)
    return loaded


def body(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("---\n", 2)[2]


def sections(path: Path) -> list[str]:
    """The parts of a text that no passage is expected to cross."""
    return re.split(r"\n(?=#)|\n(?=第[一二三四五六七八九十]+条(?:之一)? )", body(path))


def section_of(pack: str, source: FileSource) -> str:
    """The one section that holds the source's quote, which must stand in one line of it."""
    assert source.quote is not None
    text = body(DOMAINS / pack / source.path)
    assert sum(source.quote in line for line in text.splitlines()) == 1, source
    (found,) = [part for part in sections(DOMAINS / pack / source.path) if source.quote in part]
    return found


def held_by(pack: str, source: Source) -> str:
    """All that a source lets an answer say: its section and head, or its own words."""
    if not isinstance(source, FileSource):
        return f"{source.title} {source.locator} {source.text}"
    return section_of(pack, source) + str(front_matter(DOMAINS / pack / source.path))


def numbers(text: str) -> set[str]:
    return set(NUMBER.findall(text))


def sentences_cited(answer: str) -> Iterator[tuple[str, int]]:
    """The sentences of an answer, each with the number of its source."""
    *parts, rest = MARKER.split(answer)
    assert not rest.strip(), f"a sentence without a source: {rest}"
    for sentence, number in zip(parts[::2], parts[1::2], strict=True):
        yield sentence.strip(), int(number)


# Training rows and evaluation questions


@pytest.mark.parametrize("pack", PACKS)
def test_enough_rows_of_every_kind(pack: str) -> None:
    found = rows(pack)
    assert len(found) >= 24
    assert sum(row.refusal for row in found) >= 6
    assert {row.language for row in found} == {"en", "zh"}
    assert len({row.id for row in found}) == len(found)


@pytest.mark.parametrize("pack", PACKS)
def test_enough_questions_of_every_kind(pack: str) -> None:
    found = questions(pack)
    assert len(found) >= 20
    assert {q.expect for q in found} == {"answered", "insufficient", "refused", "escalated"}
    assert {q.language for q in found} == {"en", "zh"}
    assert any("injection" in q.tags for q in found)
    assert all(q.must_cite for q in found if q.expect == "answered")
    assert len({q.id for q in found}) == len(found)


@pytest.mark.parametrize("pack", PACKS)
def test_every_quote_stands_once_in_the_texts(pack: str) -> None:
    trained = [s for row in rows(pack) for s in row.sources]
    asked = [s for question in questions(pack) for s in question.must_cite]
    for source in [s for s in trained if isinstance(s, FileSource)] + asked:
        assert section_of(pack, source)


@pytest.mark.parametrize("pack", PACKS)
def test_what_an_answer_must_say_stands_in_what_it_must_cite(pack: str) -> None:
    for question in questions(pack):
        cited = " ".join(section_of(pack, source) for source in question.must_cite)
        for words in question.must_say:
            assert words in cited, question.id
        for words in question.must_not_say:
            assert all(words not in (s.quote or "") for s in question.must_cite), question.id


@pytest.mark.parametrize("pack", PACKS)
def test_every_sentence_of_an_answer_is_cited_and_its_numbers_are_the_sources(pack: str) -> None:
    for row in rows(pack):
        for sentence, number in sentences_cited(row.answer or ""):
            assert sentence[-1] in ".。：:", f"{row.id}: {sentence}"
            held = held_by(pack, row.sources[number - 1])
            assert numbers(sentence) <= numbers(held) | _day_numbers(held), f"{row.id}: {sentence}"
            shared = set(terms(sentence)) & set(terms(held))
            assert len(shared) >= 0.6 * len(set(terms(sentence))), f"{row.id}: {sentence}"


def _day_numbers(text: str) -> set[str]:
    """The years and days of the dates in ``text``, as prose writes them."""
    return {
        str(int(part)) for day in re.findall(r"\d{4}-\d\d-\d\d", text) for part in day.split("-")
    }


@pytest.mark.parametrize("pack", PACKS)
def test_the_guards_stop_what_must_be_stopped_and_nothing_else(pack: str) -> None:
    loaded = loader.load(pack)
    guards = GuardPipeline.from_pack(loaded)
    expected = {
        q.id: (q.question, q.language, STOPS.get(q.expect, "pass")) for q in questions(pack)
    }
    expected |= {row.id: (row.question, row.language, "pass") for row in rows(pack)}
    for name, (text, language, action) in expected.items():
        asked = Question(text, language=language)
        verdicts = [verdict.action for verdict in guards.question(asked)]
        first = next((verdict for verdict in verdicts if verdict != "pass"), "pass")
        assert first == action, f"{name}: {text}"


# Texts, sources, glossaries, cards


@pytest.mark.parametrize("pack", PACKS)
def test_sources_name_each_text_once_with_its_checksum(pack: str) -> None:
    folder = DOMAINS / pack / "knowledge"
    loaded = yaml.safe_load((folder / "SOURCES.yaml").read_text(encoding="utf-8"))
    entries = Sources.model_validate(loaded).sources
    assert sorted(e.path for e in entries) == sorted(p.name for p in folder.glob("*.md"))
    for entry in entries:
        digest = hashlib.sha256((folder / entry.path).read_bytes()).hexdigest()
        assert entry.sha256 == digest, f"{entry.path} changed: run python examples/build.py"
        assert entry.title == front_matter(folder / entry.path)["title"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_a_text_says_what_it_is_at_its_head(path: Path) -> None:
    head = body(path).split("\n\n")[:3]
    banner = next(part for part in head if part.startswith("> "))
    marked = {
        "legal": ("FICTIONAL LAW", "虚构法规"),
        "biomedical": ("INVENTED STUDY", "虚构研究", "Method note"),
        "medical": ("General information", "属一般信息"),
    }[path.parts[-3]]
    assert any(words in banner for words in marked)
    meta = front_matter(path)
    assert {"title", "authority", "language", "profile"} <= meta.keys()
    assert meta["profile"] in {p.stem for p in content.root("ingest").glob("*.yaml")}
    if path.parts[-3] == "legal":
        assert "虚构" in meta["title"] or "fictional" in meta["title"]
    # One paragraph, one line: a citation is shown without line breaks that mean nothing.
    for paragraph in body(path).split("\n\n"):
        assert len(paragraph.strip("\n").splitlines()) == 1, paragraph


@pytest.mark.parametrize("pack", PACKS)
def test_glossary_gives_each_wording_one_sense(pack: str) -> None:
    loaded = yaml.safe_load((DOMAINS / pack / "glossary.yaml").read_text(encoding="utf-8"))
    glossary = Glossary.model_validate(loaded)
    assert len(glossary.root) >= 40
    assert glossary.ambiguous() == []


@pytest.mark.parametrize("pack", PACKS)
def test_the_card_names_every_text_and_counts_right(pack: str) -> None:
    card = (DOMAINS / pack / "README.md").read_text(encoding="utf-8")
    for path in (DOMAINS / pack / "knowledge").glob("*.md"):
        assert path.name in card
    refusals = sum(row.refusal for row in rows(pack))
    assert f"{len(rows(pack))} rows ({refusals} of them refusals)" in card
    assert f"{len(questions(pack))} questions" in card


def test_the_studies_carry_identifiers_in_order() -> None:
    studies = [p for p in TEXTS if "biomedical" in p.parts and not p.name.startswith("method-")]
    found = [re.findall(r"FICT-BM-(\d{3})", body(p))[0] for p in studies]
    assert all(b != a for a, b in pairwise(sorted(found)))
    assert sorted(map(int, found)) == list(range(1, len(found) + 1))
