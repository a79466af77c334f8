"""An ingest reads what is new or changed, keeps identities, and says what became of every file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domainkit.errors import IngestionError, MissingExtra, StoreError
from domainkit.ingestion import FileReport, Options, Report, Source, ingest
from domainkit.ingestion.readers.markdown import MarkdownReader
from domainkit.ingestion.readers.plain import PlainReader
from domainkit.store import Store
from domainkit.types import Document

LAW = "第一条 为了公平，制定本条例。\n\n第二条 本条例适用于本市。\n\n第三条 自公布之日起施行。\n"


class Firm:
    """An assistant's folder and its store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.documents = root / "documents"
        self.documents.mkdir(parents=True)
        self.store = Store.open(root / ".domainkit" / "store.sqlite", create=True)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.documents / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def ingest(self, *paths: Path | Source, **options: object) -> Report:
        return ingest(
            paths or (self.documents,), self.store, base=self.root, options=Options(**options)
        )

    def outcomes(self, **options: object) -> dict[str, str]:
        return {file.path: file.outcome for file in self.ingest(**options).files}

    def texts(self) -> dict[str, str]:
        return {d.source: self.store.document(d.id).text for d in self.store.documents()}

    def ids(self) -> dict[str, str]:
        return {d.source: d.id for d in self.store.documents()}


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    made = Firm(tmp_path / "firm")
    yield made
    made.store.close()


def test_a_folder_is_read_and_then_unchanged(firm: Firm) -> None:
    firm.write("law.txt", LAW)
    firm.write("notes/letter.txt", "Dear Ms Smith.")
    report = firm.ingest()
    assert [(f.path, f.outcome, f.profile, f.passages) for f in report.files] == [
        ("documents/law.txt", "read", "statute", 3),
        ("documents/notes/letter.txt", "read", "plain", 1),
    ]
    assert [(f.number, f.total) for f in report.files] == [(1, 2), (2, 2)]
    assert report.passages == 4
    generation = firm.store.generation
    assert set(firm.outcomes().values()) == {"unchanged"}
    assert firm.store.generation == generation
    assert {e.group for e in firm.store.entries()} == {"", "notes"}


def test_a_changed_file_is_read_again_and_keeps_what_did_not_change(firm: Firm) -> None:
    firm.write("law.txt", LAW)
    firm.ingest()
    before, ids = {e.passage.locator: e.key for e in firm.store.entries()}, firm.ids()
    firm.write("law.txt", LAW.replace("本市", "全省") + "\n第四条 本条例由市政府解释。\n")
    assert firm.outcomes() == {"documents/law.txt": "read"}
    after = {e.passage.locator: e.key for e in firm.store.entries()}
    assert firm.ids() == ids
    assert {k: after[k] for k in ("第一条", "第三条")} == {
        k: before[k] for k in ("第一条", "第三条")
    }
    assert after["第二条"] != before["第二条"]
    assert set(after) == {"第一条", "第二条", "第三条", "第四条"}


def test_a_renamed_file_keeps_its_identity(firm: Firm) -> None:
    path = firm.write("law.md", f"# Ordinance\n\n{LAW}")
    firm.ingest()
    keys, ids = [e.key for e in firm.store.entries()], firm.ids()
    path.rename(path.with_name("act.md"))
    report = firm.ingest()
    assert [(f.path, f.outcome, f.reason, f.was) for f in report.files] == [
        ("documents/act.md", "read", "", "documents/law.md")
    ]
    assert firm.ids() == {"documents/act.md": ids["documents/law.md"]}
    assert [e.key for e in firm.store.entries()] == keys
    assert [f.path for f in firm.store.files()] == ["documents/act.md"]
    assert set(firm.outcomes().values()) == {"unchanged"}


def test_what_is_called_by_its_files_name_is_renamed_with_it(firm: Firm) -> None:
    path = firm.write("law.txt", LAW)
    firm.ingest()
    ids = firm.ids()
    path.rename(path.with_name("act.txt"))
    firm.ingest()
    assert list(firm.ids().values()) == list(ids.values())
    assert {e.passage.title for e in firm.store.entries()} == {"act"}


def test_a_file_moved_below_its_folder_is_not_read_again(firm: Firm) -> None:
    path = firm.write("laws/a/law.txt", LAW)
    firm.ingest()
    (firm.documents / "laws" / "b").mkdir()
    path.rename(firm.documents / "laws" / "b" / "law.txt")
    (line,) = firm.ingest().files
    assert (line.outcome, line.was) == ("unchanged", "documents/laws/a/law.txt")


def test_a_file_moved_to_another_group_is_indexed_anew(firm: Firm) -> None:
    path = firm.write("law.txt", LAW)
    firm.ingest()
    ids = firm.ids()
    (firm.documents / "old").mkdir()
    path.rename(firm.documents / "old" / "law.txt")
    assert firm.outcomes() == {"documents/old/law.txt": "read"}
    assert list(firm.ids().values()) == list(ids.values())
    assert {e.group for e in firm.store.entries()} == {"old"}


def test_a_duplicate_is_linked_until_it_differs(firm: Firm) -> None:
    firm.write("a.txt", "Same text.")
    copy = firm.write("b.txt", "Same text.")
    report = firm.ingest()
    assert [(f.outcome, f.reason) for f in report.files] == [
        ("read", ""),
        ("linked", "the same content as documents/a.txt"),
    ]
    assert firm.store.counts().passages == 1
    generation = firm.store.generation
    assert list(firm.outcomes().values()) == ["unchanged", "linked"]
    assert firm.store.generation == generation
    copy.write_text("Its own text.", "utf-8")
    assert list(firm.outcomes().values()) == ["unchanged", "read"]
    assert firm.store.counts().passages == 2


def test_a_duplicate_takes_over_when_the_original_goes(firm: Firm) -> None:
    original = firm.write("a.txt", "Same text.")
    firm.write("b.txt", "Same text.")
    firm.ingest()
    ids = firm.ids()
    original.unlink()
    assert firm.outcomes() == {"documents/b.txt": "read"}
    assert firm.ids() == {"documents/b.txt": ids["documents/a.txt"]}


def test_two_files_that_change_places_lose_nothing(firm: Firm) -> None:
    a, b = firm.write("a.txt", "Text A."), firm.write("b.txt", "Text B.")
    firm.ingest()
    a.write_text("Text B.", "utf-8")
    b.write_text("Text A.", "utf-8")
    firm.ingest()
    assert firm.texts() == {"documents/a.txt": "Text B.", "documents/b.txt": "Text A."}
    assert set(firm.outcomes().values()) == {"unchanged"}


def test_a_copy_made_before_an_edit_is_read(firm: Firm) -> None:
    firm.write("m.txt", "Version one.")
    firm.ingest()
    firm.write("a-copy.txt", "Version one.")
    firm.write("m.txt", "Version two.")
    firm.ingest()
    assert firm.texts() == {
        "documents/a-copy.txt": "Version one.",
        "documents/m.txt": "Version two.",
    }


def test_a_new_file_at_an_old_path_is_a_document_of_its_own(firm: Firm) -> None:
    path = firm.write("a.txt", "First.")
    firm.ingest()
    first = firm.ids()["documents/a.txt"]
    path.rename(firm.documents / "b.txt")
    firm.ingest()
    firm.write("b.txt", "Second.")
    firm.write("a.txt", "First.")
    firm.ingest()
    ids = firm.ids()
    assert ids["documents/b.txt"] == first
    assert ids["documents/a.txt"] != first


def test_every_kind_of_bad_file_costs_one_line(firm: Firm) -> None:
    firm.write("good.txt", "A good text.")
    firm.write("empty.txt", b"")
    firm.write("front.md", "---\ntitle: x\n---\n")
    firm.write("binary.txt", bytes(range(256)))
    firm.write("image.png", b"\x89PNG\r\n\x1a\n\x00\x00")
    firm.write("law.md", "---\nprofile: statue\n---\ntext\n")
    files = firm.ingest().files
    reasons = {f.path.partition("/")[2]: (f.outcome, f.reason) for f in files}
    assert all(f.hint for f in files if f.outcome == "refused")
    assert reasons == {
        "good.txt": ("read", ""),
        "empty.txt": ("refused", "the file is empty (0 bytes)"),
        "front.md": ("refused", "it holds no text"),
        "binary.txt": ("refused", "it holds binary data, not text"),
        "image.png": ("refused", "the picture is damaged"),
        "law.md": ("refused", "there is no reading profile called 'statue'"),
    }
    assert {f.path for f in firm.store.files() if f.outcome == "refused"} == {
        f"documents/{name}" for name in reasons if name != "good.txt"
    }
    generation = firm.store.generation
    firm.ingest()
    assert firm.store.generation == generation == 1


def test_a_refused_file_is_not_tried_again_until_something_changes(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = firm.write("a.md", "---\n[\n---\ntext\n")
    (first,) = firm.ingest().files
    tried: list[Path] = []
    real = MarkdownReader.read

    def read(self: MarkdownReader, path: Path) -> Iterator[Document]:
        tried.append(path)
        return real(self, path)

    monkeypatch.setattr(MarkdownReader, "read", read)
    (again,) = firm.ingest().files
    assert (again.outcome, again.reason, again.hint) == ("refused", first.reason, first.hint)
    assert tried == []
    assert firm.outcomes(passwords=("x",)) == {"documents/a.md": "refused"}
    assert len(tried) == 1
    path.write_text("Mended.", "utf-8")
    assert firm.outcomes() == {"documents/a.md": "read"}


def test_a_missing_library_is_tried_again(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    firm.write("a.txt", "Text.")

    def missing(self: PlainReader, path: Path) -> Iterator[Document]:
        raise MissingExtra("reading text needs the library x", hint="pip install x")

    with monkeypatch.context() as patched:
        patched.setattr(PlainReader, "read", missing)
        (line,) = firm.ingest().files
    assert (line.outcome, line.hint) == ("refused", "pip install x")
    assert firm.outcomes() == {"documents/a.txt": "read"}


def test_a_file_that_breaks_later_still_answers_and_is_tried_again(firm: Firm) -> None:
    path = firm.write("law.txt", LAW)
    firm.ingest()
    path.write_bytes(bytes(range(256)) * 4)
    (line,) = firm.ingest().files
    assert line.outcome == "refused"
    assert "what was read of it before still answers" in line.reason
    assert firm.texts() == {"documents/law.txt": LAW}
    path.write_text(LAW, "utf-8")
    assert firm.outcomes() == {"documents/law.txt": "unchanged"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(2, "gone"), "the file vanished before it was read"),
        (PermissionError(13, "no"), "there is no permission to read the file"),
        (OSError(5, "Input/output error"), "it cannot be read (Input/output error)"),
        (RecursionError(), "its elements are nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_opened_costs_one_line(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    firm.write("a.txt", "Text.")
    firm.write("b.txt", "Text too.")
    real = PlainReader.read

    def read(self: PlainReader, path: Path) -> Iterator[Document]:
        if path.name == "a.txt":
            raise error
        return real(self, path)

    monkeypatch.setattr(PlainReader, "read", read)
    first, second = firm.ingest().files
    assert (first.outcome, first.reason, second.outcome) == ("refused", reason, "read")


def test_a_bug_is_not_hidden(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    firm.write("a.txt", "Text.")

    def broken(self: PlainReader, path: Path) -> Iterator[Document]:
        raise ZeroDivisionError

    monkeypatch.setattr(PlainReader, "read", broken)
    with pytest.raises(ZeroDivisionError):
        firm.ingest()


def test_a_missing_path_and_an_empty_folder_are_lines_too(firm: Firm, tmp_path: Path) -> None:
    report = firm.ingest(tmp_path / "nowhere", firm.documents)
    assert [(f.outcome, f.reason) for f in report.files] == [
        ("refused", "there is no such file or folder"),
        ("refused", "the folder holds no documents"),
    ]
    assert len(report.refused) == 2
    assert firm.ingest(Source(firm.documents, optional=True)).files == ()


def test_strict_stops_at_the_first_refusal_and_keeps_what_was_read(firm: Firm) -> None:
    firm.write("a.txt", "Text.")
    firm.write("b.txt", b"")
    firm.write("c.txt", "Never reached.")
    with pytest.raises(IngestionError, match=r"documents/b\.txt: the file is empty"):
        firm.ingest(strict=True)
    assert list(firm.texts()) == ["documents/a.txt"]


def test_files_gone_from_the_disk_are_named_and_forgotten_on_demand(firm: Firm) -> None:
    path = firm.write("a.txt", "Text A.")
    firm.write("b.txt", "Text B.")
    firm.ingest()
    path.unlink()
    assert firm.ingest().missing == ("documents/a.txt",)
    assert len(firm.texts()) == 2
    report = firm.ingest(sync=True)
    assert [(f.path, f.outcome) for f in report.files] == [
        ("documents/b.txt", "unchanged"),
        ("documents/a.txt", "removed"),
    ]
    assert report.missing == ()
    assert list(firm.texts()) == ["documents/b.txt"]


def test_one_folder_says_nothing_of_what_is_gone_from_another(firm: Firm) -> None:
    firm.write("x/a.txt", "A.")
    gone = firm.write("y/b.txt", "B.")
    firm.ingest()
    gone.unlink()
    assert firm.ingest(firm.documents / "x", sync=True).counts() == {"unchanged": 1}
    assert len(firm.texts()) == 2


def test_profiles_are_assigned_by_folder_source_and_front_matter(firm: Firm) -> None:
    firm.write("laws/a.txt", "Some text.")
    firm.write("b.txt", "Some other text.")
    assert [f.profile for f in firm.ingest(assigned={"laws": "statute"}).files] == [
        "plain",
        "statute",
    ]
    assert firm.outcomes(assigned={"laws": "statute"})["documents/laws/a.txt"] == "unchanged"
    assert firm.outcomes()["documents/laws/a.txt"] == "read"
    (line,) = firm.ingest(Source(firm.documents / "b.txt", profile="paper")).files
    assert (line.outcome, line.profile) == ("read", "paper")


def test_records_are_documents_of_one_file(firm: Firm) -> None:
    firm.write("all.jsonl", '{"_id": "x", "text": "One."}\n{"_id": "y", "text": ""}\n')
    (line,) = firm.ingest().files
    assert (line.outcome, line.passages, line.reason) == ("read", 1, "1 of 2 records hold no text")
    assert list(firm.texts()) == ["documents/all.jsonl#x", "documents/all.jsonl#y"]
    firm.write("all.jsonl", '{"_id": "x", "text": "One."}\n{"_id": "x", "text": "Again."}\n')
    (line,) = firm.ingest().files
    assert line.reason.startswith("line 2: the id 'x' is that of line 1")
    assert len(firm.texts()) == 2


def test_an_interrupted_ingest_keeps_whole_files_and_goes_on(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        firm.write(f"{name}.txt", f"Text {name}.")

    def stop(line: FileReport) -> None:
        if line.path == "documents/b.txt":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest([firm.documents], firm.store, base=firm.root, progress=stop)
    assert len(firm.texts()) == 2
    assert list(firm.outcomes().values()) == ["unchanged", "unchanged", "read"]


def test_a_store_that_cannot_be_written_ends_the_ingest(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.write("a.txt", "Text.")

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Store, "replace", full)
    with pytest.raises(StoreError, match="the disk is full"):
        firm.ingest()


def test_the_assistant_can_be_moved_as_a_whole(firm: Firm, tmp_path: Path) -> None:
    firm.write("a.txt", "Text.")
    firm.ingest()
    firm.store.close()
    moved = firm.root.rename(tmp_path / "moved")
    store = Store.open(moved / ".domainkit" / "store.sqlite")
    report = ingest([moved / "documents"], store, base=moved)
    assert [f.outcome for f in report.files] == ["unchanged"]
    store.close()


def test_a_hash_in_a_files_name_is_no_record(firm: Firm) -> None:
    firm.write("no#4.txt", "Text.")
    firm.ingest()
    assert list(firm.texts()) == ["documents/no#4.txt"]
