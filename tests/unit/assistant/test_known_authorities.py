from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domainkit.assistant.authorities import KnownAuthorities
from domainkit.packs import loader
from domainkit.packs.references import references
from domainkit.store import FileRecord, Store, locators
from domainkit.store.identity import document_id, with_ids
from domainkit.types import Document, Passage, Resolution, Span, Validity

LEGAL = loader.load("legal")
TITLE = "Osterhaven Fishing Code (fictional)"
OLD = Validity(date(2019, 1, 1), date(2022, 1, 1), "Act 9 of 2021")
NEW = Validity(date(2022, 1, 1))
SOON = Validity(date(2030, 1, 1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.sqlite", create=True)
    for number, (locator, validity) in enumerate(
        [("§ 3", OLD), ("§ 3", NEW), ("§ 4", OLD), ("§ 9", SOON)]
    ):
        source = f"documents/{number}.txt"
        text = f"Wording {number}."
        document = Document(document_id(source), source, TITLE, text, validity=validity)
        passage = Passage("", document.id, TITLE, locator, Span(0, len(text)), text)
        passages = with_ids([replace(passage, validity=validity)])
        opened.replace(FileRecord(source, "f" * 64), [(document, list(passages))])
    yield opened
    opened.close()


def resolve(store: Store, text: str, as_of: date | None = date(2024, 1, 1)) -> Resolution:
    (reference,) = references(text, LEGAL.authorities)
    return KnownAuthorities(LEGAL, lambda: store).resolve(reference, as_of)


def test_a_passage_of_the_documents_is_found_in_the_wording_of_the_day(store: Store) -> None:
    now, then = (
        resolve(store, "§ 3 of the Fishing Code"),
        resolve(store, "§ 3 of the Fishing Code", date(2020, 1, 1)),
    )
    assert (now.standing, then.standing) == ("found", "found")
    assert now.passage is not None
    assert then.passage is not None
    assert (now.passage.text, then.passage.text) == ("Wording 1.", "Wording 0.")
    assert resolve(store, "§ 3 of the Fishing Code", None).passage == now.passage


def test_what_is_out_of_force_not_yet_in_force_or_not_there_is_told(store: Store) -> None:
    repealed = resolve(store, "§ 4 of the Fishing Code")
    assert (repealed.standing, dict(repealed.facts)) == (
        "repealed",
        {"until": "2022-01-01", "by": "Act 9 of 2021"},
    )
    assert resolve(store, "§ 9 of the Fishing Code").facts == {"since": "2030-01-01"}
    absent = resolve(store, "§ 12 of the Fishing Code")
    assert (absent.standing, dict(absent.facts)) == ("absent", {"last": "9"})
    assert resolve(store, "§ 3 of the Hunting Code").standing == "unknown"


def test_the_packs_works_come_first(store: Store) -> None:
    (reference,) = references("《民法典》第一条", LEGAL.authorities)
    known = KnownAuthorities(LEGAL, lambda: store)
    assert known.resolve(reference, None).standing == "found"
    assert known.resolve(reference, date(2020, 1, 1)).standing == "pending"


def test_a_title_that_stands_everywhere_is_read_up_to_a_bound(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resolve(store, "§ 12 of the Fishing Code").standing == "absent"
    monkeypatch.setattr("domainkit.assistant.authorities.MOST", 4)
    # With as many passages as are read there may be others: what is not found may be there.
    assert resolve(store, "§ 12 of the Fishing Code").standing == "unknown"
    assert resolve(store, "§ 3 of the Fishing Code").standing == "found"
    assert list(locators.titled(store, "Fishing Code", most=2).values()) == ["§ 3", "§ 3"]
