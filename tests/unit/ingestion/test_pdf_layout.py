"""Pages of a PDF that are not drawn as they are read: columns, tables, numbers apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from domainkit.ingestion.readers.pdf import PdfReader

Drawn = tuple[float, float, str]

LEFT = [f"The tenant pays the rent of month {n} in" for n in range(10)]
RIGHT = [f"and the landlord repairs what breaks {n}" for n in range(10)]
HEADS = ["Drug", "Dose", "Interval"]
ROWS = [["Aspirin", "100 mg", "daily"], ["Metformin", "500 mg", "twice a day"]]


def read(path: Path, drawn: Iterable[Drawn], *, lines: Iterable[tuple[float, ...]] = ()) -> str:
    """Return what is read of a page with each text drawn at its place, in the order given."""
    canvas = Canvas(str(path / "page.pdf"))
    canvas.setFont("Helvetica", 10)
    for x, y, text in drawn:
        canvas.drawString(x, y, text)
    for line in lines:
        canvas.line(*line)
    canvas.showPage()
    canvas.save()
    (document,) = PdfReader().read(path / "page.pdf")
    assert document.pages[0].of(document.text) == document.text
    return document.text


def table(top: float, rows: Iterable[list[str]], *, left: float = 60) -> Iterator[Drawn]:
    for down, row in enumerate(rows):
        yield from ((left + 110 * n, top - 16 * down, cell) for n, cell in enumerate(row) if cell)


def paragraph(top: float) -> list[Drawn]:
    said = "The medicines below are taken with food and with water, never together, for"
    return [(60, top - 12 * n, said) for n in range(4)]


MARKDOWN = (
    "| Drug | Dose | Interval |\n| --- | --- | --- |\n| Aspirin | 100 mg | daily |\n"
    "| Metformin | 500 mg | twice a day |"
)


def test_columns_that_are_drawn_across_are_read_one_after_the_other(tmp_path: Path) -> None:
    across = [
        (x, 700 - 12 * n, text)
        for n, pair in enumerate(zip(LEFT, RIGHT, strict=True))
        for x, text in zip((60, 320), pair, strict=True)
    ]
    text = " ".join(read(tmp_path, across).split())
    assert " ".join(LEFT) in text
    assert " ".join(RIGHT) in text


def test_columns_that_are_drawn_in_order_stay_and_their_tables_are_tables(tmp_path: Path) -> None:
    narrow = [[cell[:9] for cell in row] for row in (HEADS, *ROWS)]
    left = [(60, 700 - 12 * n, text) for n, text in enumerate(LEFT)]
    cells = [(60 + 70 * (x - 60) / 110, y, text) for x, y, text in table(560, narrow)]
    right = [(320, 700 - 12 * n, text) for n, text in enumerate(RIGHT)]
    text = read(tmp_path, [*left, *cells, *right])
    assert "| Drug | Dose | Interval |\n" in text
    assert text.index(LEFT[-1]) < text.index("| Drug") < text.index(RIGHT[0])
    assert " ".join(RIGHT) in " ".join(text.split())


@pytest.mark.parametrize("ruled", [False, True])
def test_a_table_is_markdown_below_its_caption(tmp_path: Path, *, ruled: bool) -> None:
    caption = [(60, 640, "Table 1. Doses of the medicines that are"), (60, 628, "taken at home")]
    drawn = [*paragraph(700), *caption, *table(606, [HEADS, *ROWS]), *paragraph(540)]
    rules = [(56, 618 - 16 * n, 380, 618 - 16 * n) for n in range(4)] if ruled else []
    text = read(tmp_path, drawn, lines=rules)
    assert f"Table 1. Doses of the medicines that are taken at home\n\n{MARKDOWN}\n\n" in text


def test_a_cell_of_several_lines_is_one(tmp_path: Path) -> None:
    long = [(60.0, 634.0, "Amoxicillin and"), (60.0, 622.0, "clavulanic acid")]
    rest = [(170.0, 634.0, "625 mg"), (280.0, 634.0, "three times")]
    drawn = [*table(682, [HEADS, *ROWS]), *long, *rest, *table(600, [["Ibuprofen", "", "daily"]])]
    text = read(tmp_path, drawn)
    assert "| Amoxicillin and clavulanic acid | 625 mg | three times |\n" in text
    assert "| Ibuprofen |  | daily |" in text


def test_numbers_that_are_drawn_last_stand_before_their_clauses(tmp_path: Path) -> None:
    clauses = [(80, 700, "Rent"), (80, 680, "The rent is due on the first day of the month")]
    clauses += [(80, 668, "and late rent bears interest."), (80, 648, "Repairs")]
    numbers = [(60, 700, "1."), (54, 680, "1.1."), (60, 648, "2.")]
    text = read(tmp_path, [*clauses, *numbers])
    assert text == (
        "1. Rent\n1.1. The rent is due on the first day of the month\n"
        "and late rent bears interest.\n\n2. Repairs"
    )


def test_a_list_with_numbers_apart_is_no_table(tmp_path: Path) -> None:
    rows = [["1.", "The tenant pays"], ["2.", "The landlord repairs"], ["3.", "Both give notice"]]
    assert (
        "|"
        not in read(tmp_path, [*table(700, rows), *table(640, [HEADS, *ROWS])]).split("Drug")[0][
            :-2
        ]
    )


def test_a_table_of_contents_stays_as_it_is_drawn(tmp_path: Path) -> None:
    rows = [[f"{n}.", f"Part {n} ..........", f"{n}"] for n in range(1, 6)]
    assert "|" not in read(tmp_path, table(700, rows))


def test_other_pages_are_read_as_pdfium_has_them(tmp_path: Path) -> None:
    text = read(tmp_path, [(60, 600, "This line is drawn first."), *paragraph(700)])
    assert text.startswith("This line is drawn first.")
