"""The demo's documents are what their texts say, and say what the demo asks."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import docx
import pypdfium2
import pytest
import yaml
from defusedxml import ElementTree

from domainkit.packs.schemas.sources import Sources

EXAMPLES = Path(__file__).parents[2] / "examples"
PDF = EXAMPLES / "medical/home-blood-pressure-guideline.pdf"
PDF_ZH = EXAMPLES / "medical-zh/home-blood-pressure-guideline.pdf"
DOCX = EXAMPLES / "medical/paracetamol-at-home.docx"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("examples_build", EXAMPLES / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def pages(data: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_range() for page in pdf]


def paragraphs(data: bytes) -> list[str]:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [p.text for p in document.paragraphs] + cells


def words(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_committed_files_are_those_the_texts_build(builder: ModuleType) -> None:
    for leaflet in builder.LEAFLETS:
        made, committed = builder.build(leaflet), (EXAMPLES / leaflet.target).read_bytes()
        read = pages if leaflet.target.endswith(".pdf") else paragraphs
        assert read(made) == read(committed), f"run: python examples/build.py ({leaflet.target})"


def test_building_twice_gives_the_same_bytes(builder: ModuleType) -> None:
    for leaflet in builder.LEAFLETS:
        assert builder.build(leaflet) == builder.build(leaflet)


def test_a_pdf_holds_every_word_of_its_text_in_order(builder: ModuleType) -> None:
    for leaflet in builder.LEAFLETS:
        if not leaflet.target.endswith(".pdf"):
            continue
        text = (EXAMPLES / "texts" / leaflet.text).read_text(encoding="utf-8")
        whole = words("".join(pages((EXAMPLES / leaflet.target).read_bytes())))
        place = 0
        for block in builder.blocks(text):
            place = whole.find(words(block.text), place)
            assert place >= 0, block.text


def test_the_answer_to_the_first_demo_question_stands_on_page_3() -> None:
    found = pages(PDF.read_bytes())
    assert len(found) == 4
    answer = words("Measure your blood pressure for 7 days in a row before your appointment.")
    assert [number for number, page in enumerate(found, 1) if answer in words(page)] == [3]
    for number, page in enumerate(found, 1):
        assert "Larkmoor Clinic (fictional)" in page
        assert f"page {number}" in page


def test_the_answer_to_the_first_chinese_demo_question_stands_on_page_2() -> None:
    found = pages(PDF_ZH.read_bytes())
    assert [n for n, page in enumerate(found, 1) if "应当连续测量7天" in page] == [2]


def test_the_second_and_third_demo_question_have_no_answer_in_the_files() -> None:
    whole = "".join(p.read_text(encoding="utf-8") for p in (EXAMPLES / "texts").glob("*.md"))
    whole += "".join(p.read_text(encoding="utf-8") for p in EXAMPLES.glob("medical/*.[hx]*ml"))
    for absent in ("psoriasis", "light therapy", "带状疱疹"):
        assert absent not in whole.casefold()


def test_the_docx_has_headings_a_table_and_a_page_header() -> None:
    document = docx.Document(str(DOCX))
    styles = [p.style.name for p in document.paragraphs if p.style is not None]
    assert styles.count("Heading 1") == 1
    assert styles.count("Heading 2") >= 5
    ((header, *rows),) = [table.rows for table in document.tables]
    assert [cell.text for cell in header.cells] == [
        "Tablet",
        "Most at one time",
        "Most in 24 hours",
    ]
    assert len(rows) == 2
    assert "fictional" in document.sections[0].header.paragraphs[0].text
    assert document.core_properties.title == document.paragraphs[0].text


class Tags(HTMLParser):
    """Counts the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def test_the_web_page_has_noise_around_one_article() -> None:
    page = (EXAMPLES / "medical/flu-vaccination.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert tags.found.count("article") == 1
    assert {"nav", "script", "aside", "footer", "table"} <= set(tags.found)
    article = page[page.index("<article>") : page.index("</article>")]
    for noise in ("cookies", "newsletter", "Parking", "Facebook"):
        assert noise in page
        assert noise not in article


def test_the_xml_has_the_shape_of_medquad() -> None:
    root = ElementTree.parse(EXAMPLES / "medical/low-blood-sugar.xml").getroot()
    assert root.tag == "Document"
    assert {"id", "source", "url"} == set(root.attrib)
    assert (root.findtext("Focus") or "").startswith("Low Blood Sugar")
    pairs = root.findall("QAPairs/QAPair")
    assert [pair.get("pid") for pair in pairs] == [str(n) for n in range(1, len(pairs) + 1)]
    for pair in pairs:
        question, answer = pair.find("Question"), pair.findtext("Answer")
        assert question is not None
        assert question.get("qid") == f"{root.get('id')}-{pair.get('pid')}"
        assert question.get("qtype")
        assert answer
        assert len(answer) > 80


@pytest.mark.parametrize("folder", ["medical", "medical-zh"])
def test_sources_name_each_example_with_its_checksum(folder: str) -> None:
    loaded = yaml.safe_load((EXAMPLES / folder / "SOURCES.yaml").read_text(encoding="utf-8"))
    entries = Sources.model_validate(loaded).sources
    files = {p.name for p in (EXAMPLES / folder).iterdir()} - {"SOURCES.yaml"}
    assert {entry.path for entry in entries} == files
    for entry in entries:
        data = (EXAMPLES / folder / entry.path).read_bytes()
        assert entry.sha256 == hashlib.sha256(data).hexdigest(), f"{entry.path} changed"
        assert len(data) < 100_000
