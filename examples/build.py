"""Builds the demo's PDF and docx files from ``examples/texts/`` and refreshes all checksums.

Run ``python examples/build.py`` after a change of a text (needs ``pip install -e '.[dev]'``). The
output is the same on every run: dates are fixed and nothing of the machine is written. The html
and xml files of the demo are kept as they are. Checksums are written into every ``SOURCES.yaml``
here and in ``domains/``.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import docx
from docx.document import Document as DocxDocument
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate
from reportlab.platypus.flowables import Flowable

EXAMPLES = Path(__file__).parent
DATE = datetime(2026, 10, 1, 12, 0, 0)  # noqa: DTZ001  (docx properties carry no time zone)
ZIP_DATE = (2026, 10, 1, 12, 0, 0)
SONG = "STSong-Light"  # one of the fonts every PDF reader supplies for Chinese

Kind = Literal["title", "heading", "row", "break", "text"]


@dataclass(frozen=True, slots=True)
class Block:
    """One title, heading, paragraph, table row or page break of a text."""

    kind: Kind
    text: str = ""

    @property
    def cells(self) -> list[str]:
        """The cells of a table row."""
        return [cell.strip() for cell in self.text.strip("|").split("|")]


@dataclass(frozen=True, slots=True)
class Leaflet:
    """A text, the file built from it and what its page header says."""

    text: str
    target: str
    language: Literal["en", "zh"]
    header: str
    footer: str = ""  # with %d for the page number


LEAFLETS = (
    Leaflet(
        text="home-blood-pressure.md",
        target="medical/home-blood-pressure-guideline.pdf",
        language="en",
        header="Larkmoor Clinic (fictional)  |  Leaflet LC-07",
        footer="Measuring your blood pressure at home, page %d",
    ),
    Leaflet(
        text="paracetamol-at-home.md",
        target="medical/paracetamol-at-home.docx",
        language="en",
        header="Larkmoor Clinic (fictional)  |  Leaflet LC-12",
    ),
    Leaflet(
        text="home-blood-pressure-zh.md",
        target="medical-zh/home-blood-pressure-guideline.pdf",
        language="zh",
        header="石桥门诊部（虚构）  患者手册第3号",
        footer="家庭血压测量须知　第%d页",
    ),
    Leaflet(
        text="oral-rehydration-zh.md",
        target="medical-zh/oral-rehydration.docx",
        language="zh",
        header="石桥门诊部（虚构）  患者手册第5号",
    ),
)


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of ``text``; table rows of one block come singly."""
    for part in re.split(r"\n{2,}", text.strip()):
        if part == "---":
            yield Block("break")
        elif part.startswith("|"):
            yield from (Block("row", line) for line in part.splitlines())
        elif part.startswith("## "):
            yield Block("heading", part.removeprefix("## "))
        elif part.startswith("# "):
            yield Block("title", part.removeprefix("# "))
        else:
            yield Block("text", part)


def build_pdf(leaflet: Leaflet, text: str) -> bytes:
    """Return ``text`` as a PDF with a running header and footer."""
    font = SONG if leaflet.language == "zh" else "Helvetica"
    styles = _styles(font)
    story: list[Flowable] = [
        PageBreak() if block.kind == "break" else Paragraph(block.text, styles[block.kind])
        for block in blocks(text)
    ]

    def furniture(canvas: Canvas, _: object) -> None:
        canvas.setFont(font, 9)
        canvas.drawString(25 * mm, A4[1] - 15 * mm, leaflet.header)
        canvas.drawString(25 * mm, 12 * mm, leaflet.footer % canvas.getPageNumber())

    buffer = io.BytesIO()
    SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=25 * mm,
        rightMargin=25 * mm,
        topMargin=25 * mm,
        bottomMargin=22 * mm,
        title=next(blocks(text)).text,
        author=leaflet.header.split("  ")[0],
        invariant=1,
    ).build(story, onFirstPage=furniture, onLaterPages=furniture)
    return buffer.getvalue()


def _styles(font: str) -> dict[Kind, ParagraphStyle]:
    if font == SONG:
        pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    bold = font if font == SONG else f"{font}-Bold"
    text = ParagraphStyle(
        "text",
        fontName=font,
        fontSize=11,
        leading=16,
        spaceAfter=8,
        alignment=TA_LEFT,
        wordWrap="CJK" if font == SONG else None,
    )
    return {
        "text": text,
        "heading": ParagraphStyle(
            "heading", text, fontName=bold, fontSize=13, leading=18, spaceBefore=8
        ),
        "title": ParagraphStyle(
            "title", text, fontName=bold, fontSize=18, leading=24, spaceAfter=12
        ),
    }


def build_docx(leaflet: Leaflet, text: str) -> bytes:
    """Return ``text`` as a docx file with headings, tables and a page header."""
    document = docx.Document()
    properties = document.core_properties
    properties.title = next(blocks(text)).text
    properties.author = leaflet.header.split("  ")[0]
    properties.language = leaflet.language
    properties.created = properties.modified = DATE
    document.sections[0].header.paragraphs[0].text = leaflet.header
    rows: list[Block] = []
    for block in blocks(text):
        if block.kind == "row":
            rows.append(block)
            continue
        _add_table(document, rows)
        rows = []
        _add(document, block)
    _add_table(document, rows)
    buffer = io.BytesIO()
    document.save(buffer)
    return _with_fixed_dates(buffer.getvalue())


def _add(document: DocxDocument, block: Block) -> None:
    if block.kind == "break":
        document.add_page_break()
    elif block.kind == "text":
        document.add_paragraph(block.text)
    else:
        document.add_heading(block.text, level=1 if block.kind == "title" else 2)


def _add_table(document: DocxDocument, rows: list[Block]) -> None:
    if not rows:
        return
    table = document.add_table(rows=0, cols=len(rows[0].cells), style="Table Grid")
    for row in rows:
        for cell, content in zip(table.add_row().cells, row.cells, strict=True):
            cell.text = content


def _with_fixed_dates(data: bytes) -> bytes:
    """Return the zip archive ``data`` with every member dated alike."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, date_time=ZIP_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return buffer.getvalue()


def build(leaflet: Leaflet) -> bytes:
    """Return the bytes of the leaflet's file."""
    text = (EXAMPLES / "texts" / leaflet.text).read_text(encoding="utf-8")
    make = build_pdf if leaflet.target.endswith(".pdf") else build_docx
    return make(leaflet, text)


def main() -> None:
    """Write every leaflet, then bring the checksums of each ``SOURCES.yaml`` up to date."""
    for leaflet in LEAFLETS:
        target = EXAMPLES / leaflet.target
        target.write_bytes(build(leaflet))
        print(f"{leaflet.target}: {target.stat().st_size} bytes")
    for pattern in ("examples/*/SOURCES.yaml", "domains/*/knowledge/SOURCES.yaml"):
        for sources in sorted(EXAMPLES.parent.glob(pattern)):
            write_checksums(sources)


def write_checksums(sources: Path) -> None:
    """Replace each ``sha256`` of ``sources`` by that of the file named above it.

    What stands under ``corpora`` is fetched, not shipped: its checksums are its publishers'.
    """
    lines = sources.read_text(encoding="utf-8").splitlines()
    path = ""
    for number, line in enumerate(lines):
        if line == "corpora:":
            break
        if match := re.match(r"\s*(?:- )?path: (.+)$", line):
            path = match[1].strip()
        elif match := re.match(r"(\s*sha256:)", line):
            digest = hashlib.sha256((sources.parent / path).read_bytes()).hexdigest()
            lines[number] = f"{match[1]} {digest}"
    sources.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
