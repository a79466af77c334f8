"""The store keeps what it was given, exactly, and says what changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domainkit.errors import IndexNotFound, StoreError
from domainkit.store import FileRecord, Store, lock
from domainkit.store.identity import document_id, with_ids
from domainkit.types import Document, Passage, Section, Span, Validity

LAW = "Article 1\nNobody may fish.\nArticle 2\nSave on Sundays.\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / ".domainkit" / "store.sqlite", create=True)
    yield opened
    opened.close()


def divided(
    text: str, source: str = "documents/law.txt", **fields: object
) -> tuple[Document, Sequence[Passage]]:
    """Return a document and its lines as passages."""
    document = Document(
        id=document_id(source), source=source, title="Fishing Act", text=text, **fields
    )
    parts, start = [], 0
    for line in text.splitlines(keepends=True):
        span = Span(start, start + len(line.rstrip("\n")))
        start += len(line)
        parts.append(Passage("", document.id, document.title, f"l. {start}", span, span.of(text)))
    return document, list(with_ids(parts))


def record(path: str = "documents/law.txt", sha256: str = "a", **fields: object) -> FileRecord:
    return FileRecord(path=path, sha256=sha256, **fields)


def test_an_absent_store_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match=r"nothing ingested yet.*domainkit ingest documents"):
        Store.open(tmp_path / "store.sqlite")
    assert not (tmp_path / "store.sqlite").exists()


def test_a_new_store_is_empty(store: Store) -> None:
    counts = store.counts()
    assert (store.generation, counts.files, counts.documents, counts.passages) == (0, 0, 0, 0)
    assert list(store.entries()) == []


def test_what_is_written_is_read_back(store: Store) -> None:
    document, parts = divided(
        LAW,
        language="en",
        profile="statute",
        sections=(Section(("Part I", "Article 1"), Span(0, 26), 1),),
        pages=(Span(0, 26), Span(26, len(LAW))),
        validity=Validity(date(2020, 1, 1), None, "the Act of 2024"),
        jurisdiction="Freedonia",
        authority="statute",
        meta={"synonyms": "angling; trawling", "issuer": "议会"},
    )
    own = Validity(date(2021, 5, 1), date(2022, 1, 1))
    parts = [
        replace(parts[0], validity=own, section=("Part I",), page=2, meta={"x": "y"}),
        *parts[1:],
    ]
    file = store.replace(record(group="hr"), [(document, parts)])

    assert (file.documents, file.passages, file.pages) == (1, 4, 2)
    assert store.files() == [file]
    assert store.document(document.id) == document
    entries = list(store.entries())
    assert [entry.passage for entry in entries] == parts
    assert store.passages([entry.key for entry in entries]) == {
        entry.key: entry.passage for entry in entries
    }
    assert {(e.language, e.jurisdiction, e.group, e.synonyms) for e in entries} == {
        ("en", "Freedonia", "hr", ("angling", "trawling"))
    }
    (summary,) = store.documents()
    assert (summary.source, summary.passages, summary.pages) == ("documents/law.txt", 4, 2)
    assert summary.characters == len(LAW)


def test_a_passage_that_is_not_at_its_span_is_refused_and_nothing_kept(store: Store) -> None:
    document, parts = divided(LAW)
    wrong = replace(parts[1], text="Everybody may fish.")
    with pytest.raises(StoreError, match=r"law\.txt: the passage at characters 10 to 26"):
        store.replace(record(), [(document, [parts[0], wrong])])
    assert store.counts().files == store.counts().passages == store.generation == 0


def test_a_failure_halfway_leaves_the_former_version(store: Store) -> None:
    store.replace(record(), [divided(LAW)])

    def broken() -> Iterator[tuple[Document, Sequence[Passage]]]:
        yield divided("Article 1\nAll is new.\n")
        raise StoreError("the file vanished")

    with pytest.raises(StoreError, match="vanished"):
        store.replace(record(sha256="b"), broken())
    assert store.document(document_id("documents/law.txt")).text == LAW
    assert store.files()[0].sha256 == "a"
    assert store.generation == 1


def test_an_inserted_line_keeps_the_keys_of_the_others(store: Store) -> None:
    store.replace(record(), [divided(LAW)])
    before = {entry.passage.text: entry.key for entry in store.entries()}
    store.replace(record(sha256="b"), [divided(LAW.replace("Article 2", "Annex\nArticle 2"))])
    after = {entry.passage.text: entry.key for entry in store.entries()}

    assert {text: after[text] for text in before} == before
    changes = store.changes(1)
    assert (changes.generation, changes.removed, changes.added) == (2, (), 1)
    assert [entry.passage.text for entry in store.entries(since=1)] == ["Annex"]
    moved = store.passages([before["Article 2"]])[before["Article 2"]]
    assert moved.span == Span(6 + 27, 6 + 36)


def test_passages_are_indexed_with_how_their_document_begins(store: Store) -> None:
    store.replace(record(), [divided("Lease of Ann Smith\n" + LAW)])
    begun = {entry.passage.text: entry.opening for entry in store.entries()}
    assert set(begun.values()) == {"Lease of Ann Smith"}

    store.replace(record(sha256="b"), [divided("Lease of Bob Jones\n" + LAW)])
    assert {entry.opening for entry in store.entries(since=1)} == {"Lease of Bob Jones"}
    assert store.changes(1).added == store.counts().passages

    store.replace(record(sha256="c"), [divided("Lease of Bob Jones")])
    assert [entry.opening for entry in store.entries()] == [""]


@pytest.mark.parametrize(
    "change",
    [
        {"jurisdiction": "Sylvania"},
        {"language": "zh"},
        {"meta": {"synonyms": "angling"}},
    ],
)
def test_what_an_index_filters_by_makes_new_keys(store: Store, change: dict[str, object]) -> None:
    store.replace(record(), [divided(LAW)])
    old = [entry.key for entry in store.entries()]
    store.replace(record(), [divided(LAW, **change)])
    assert store.changes(1).removed == tuple(old)
    assert min(entry.key for entry in store.entries()) > max(old)


def test_lines_that_read_alike_are_told_apart(store: Store) -> None:
    document, parts = divided("same\nsame\nsame\n")
    store.replace(record(), [(document, parts)])
    assert len({part.id for part in parts}) == 3
    assert store.counts().passages == 3


def test_records_are_documents_of_their_file(store: Store) -> None:
    path = "documents/all.jsonl"
    pair = [divided(f"text {n}", f"{path}#{n}") for n in range(3)]
    store.replace(record(path), pair)
    assert [d.source for d in store.documents()] == [f"{path}#{n}" for n in range(3)]
    store.replace(record(path, "b"), pair[:1])
    assert [d.source for d in store.documents()] == [f"{path}#0"]
    assert len(store.changes(1).removed) == 2


def test_a_document_of_another_file_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match=r"is not of the file 'documents/law\.txt'"):
        store.replace(record(), [divided(LAW, "documents/other.txt")])


def test_forgetting_removes_the_text_from_the_bytes(store: Store, tmp_path: Path) -> None:
    private = "the patient's name is Ermintrude Quackenbush"
    store.replace(record(), [divided(LAW)])
    document, parts = divided(private, "documents/note.txt")
    store.replace(record("documents/note.txt"), [(document, parts)])
    assert store.remove_document(document.id) == 1
    store.close()
    kept = b"".join(p.read_bytes() for p in (tmp_path / ".domainkit").iterdir())
    assert b"Quackenbush" not in kept
    assert b"Nobody may fish" in kept


def test_removing_a_file_forgets_its_documents(store: Store) -> None:
    store.replace(record(), [divided(LAW)])
    assert store.remove_file("documents/law.txt") == 4
    assert store.files() == [] == store.documents()
    generation = store.generation
    assert store.remove_file("documents/law.txt") == 0
    assert store.generation == generation
    with pytest.raises(StoreError, match="there is no document"):
        store.document(document_id("documents/law.txt"))


def test_removing_one_record_keeps_the_others(store: Store) -> None:
    path = "documents/all.jsonl"
    pair = [divided(f"text {n}", f"{path}#{n}") for n in range(2)]
    store.replace(record(path), pair)
    store.remove_document(pair[0][0].id)
    assert [d.source for d in store.documents()] == [f"{path}#1"]
    assert (store.files()[0].documents, store.files()[0].passages) == (1, 1)
    with pytest.raises(StoreError, match="there is no document"):
        store.remove_document(pair[0][0].id)


def test_keys_are_never_used_again(store: Store) -> None:
    store.replace(record(), [divided(LAW)])
    last = max(entry.key for entry in store.entries())
    store.remove_file("documents/law.txt")
    store.replace(record(), [divided(LAW)])
    assert min(entry.key for entry in store.entries()) > last


def test_a_rename_keeps_documents_and_keys(store: Store) -> None:
    document, parts = divided(LAW)
    store.replace(record(), [(document, parts)])
    store.replace(record("documents/new.txt", "z"), [divided("gone", "documents/new.txt")])
    keys = [e.key for e in store.entries() if e.passage.document_id == document.id]
    store.rename("documents/law.txt", "documents/new.txt")
    assert store.document(document.id) == replace(document, source="documents/new.txt")
    assert [e.key for e in store.entries()] == keys
    assert [f.path for f in store.files()] == ["documents/new.txt"]


def test_a_refused_file_is_remembered_without_a_generation(store: Store) -> None:
    store.replace(record(outcome="refused", reason="it is empty"), [])
    assert store.generation == 0
    assert store.files()[0].reason == "it is empty"


def test_identities_are_kept_and_never_shared(store: Store) -> None:
    first = store.identity("a.txt", "1")
    store.replace(record("a.txt", "1", identity=first), [])
    assert store.identity("a.txt", "2") == first
    store.rename("a.txt", "b.txt")
    assert store.identity("b.txt", "1") == first
    assert store.identity("a.txt", "1") != first


def test_folders_of_the_same_name_are_told_apart(store: Store) -> None:
    assert store.root(Path("/x/notes")) == "notes"
    assert store.root(Path("/y/notes")) == "notes-2"
    assert store.root(Path("/x/notes")) == "notes"


def test_entries_stream_in_order_beyond_one_page(store: Store) -> None:
    text = "".join(f"line {n}\n" for n in range(2500))
    store.replace(record(), [divided(text)])
    keys = [entry.key for entry in store.entries()]
    assert keys == sorted(keys)
    assert len(keys) == 2500
    assert len(store.passages(keys)) == 2500


def test_a_reader_sees_one_generation_while_another_process_writes(
    store: Store, tmp_path: Path
) -> None:
    store.replace(record(), [divided(LAW)])
    reader = Store.open(tmp_path / ".domainkit" / "store.sqlite")

    def midway() -> Iterator[tuple[Document, Sequence[Passage]]]:
        yield divided("new\n")
        assert reader.document(document_id("documents/law.txt")).text == LAW
        assert reader.counts().passages == 4

    store.replace(record(sha256="b"), midway())
    assert reader.counts().passages == 1
    reader.close()


def test_a_second_writer_is_told_to_wait(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".domainkit" / "store.sqlite"
    monkeypatch.setattr("domainkit.store.engine._PRAGMAS", ("PRAGMA busy_timeout = 0",))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    second = Store.open(path)
    with pytest.raises(StoreError, match="being written by another process"):
        second.replace(record(), [divided(LAW)])
    other.execute("ROLLBACK")
    other.close()
    second.close()


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"this is certainly no database" * 200)
    with pytest.raises(StoreError, match=r"store\.sqlite is damaged"):
        Store.open(path)


def test_what_a_search_reads_fails_by_the_name_of_its_file(store: Store) -> None:
    with pytest.raises(StoreError, match=r"store\.sqlite: no such table: elsewhere"):
        store.fetched("SELECT * FROM elsewhere")


def test_a_store_of_a_newer_version_is_left_alone(store: Store, tmp_path: Path) -> None:
    path = tmp_path / ".domainkit" / "store.sqlite"
    store.close()
    with sqlite3.connect(path) as driver:
        driver.execute("PRAGMA user_version = 99")
    driver.close()
    with pytest.raises(StoreError, match=r"written by a newer domainkit.*pip install"):
        Store.open(path)


def _columns(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return the columns of each table: name, whether it may be empty, place in the key."""
    query = (
        'SELECT m.name, c.name, c."notnull", c.pk '
        "FROM sqlite_master m, pragma_table_info(m.name) c"
    )
    found: dict[str, list[tuple[object, ...]]] = {}
    with store.reading() as connection:
        for table, *column in connection.exec_driver_sql(query):
            found.setdefault(table, []).append(tuple(column))
    return {table: sorted(columns, key=str) for table, columns in found.items()}


def test_an_older_store_is_brought_up_to_date(store: Store, tmp_path: Path) -> None:
    path = tmp_path / ".domainkit" / "store.sqlite"
    store.replace(record(), [divided(LAW)])
    store.close()
    with sqlite3.connect(path) as driver:
        for table in ("sketches", "bands", "likenesses"):
            driver.execute(f"DROP TABLE {table}")
        driver.execute("ALTER TABLE files DROP COLUMN hint")
        driver.execute("PRAGMA user_version = 1")
    driver.close()
    opened = Store.open(path)
    assert [file.hint for file in opened.files()] == [""]
    fresh = Store.open(tmp_path / "fresh.sqlite", create=True)
    assert _columns(opened) == _columns(fresh)
    fresh.close()
    assert opened.document(document_id("documents/law.txt")).text == LAW
    opened.close()


def test_a_lock_is_seen_while_its_process_lives(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    assert not lock.held(folder)
    with lock.writing(folder):
        assert lock.held(folder)
        with (
            pytest.raises(StoreError, match=r"another process is writing"),
            lock.writing(folder, patience=0.01),
        ):
            pass
    assert not lock.held(folder)
    with lock.writing(folder):
        pass
