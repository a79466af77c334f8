"""The report of an ingest: a page a person reads offline, and the same for a program."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from domainkit.ingestion import Report, ingest
from domainkit.ingestion.report import FileReport, median, project, told
from domainkit.ingestion.report_page import page
from domainkit.store import Store
from domainkit.store.likeness import Link
from domainkit.store.surveys import FileSurvey, survey

WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
LAW = "".join(f"第{n}条 当事人应当全面履行义务。\n\n" for n in "一二三四五")


class Balanced(HTMLParser):
    """Checks that every element is closed, and gathers the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def run(folder: Path) -> Report:
    with closing(Store.open(folder / "store.sqlite", create=True)) as store:
        report = ingest([folder / "documents"], store, base=folder)
        return replace(report, surveys=survey(store))


def test_the_page_says_what_became_of_every_file(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "law.txt").write_text(LAW, encoding="utf-8")
    (documents / "<odd> & name.txt").write_text("Some words.", encoding="utf-8")
    (documents / "empty.txt").touch()
    (documents / "wrong.txt").write_text((LAW * 9).encode().decode("latin-1"), encoding="utf-8")
    report = run(tmp_path)
    html = page(report, name="my firm", when=WHEN)
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    for said in (
        "Ingest report: my firm",
        "2026-01-02 03:04",
        "<odd> & name.txt",
        "the file is empty (0 bytes)",
        "looks scrambled",
        "accented, as in a wrong encoding",
        "it has articles (第…条), at least 3 times",
    ):
        assert said in parser.text
    # Nothing is fetched, and nothing of what the documents say is repeated.
    assert not re.search(r"(?:src|href)=|url\(|https?:", html)
    assert "当事人" not in html


def test_a_run_without_fault_says_so() -> None:
    report = Report((FileReport("a.txt", "unchanged", profile="plain", passages=1),), 0.1)
    assert "Nothing needs your attention" in page(report, name="a", when=WHEN)
    assert "Needs your attention (1)" in page(
        Report(report.files, 0.1, missing=("b.txt",)), name="a", when=WHEN
    )


def test_documents_that_are_alike_and_files_with_a_new_name_are_told_apart() -> None:
    renamed = FileReport("b.txt", "read", was="a.txt")
    link = Link("b.txt", "c.txt", 0.93, 1240, 310)
    html = page(Report((renamed,), 0.1, alike=(link,)), name="a", when=WHEN)
    assert "Needs your attention (1)" in html
    assert "93% the same as c.txt (1,240 letters only here, 310 only there)" in html
    assert told(Link("a", "b", 1.0, 0, 0)) == "says the same as b"


def test_a_program_gets_the_same(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "law.txt").write_text(LAW, encoding="utf-8")
    shown = project(run(tmp_path))
    (file,) = shown["files"]
    assert (file["profile"], file["confidence"]) == ("statute", 0.88)
    assert file["because"].startswith("it has articles")
    assert (file["ocr_pages"], file["scrambled"], file["typical_length"]) == (0, None, 50)
    assert shown["lengths"] == {"0": 5}
    assert shown["pages_a_second"] is None


def test_pages_a_second_are_those_of_the_files_that_were_read() -> None:
    files = (
        FileReport("a", "read", pages=30, seconds=2.0),
        FileReport("b", "unchanged", pages=900, seconds=0.1),
        FileReport("c", "read", seconds=5.0),
    )
    assert Report(files, 7.1).pages_a_second == 15.0


def test_ocr_pages_are_counted() -> None:
    noted = FileSurvey("a", "plain", {}, ({"pages_by_ocr": "1, 4, 12"},))
    assert Report((), 0.0, surveys=(noted,)).details["a"].ocr_pages == 3


def test_the_median_is_the_middle_of_its_step() -> None:
    assert median({0: 1, 300: 5, 900: 2}) == 350
    assert median({}) == 0
