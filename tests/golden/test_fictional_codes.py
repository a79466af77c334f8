"""The fictional codes: they count, refer and change hands as a code does."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from domainkit import content

KNOWLEDGE = content.root("domains") / "legal/knowledge"

NOTE_EN = re.compile(r"^\((?:as amended|inserted) by .+, in force from (\d{4}-\d\d-\d\d)\)$", re.M)
NOTE_ZH = re.compile(r"^（根据.+(?:修改|增加)，(\d{4})年(\d+)月(\d+)日起施行）$", re.M)


def front_matter(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])
    assert isinstance(loaded, dict)
    return loaded


def body(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("---\n", 2)[2]


def sections(path: Path) -> list[str]:
    return re.split(r"\n(?=#)|\n(?=第[一二三四五六七八九十]+条(?:之一)? )", body(path))


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+|[一二三四五六七八九十百千]+", text)


def in_force(prefix: str) -> str:
    """Every text of a code that is in force today."""
    files = sorted(KNOWLEDGE.glob(f"{prefix}-code*.md"))
    return "\n".join(body(path) for path in files if "effective_to" not in front_matter(path))


def english_sections() -> dict[str, str]:
    text = in_force("osterhaven-tenancies")
    found = re.findall(r"^#### § (\d+[A-Z]?) [^\n]+\n\n(.+?)(?=^#|\Z)", text, re.M | re.S)
    return dict(sorted(found, key=lambda one: (int(re.sub(r"\D", "", one[0])), one[0])))


def chinese_articles() -> dict[int, str]:
    article = r"^第([一二三四五六七八九十]+)条 (.+?)(?=^第[一二三四五六七八九十]+条 |^#|\Z)"
    found = re.findall(article, in_force("lanting-consumer"), re.M | re.S)
    return dict(sorted((chinese_number(number), text) for number, text in found))


def chinese_number(words: str) -> int:
    digits = {c: n for n, c in enumerate("零一二三四五六七八九")}
    tens, _, units = words.rpartition("十")
    if "十" not in words:
        return digits[words]
    return 10 * (digits[tens] if tens else 1) + (digits[units] if units else 0)


def test_the_english_code_counts_from_1_to_78_without_its_repealed_chapter() -> None:
    expected = [str(n) for n in range(1, 79) if not 44 <= n <= 48]
    expected.insert(expected.index("43") + 1, "43A")
    assert list(english_sections()) == expected


def test_the_chinese_code_counts_from_1_to_76_without_its_repealed_chapter() -> None:
    assert list(chinese_articles()) == [n for n in range(1, 77) if not 43 <= n <= 47]


def test_every_cross_reference_of_the_english_code_leads_somewhere() -> None:
    known = english_sections()
    referred = 0
    for number, text in known.items():
        for target, paragraph in re.findall(r"§ (\d+[A-Z]?)(?:\((\d+)\))?", text):
            assert target in known, f"§ {number} refers to § {target}"
            assert not paragraph or f"({paragraph}) " in known[target], f"§ {number}: § {target}"
            referred += 1
    assert referred >= 20


def test_every_cross_reference_of_the_chinese_code_leads_somewhere() -> None:
    known = chinese_articles()
    referred = 0
    for number, text in known.items():
        for target in re.findall(r"第([一二三四五六七八九十]+)条", text):
            assert chinese_number(target) in known, f"第{number}条 refers to 第{target}条"
            referred += 1
    assert referred >= 8


def test_each_code_has_sixty_sections_that_never_changed() -> None:
    unchanged = body(KNOWLEDGE / "osterhaven-tenancies-code.md")
    assert len(re.findall(r"^#### § \d+ ", unchanged, re.M)) == 69
    unchanged = body(KNOWLEDGE / "lanting-consumer-code.md")
    assert len(re.findall(r"^第[一二三四五六七八九十]+条 ", unchanged, re.M)) == 68


# Each amended code: its name and the day on which the new wording begins.
AMENDED = (
    ("osterhaven-tenancies-code", date(2022, 7, 1)),
    ("osterhaven-tenancies-code", date(2024, 3, 1)),
    ("osterhaven-civil-code", date(2021, 1, 1)),
    ("osterhaven-civil-code", date(2023, 9, 1)),
    ("osterhaven-labour-act", date(2022, 1, 1)),
    ("osterhaven-labour-act", date(2025, 4, 1)),
    ("osterhaven-data-protection-act", date(2024, 1, 1)),
    ("lanting-consumer-code", date(2022, 1, 1)),
    ("lanting-consumer-code", date(2024, 1, 1)),
    ("lanting-civil-code", date(2021, 1, 1)),
    ("lanting-civil-code", date(2023, 10, 1)),
    ("lanting-labour-code", date(2022, 1, 1)),
    ("lanting-labour-code", date(2025, 4, 1)),
    ("lanting-data-code", date(2024, 1, 1)),
)


@pytest.mark.parametrize(("code", "changed"), AMENDED)
def test_a_former_wording_ends_on_the_day_its_successor_begins(code: str, changed: date) -> None:
    old = KNOWLEDGE / f"{code}-until-{changed - timedelta(days=1)}.md"
    new = KNOWLEDGE / f"{code}-from-{changed}.md"
    assert front_matter(old)["effective_to"] == front_matter(new)["effective_from"] == changed
    before, after = labelled(old), labelled(new)
    assert before
    assert before.keys() <= after.keys()
    assert all(note_days(text) == [changed] for text in after.values())
    for label, text in before.items():
        assert not note_days(text)
        assert numbers(text) != numbers(after[label])


def labelled(path: Path) -> dict[str, str]:
    """The sections of a text by their labels."""
    label = re.compile(r"(?:#### )?(§ \d+\w?|第[一二三四五六七八九十]+条(?:之一)?) ")
    return {found[1]: part for part in sections(path) if (found := label.match(part))}


def note_days(section: str) -> list[date]:
    english = [date.fromisoformat(day) for day in NOTE_EN.findall(section)]
    return english + [date(*map(int, parts)) for parts in NOTE_ZH.findall(section)]


def test_what_repeals_a_chapter_begins_on_the_day_the_chapter_ends() -> None:
    for chapter, act in (
        ("osterhaven-tenancies-code-chapter-9-repealed.md", "osterhaven-act-25-of-2022.md"),
        ("osterhaven-civil-code-chapter-12-repealed.md", "osterhaven-act-3-of-2019.md"),
        ("osterhaven-labour-act-chapter-breakages-repealed.md", "osterhaven-act-19-of-2019.md"),
        ("osterhaven-data-protection-act-register-repealed.md", "osterhaven-act-10-of-2022.md"),
        ("lanting-consumer-code-chapter-6-repealed.md", "lanting-repeal-5-of-2023.md"),
        ("lanting-civil-code-chapter-8-repealed.md", "lanting-repeal-6-of-2019.md"),
        ("lanting-labour-code-chapter-6-repealed.md", "lanting-repeal-9-of-2019.md"),
        ("lanting-data-code-chapter-4-repealed.md", "lanting-repeal-3-of-2022.md"),
    ):
        ended = front_matter(KNOWLEDGE / chapter)["effective_to"]
        assert ended == front_matter(KNOWLEDGE / act)["effective_from"]


def test_the_two_codes_name_jurisdictions_of_their_own() -> None:
    for path in KNOWLEDGE.glob("*.md"):
        assert front_matter(path)["jurisdiction"] == path.name.split("-")[0]


# The other codes: how their files begin, the highest number, and what was repealed.
CODES = (
    ("osterhaven-civil-code", 86, range(56, 60)),
    ("osterhaven-labour-act", 35, range(30, 33)),
    ("osterhaven-data-protection-act", 30, range(22, 25)),
    ("lanting-civil-code", 69, range(41, 45)),
    ("lanting-labour-code", 33, range(28, 31)),
    ("lanting-data-code", 26, range(18, 21)),
)


def whole(prefix: str) -> dict[str, str]:
    """Every section of a code that is in force today, by its label, in order."""
    texts = {}
    for path in sorted(KNOWLEDGE.glob(f"{prefix}*.md")):
        if "effective_to" not in front_matter(path):
            texts |= labelled(path)
    return texts


@pytest.mark.parametrize(("prefix", "last", "repealed"), CODES)
def test_a_code_counts_without_its_repealed_sections(
    prefix: str, last: int, repealed: range
) -> None:
    found = sorted(_number(label) for label in whole(prefix) if not _inserted(label))
    assert found == [n for n in range(1, last + 1) if n not in repealed]


@pytest.mark.parametrize("prefix", [code for code, _, _ in CODES])
def test_a_reference_within_a_code_leads_somewhere(prefix: str) -> None:
    known = whole(prefix)
    for label, text in known.items():
        for target in re.findall(r"§ \d+[A-Z]?|第[一二三四五六七八九十]+条(?:之一)?", text):
            assert target in known, f"{label} of {prefix} refers to {target}"


def _inserted(label: str) -> bool:
    return (label[-1].isalpha() and label[-1].isascii()) or label.endswith("之一")


def _number(label: str) -> int:
    words = label.removeprefix("§ ").removeprefix("第").removesuffix("条")
    return int(words) if words.isdigit() else chinese_number(words)
