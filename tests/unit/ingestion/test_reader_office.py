"""Word files: headings, lists with Word's own numbers, tables, in the order of the page."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from format_samples import package, picture, relations

from domainkit.errors import IngestionError
from domainkit.ingestion.readers import ocr
from domainkit.ingestion.readers.office import OfficeReader
from domainkit.ingestion.readers.word_numbering import Numbering
from domainkit.types import Document

NS = nsdecls("w")


def saved(tmp_path: Path, file: Any) -> Path:
    path = tmp_path / "policy.docx"
    file.save(str(path))
    return path


def read(path: Path) -> Document:
    (document,) = OfficeReader().read(path)
    return document


def test_headings_lists_and_tables_in_order(tmp_path: Path) -> None:
    file = docx.Document()
    file.core_properties.title = "Sick leave"
    file.add_heading("Sick leave", 0)
    file.add_heading("Notice", 1)
    file.add_paragraph("Tell your manager:")
    file.add_paragraph("by phone", style="List Bullet")
    file.add_paragraph("by mail", style="List Bullet")
    table = file.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Days", "Paper", "3", "note"], strict=True):
        cell.text = text
    file.add_heading("Pay", 2)
    file.add_paragraph("Full pay for six weeks.")
    document = read(saved(tmp_path, file))
    assert document.title == "Sick leave"
    assert document.text == (
        "Sick leave\n\nNotice\n\nTell your manager:\n\n- by phone\n- by mail\n\n"
        "| Days | Paper |\n| --- | --- |\n| 3 | note |\n\nPay\n\nFull pay for six weeks."
    )
    assert [s.path for s in document.sections] == [
        ("Sick leave",),
        ("Notice",),
        ("Notice", "Pay"),
    ]


def test_merged_cells_are_said_once(tmp_path: Path) -> None:
    file = docx.Document()
    table = file.add_table(rows=2, cols=3)
    for number, cell in enumerate(table._cells):
        cell.text = str(number)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(0, 2).merge(table.cell(1, 2)).text = "tall"
    text = read(saved(tmp_path, file)).text
    assert text == "| wide |  | tall |\n| --- | --- | --- |\n| 3 | 4 |  |"


def test_inserted_text_counts_and_deleted_text_does_not(tmp_path: Path) -> None:
    file = docx.Document()
    paragraph = file.add_paragraph("Rent is ")
    for xml in (
        f'<w:del {NS}><w:r><w:delText>100</w:delText></w:r></w:del>',
        f'<w:ins {NS}><w:r><w:t>200</w:t></w:r></w:ins>',
        f'<w:r {NS}><w:tab/><w:t>a month</w:t><w:noBreakHyphen/></w:r>',
        f'<w:sdt {NS}><w:sdtContent><w:r><w:t> net</w:t></w:r></w:sdtContent></w:sdt>',
    ):  # fmt: skip
        paragraph._p.append(parse_xml(xml))
    assert read(saved(tmp_path, file)).text == "Rent is 200\ta month- net"


def test_a_content_control_is_read_and_a_table_of_contents_is_not(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_paragraph("Body.")
    held = "<w:sdtContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:sdtContent>"
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    contents = f"<w:sdt {NS}><w:sdtPr>{gallery}</w:sdtPr>{held.format('Pay ... 3')}</w:sdt>"
    body = file.element.body
    body.insert(0, parse_xml(contents))
    body.insert(0, parse_xml(f"<w:sdt {NS}>{held.format('Cover.')}</w:sdt>"))
    assert read(saved(tmp_path, file)).text == "Cover.\n\nBody."


def level(depth: int, form: str, text: str, *, start: int = 1, style: str = "") -> str:
    tied = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{tied}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


NUMBERING = f"""<w:numbering {NS}>
<w:abstractNum w:abstractNumId="0">
{level(0, "decimal", "%1.", style="Clause")}
{level(1, "decimal", "%1.%2")}
{level(2, "lowerLetter", "(%3)")}
</w:abstractNum>
<w:abstractNum w:abstractNumId="1">
{level(0, "chineseCounting", "第%1条", start=9)}
{level(1, "upperRoman", "%2")}
{level(2, "bullet", "o")}
{level(3, "none", "")}
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="0"/>
<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
</w:numbering>"""
STYLES = f"""<w:styles {NS}>
<w:style w:styleId="Clause"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:styleId="Child"><w:basedOn w:val="Clause"/></w:style>
</w:styles>"""


def numbered(number: int, depth: int) -> Any:
    return parse_xml(
        f'<w:p {NS}><w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/>'
        "</w:numPr></w:pPr></w:p>"
    )


def styled(name: str) -> Any:
    return parse_xml(f'<w:p {NS}><w:pPr><w:pStyle w:val="{name}"/></w:pPr></w:p>')


def test_word_counts_as_word_shows() -> None:
    numbers = Numbering(parse_xml(NUMBERING), parse_xml(STYLES))
    paragraphs = [
        styled("Clause"),
        numbered(1, 1),
        numbered(1, 1),
        numbered(1, 2),
        numbered(1, 2),
        styled("Child"),
        numbered(1, 1),
        *(numbered(2, 0) for _ in range(3)),
        numbered(2, 1),
        numbered(2, 2),
        numbered(2, 3),
        numbered(3, 0),
        numbered(0, 0),
        parse_xml(f"<w:p {NS}/>"),
    ]
    assert [numbers.label(p) for p in paragraphs] == [
        "1.", "1.1", "1.2", "(a)", "(b)", "2.", "2.1",
        "第九条", "第十条", "第十一条", "I", "-", "", "1.", "", "",
    ]  # fmt: skip


def test_a_file_that_is_damaged_or_empty_says_so(tmp_path: Path) -> None:
    with pytest.raises(IngestionError, match="the Word file holds no text"):
        read(saved(tmp_path, docx.Document()))
    broken = tmp_path / "broken.docx"
    names = {"officeDocument": "word/document.xml"}
    for body, reason in (("<w:document", "'word/document.xml' is damaged"), ("<x/>", "no body")):
        broken.write_bytes(package({"_rels/.rels": relations(names), "word/document.xml": body}))
        with pytest.raises(IngestionError, match=reason):
            read(broken)


def test_the_strict_variant_is_read_like_the_usual_one(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_heading("Deposit", 1)
    usual = saved(tmp_path, file).read_bytes()
    path = tmp_path / "strict.docx"
    with zipfile.ZipFile(io.BytesIO(usual)) as made, zipfile.ZipFile(path, "w") as strict:
        for name in made.namelist():
            said = made.read(name).replace(
                b"http://schemas.openxmlformats.org/wordprocessingml/2006/",
                b"http://purl.oclc.org/ooxml/wordprocessingml/",
            )
            strict.writestr(name, said)
    assert read(path).sections[0].path == ("Deposit",)


def test_raised_figures_stay_raised(tmp_path: Path) -> None:
    file = docx.Document()
    paragraph = file.add_paragraph("below 10")
    paragraph.add_run("9").font.superscript = True
    paragraph.add_run("/L, p = ")
    power = (
        "<m:oMath xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'><m:f><m:num>"
        "<m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e>"
        "<m:sup><m:r><m:t>-6</m:t></m:r></m:sup></m:sSup></m:den></m:f></m:oMath>"
    )
    paragraph._p.append(parse_xml(power))
    assert read(saved(tmp_path, file)).text == "below 10⁹/L, p = (a+b)/(10⁻⁶)"


def test_comments_and_pictures_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ocr, "shared", lambda: SimpleNamespace(read=lambda _: ocr.Reading("SCAN", 1))
    )
    file = docx.Document()
    paragraph = file.add_paragraph("The rent is 900 euros.")
    file.add_comment(paragraph.runs, text="Is that net?", author="Ada")
    file.add_picture(io.BytesIO(picture()))
    document = read(saved(tmp_path, file))
    assert document.text == "The rent is 900 euros.\n\nSCAN\n\nComment by Ada: Is that net?"
    assert document.meta == {"pictures_by_ocr": "1"}
