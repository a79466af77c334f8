"""Tables of contents are found, and lists of figures that only look like them are left alone."""

from __future__ import annotations

from domainkit.ingestion.contents import regions


def is_heading(line: str) -> bool:
    return line.strip().startswith(("Chapter", "第", "1", "2", "3"))


def found(text: str) -> list[str]:
    return [span.of(text) for span in regions(text, is_heading)]


def test_a_titled_table_ends_where_its_first_heading_comes_again() -> None:
    table = "目　录\n第一章　总则\n第二章　权利\n第三章　附则"
    text = f"某某法\n\n{table}\n\n第一章　总则\n第一条 为了……制定本法。\n"
    assert found(text) == [table]


def test_dot_leaders_make_a_table_without_a_title() -> None:
    table = "1. Term ........... 2\n2. Price .......... 3\n3. Notices ........ 14"
    assert found(f"AGREEMENT\n{table}\n1. Term. This Agreement lasts a year.\n") == [table]


def test_a_wrapped_entry_stays_within_the_table() -> None:
    table = (
        "Table of Contents\n1. Term ........ 2\n15.\nCompliance with the Corrupt Practices Act\n"
        "and Laws ........ 8\n16. Law ........ 9"
    )
    assert found(f"{table}\nCOOPERATION AGREEMENT\n") == [table]


def test_text_without_a_table_has_none() -> None:
    assert found("Chapter 1\n\nThe contents of this chapter are few ... 3 of them.\n") == []


def test_measurements_are_no_table_of_contents() -> None:
    values = "Sodium    140\nPotassium    4\nChloride    101\nUrea    5\n"
    assert found(f"Results\n{values}") == []


def test_a_title_without_entries_is_text() -> None:
    assert found("Contents\n\nThe box holds ten tablets and a leaflet for the patient.\n") == []
