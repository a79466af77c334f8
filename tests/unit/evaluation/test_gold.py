"""Where the words that a question must cite stand in the store."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domainkit.evaluation.gold import GoldFinder
from domainkit.ingestion.folder import ingest
from domainkit.packs.schemas.rows import FileSource
from domainkit.store import locators
from domainkit.store.documents import Store
from domainkit.types import Span

TEXT = """# Tablets

## Dose

Adults take two
tablets a day.

## Children

Adults take two tablets a day; children one.
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Store, Path]]:
    base = tmp_path / "assistant"
    (base / "documents").mkdir(parents=True)
    (base / "documents" / "tablets.md").write_text(TEXT)
    outside = tmp_path / "pack" / "knowledge"
    outside.mkdir(parents=True)
    (outside / "syrup.md").write_text("# Syrup\n\nOne spoon before sleep.\n")
    (outside / "rows.jsonl").write_text(
        '{"id": "a", "title": "A", "text": "The first record."}\n'
        '{"id": "b", "title": "B", "text": "The second record."}\n'
    )
    with closing(Store.open(base / "store.sqlite", create=True)) as store:
        ingest([base / "documents", outside], store, base=base)
        yield store, base


def source(path: str, quote: str | None = None, locator: str | None = None) -> FileSource:
    return FileSource(path=path, quote=quote, locator=locator)


def test_words_are_found_whatever_the_spaces_and_wherever_they_stand(
    opened: tuple[Store, Path],
) -> None:
    store, base = opened
    gold = GoldFinder(store, base).find(
        source("documents/tablets.md", "take two tablets a day"), [base]
    )

    document = store.document(gold.document_id)
    assert gold.span
    assert gold.span.of(document.text).split() == ["take", "two", "tablets", "a", "day"]
    assert len(gold.passages) == 2  # the words stand in both sections
    assert gold.profile == document.profile


def test_a_path_counts_from_the_pack_or_is_the_documents_own_name(
    opened: tuple[Store, Path], tmp_path: Path
) -> None:
    store, base = opened
    finder = GoldFinder(store, base)
    pack = tmp_path / "pack"

    by_pack = finder.find(source("knowledge/syrup.md", "One spoon"), [base, pack])

    assert by_pack.passages
    (name,) = [f.path for f in store.files() if f.path.endswith("syrup.md")]
    assert finder.find(source(name, "One spoon"), [base]).passages == by_pack.passages
    assert finder.find(source("knowledge/syrup.md", "One spoon"), [base]).path == (
        "knowledge/syrup.md"
    )


def test_one_record_of_many(opened: tuple[Store, Path], tmp_path: Path) -> None:
    store, base = opened
    finder, pack = GoldFinder(store, base), tmp_path / "pack"

    named = finder.find(source("knowledge/rows.jsonl#b", "record"), [pack])
    any_of = finder.find(source("knowledge/rows.jsonl", "second record"), [pack])

    assert named.passages == any_of.passages
    assert store.document(named.document_id).source.endswith("#b")


def test_a_locator_alone_has_no_span(opened: tuple[Store, Path]) -> None:
    store, base = opened
    (document,) = [d for d in store.documents() if d.source == "documents/tablets.md"]
    passages = locators.of_document(store, document.id)

    gold = GoldFinder(store, base).find(
        source("documents/tablets.md", locator=passages[0].locator), [base]
    )

    assert gold.passages == (passages[0].id,)
    assert gold.span is None


@pytest.mark.parametrize(
    ("path", "quote"),
    [("documents/tablets.md", "four tablets"), ("documents/absent.md", "two")],
)
def test_what_is_not_there_is_found_nowhere(
    opened: tuple[Store, Path], path: str, quote: str
) -> None:
    store, base = opened
    gold = GoldFinder(store, base).find(source(path, quote), [base])

    assert (gold.path, gold.passages, gold.span) == (path, (), None)


def test_words_that_two_passages_share_are_in_the_one_that_has_most_of_them(
    opened: tuple[Store, Path],
) -> None:
    store, base = opened
    (document,) = [d for d in store.documents() if d.source == "documents/tablets.md"]
    text = store.document(document.id).text
    first, second = locators.of_document(store, document.id)[:2]
    divided = Span(first.span.end - 4, second.span.start + 30).of(text)

    gold = GoldFinder(store, base).find(source("documents/tablets.md", divided), [base])

    assert gold.passages == (second.id,)
