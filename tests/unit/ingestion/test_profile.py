"""Profiles are chosen for what a document shows, and are checked when they are loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domainkit import content
from domainkit.errors import PackError
from domainkit.ingestion.profile import FALLBACK, Profiles, assigned
from domainkit.packs.problems import PackProblems
from domainkit.types import Document

STATUTE_ZH = """某市条例

第一条 为了公平，制定本条例。
第二条 本条例适用于本市。
第三条 自公布之日起施行。
"""
STATUTE_EN = "Fisheries Act\n\n§ 1 Purpose\nThis Act ...\n§ 2 Scope\n...\n§ 3 Licences\nThis Act\n"
CONTRACT = """AGENCY AGREEMENT

This Agreement is made as of 1 May by and between A and B.
WHEREAS, A
WHEREAS, B
"""
CONTRACT_ZH = """房屋租赁合同
甲方：张三
乙方：李四
本合同由双方订立。本合同一式两份。本合同自签字之日起生效。
"""
JUDGMENT = "IN THE COURT OF APPEAL\n\nJUDGMENT\n\n[1] The appellant, a plumber, ...\n"
JUDGMENT_ZH = "某市人民法院\n民事判决书\n经审理查明，……本院认为，……判决如下：\n"
PAPER = """A trial of rest

Abstract
Rest helps.

Introduction
Little is known.

Methods
We slept.

References
1. Doe
"""
GUIDELINE = """Recommendation 1
Give fluids (strong recommendation).

Recommendation 2
No antibiotics.
"""
LABEL = "1 INDICATIONS AND USAGE\nFor pain.\n\n4 CONTRAINDICATIONS\nAllergy.\n"
LABEL_ZH = "【药品名称】布洛芬片\n【适应症】用于缓解疼痛。\n【禁忌】对本品过敏者禁用。\n"
QA = "Q: What is asthma?\nA: A disease of the airways.\n\nQ: Who gets it?\nA: Anyone.\n"


@pytest.fixture(scope="module")
def profiles() -> Profiles:
    return Profiles.load()


def document(text: str, source: str = "file.txt", **meta: str) -> Document:
    return Document(id="", source=source, title="", text=text, meta=meta)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("statute", STATUTE_ZH),
        ("statute", STATUTE_EN),
        ("contract", CONTRACT),
        ("contract", CONTRACT_ZH),
        ("judgment", JUDGMENT),
        ("judgment", JUDGMENT_ZH),
        ("paper", PAPER),
        ("guideline", GUIDELINE),
        ("label", LABEL),
        ("label", LABEL_ZH),
        ("qa", QA),
        ("plain", "Dear Ms Smith,\n\nthank you for your letter of 3 May.\n"),
        ("plain", "会议纪要\n\n今天讨论了三个问题。\n"),
    ],
)
def test_each_family_is_recognised(profiles: Profiles, name: str, text: str) -> None:
    recognition = profiles.recognise(document(text), reader="plain")
    assert recognition.profile.name == name
    assert recognition.signs
    assert (recognition.confidence >= 0.5) == (name != FALLBACK)


def test_the_reader_speaks_for_web_pages_and_questions(profiles: Profiles) -> None:
    some = document("Some text")
    assert profiles.recognise(some, reader="html").profile.name == "web"
    assert profiles.recognise(some, reader="qa_xml").profile.name == "qa"
    assert profiles.recognise(document(STATUTE_ZH), reader="html").profile.name == "statute"


def test_the_name_counts_without_its_case(profiles: Profiles) -> None:
    named = document("1. Price. Ten.", "X - LICENSE AGREEMENT.PDF")
    assert profiles.recognise(named, reader="pdf").profile.name == "contract"


def test_front_matter_decides(profiles: Profiles) -> None:
    recognition = profiles.recognise(document(STATUTE_EN, profile="web"), reader="markdown")
    assert (recognition.profile.name, recognition.confidence) == ("web", 1.0)
    with pytest.raises(PackError, match=r"no reading profile called 'statue'.*statute"):
        profiles.recognise(document("x", profile="statue"), reader="markdown")


@pytest.mark.parametrize(
    ("path", "profile"),
    [
        ("documents/laws/a.md", "statute"),
        ("documents/laws/old/b.md", "plain"),
        ("documents/faq.csv", "qa"),
        ("laws/a.md", "statute"),
        ("documents/other/laws.md", None),
    ],
)
def test_the_most_specific_pattern_assigns(path: str, profile: str | None) -> None:
    patterns = {"laws": "statute", "laws/old/": "plain", "*.csv": "qa"}
    assert assigned(patterns, path) == profile


def copy_of_profiles(folder: Path) -> Path:
    for path in content.root("ingest").glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_every_problem_is_listed(tmp_path: Path) -> None:
    folder = copy_of_profiles(tmp_path)
    statute = folder / "statute.yaml"
    statute.write_text(statute.read_text("utf-8").replace("numbered:", "numberd:"), "utf-8")
    plain = folder / "plain.yaml"
    plain.write_text(
        plain.read_text("utf-8").replace("para. $paragraph", "para. $pargraph"), "utf-8"
    )
    (folder / "web.yaml").write_text("schema: 1\nname: [\n", "utf-8")
    (folder / "qa.yaml").rename(folder / "questions.yaml")
    with pytest.raises(PackProblems) as raised:
        Profiles.load(folder)
    said = "\n".join(map(str, raised.value.problems))
    assert re.search(
        r"statute\.yaml:levels\.5\.numberd: unknown key; did you mean 'numbered'", said
    )
    assert re.search(r"plain\.yaml.*names pargraph; known: unit", said)
    assert re.search(r"web\.yaml:", said)
    assert re.search(r"questions\.yaml:name: 'qa' is not the file's name", said)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("target: 1000", "target: 9000", "target must not exceed longest"),
        ("  en: {target", "  zh: {target", "'en' is missing"),
        ("(?i)^[ \\t]*(?:skip", "(?i)^[ \\t]*((?:skip", "not a regular expression"),
        ("reader: html, weight", "weight", "exactly one of reader, name and text"),
        (
            "- {reader: html, weight: 0.5}",
            "- {reader: html, weight: 1.5}",
            "less than or equal to 1",
        ),
    ],
)
def test_profiles_are_checked(tmp_path: Path, old: str, new: str, problem: str) -> None:
    folder = copy_of_profiles(tmp_path)
    web = folder / "web.yaml"
    text = web.read_text("utf-8")
    assert old in text
    lines = [
        line for line in text.replace(old, new, 1).splitlines() if "zh: {target: 400" not in line
    ]
    web.write_text("\n".join(lines), "utf-8")
    with pytest.raises(PackProblems, match=re.escape(problem)):
        Profiles.load(folder)


def test_profiles_without_the_fallback_are_refused(tmp_path: Path) -> None:
    folder = copy_of_profiles(tmp_path)
    (folder / "plain.yaml").unlink()
    with pytest.raises(PackError, match="lack 'plain'"):
        Profiles.load(folder)


def test_the_fingerprint_follows_the_files(profiles: Profiles, tmp_path: Path) -> None:
    same, other = tmp_path / "same", tmp_path / "other"
    for folder in (same, other):
        folder.mkdir()
        copy_of_profiles(folder)
    (other / "web.yaml").write_text((other / "web.yaml").read_text("utf-8") + "\n", "utf-8")
    assert Profiles.load(same).fingerprint == profiles.fingerprint
    assert Profiles.load(other).fingerprint != profiles.fingerprint
