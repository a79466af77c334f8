"""PDF files: pages keep their place, and what cannot be read says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from minimal_pdf import pdf

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.pdf import PdfReader
from domainkit.types import Document

ENCRYPTED = Path(__file__).parents[2] / "data" / "encrypted.pdf"

BODY = [
    "The deposit is returned within fourteen days of the end of the",
    "tenancy, less what the tenant owes.",
]


def read(path: Path, *passwords: str, furniture: bool = False) -> Document:
    (document,) = PdfReader(passwords, furniture=furniture).read(path)
    return document


def made(tmp_path: Path, pages: list[list[str]], title: str = "") -> Path:
    path = tmp_path / "lease.pdf"
    path.write_bytes(pdf(pages, title=title))
    return path


def test_the_pages_together_are_the_text(tmp_path: Path) -> None:
    document = read(made(tmp_path, [["First page."], [], ["Third page."]], "The Lease"))
    assert document.text == "First page.\n\nThird page."
    assert [page.of(document.text) for page in document.pages] == [
        "First page.",
        "\n\n",
        "Third page.",
    ]
    assert document.page_at(document.text.index("Third")) == 3
    assert (document.title, document.meta) == ("The Lease", {})  # a blank page lacks nothing


@pytest.mark.parametrize(
    "title", ["", "Microsoft Word - draft.doc", "untitled", "lease_final.docx"]
)
def test_a_title_that_a_program_wrote_is_none(tmp_path: Path, title: str) -> None:
    assert read(made(tmp_path, [BODY], title)).title == "lease"


def test_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    document = read(made(tmp_path, [["The deposit is returned within"], ["fourteen days."]]))
    assert document.text == "The deposit is returned within\nfourteen days."


def test_furniture_is_removed_unless_it_is_wanted(tmp_path: Path) -> None:
    words = "alpha beta gamma delta".split()
    pages = [
        ["Lease of 1 May", f"About {word}.", *BODY, *BODY, f"Page {n}"]
        for n, word in enumerate(words, 1)
    ]
    path = made(tmp_path, pages)
    assert "Lease of 1 May" not in read(path).text
    assert "Page 3" not in read(path).text
    assert read(path, furniture=True).text.count("Lease of 1 May") == 4
    assert all(f"About {word}." in read(path).text for word in words)


def test_an_encrypted_file_asks_for_its_password() -> None:
    with pytest.raises(IngestionError, match=r"is encrypted.*--password"):
        read(ENCRYPTED)
    with pytest.raises(IngestionError, match="no given password opens it"):
        read(ENCRYPTED, "wrong")
    assert read(ENCRYPTED, "wrong", "sesame").text == "Hello (world)\nSecond line\nPage two"


def test_blank_pages_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(IngestionError, match="there is nothing on any of its 2 pages"):
        read(made(tmp_path, [[], []]))


def test_a_file_without_its_first_line_is_read(tmp_path: Path) -> None:
    path = made(tmp_path, [BODY])
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    assert "fourteen days" in read(path).text


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    path = made(tmp_path, [BODY])
    path.write_bytes(b"%PDF-1.4\n" + b"garbage" * 100)
    with pytest.raises(IngestionError, match=r"the PDF is damaged \(Data format error\)"):
        read(path)
