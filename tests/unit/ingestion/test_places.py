"""Which files are covered, and the names they keep."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from domainkit.ingestion.places import Places, Source, walk
from domainkit.store import Store


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")
    return root


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store.sqlite", create=True)


def names(*sources: Source, base: Path, store: Store) -> list[str]:
    places = Places(store, base)
    return [places.name(found) for found in walk(sources) if not found.problem]


def test_folders_are_walked_in_order_without_what_is_no_document(
    tmp_path: Path, store: Store
) -> None:
    base = tree(
        tmp_path / "firm",
        "documents/b.txt",
        "documents/a/c.txt",
        "documents/.hidden",
        "documents/.git/x.txt",
        "documents/README.md",
        "documents/SOURCES.yaml",
        "documents/a/a.meta.yaml",
        "documents/~$b.docx",
        ".domainkit/store.txt",
        "notes.txt",
    )
    assert names(Source(base), base=base, store=store) == [
        "notes.txt",
        "documents/b.txt",
        "documents/a/c.txt",
    ]


def test_a_file_given_by_name_is_read_whatever_it_is_called(tmp_path: Path, store: Store) -> None:
    base = tree(tmp_path / "firm", "README.md", "documents/a.txt")
    sources = [
        Source(base / "README.md"),
        Source(base / "documents"),
        Source(base / "documents/a.txt"),
    ]
    assert names(*sources, base=base, store=store) == ["README.md", "documents/a.txt"]


def test_elsewhere_the_ingested_folder_begins_the_name(tmp_path: Path, store: Store) -> None:
    base = tree(tmp_path / "firm", "documents/a.txt")
    outside = tree(tmp_path / "x" / "laws", "zh/a.txt", "b.txt")
    other = tree(tmp_path / "y" / "laws", "b.txt")
    assert names(Source(outside), base=base, store=store) == ["laws/b.txt", "laws/zh/a.txt"]
    assert names(Source(other / "b.txt"), base=base, store=store) == ["laws-2/b.txt"]
    assert names(Source(outside / "b.txt"), base=base, store=store) == ["laws/b.txt"]
    assert names(Source(outside / "zh"), base=base, store=store) == ["laws/zh/a.txt"]
    places = Places(store, base)
    assert places.find("laws-2/b.txt") == other / "b.txt"
    assert places.find("documents/a.txt") == base / "documents/a.txt"


def test_a_folder_elsewhere_is_never_taken_for_one_of_the_assistant(
    tmp_path: Path, store: Store
) -> None:
    base = tree(tmp_path / "firm", "documents/a.txt")
    outside = tree(tmp_path / "x" / "documents", "a.txt")
    assert names(Source(outside), base=base, store=store) == ["documents-2/a.txt"]


def test_groups_are_the_folders_below_the_ingested_one(tmp_path: Path, store: Store) -> None:
    places = Places(store, tmp_path)
    assert places.group("documents/hr/leave/a.txt") == "hr"
    assert places.group("documents/a.txt") == places.group("a.txt") == ""


def test_a_path_with_dots_is_settled(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tree(tmp_path / "firm", "documents/a.txt")
    monkeypatch.chdir(base / "documents")
    assert names(Source(Path()), base=base, store=store) == ["documents/a.txt"]
    assert names(Source(Path("../documents/a.txt")), base=base, store=store) == ["documents/a.txt"]


def test_what_is_amiss_is_said(tmp_path: Path) -> None:
    folder = tree(tmp_path / "f", "a.txt")
    (folder / "empty").mkdir()
    (folder / "gone.txt").symlink_to(tmp_path / "nowhere")
    (folder / "linked").symlink_to(tmp_path, target_is_directory=True)
    sources = [
        Source(tmp_path / "missing"),
        Source(folder / "empty"),
        Source(folder),
        Source(folder / "gone.txt"),
        Source(tmp_path / "absent", optional=True),
    ]
    problems = {found.path.name: found.problem for found in walk(sources)}
    assert problems == {
        "missing": "there is no such file or folder",
        "empty": "the folder holds no documents",
        "a.txt": "",
        "gone.txt": "the link points to nothing",
        "linked": "a link to a folder is not followed",
    }


def test_what_is_no_file_is_never_opened(tmp_path: Path, store: Store) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("x", "utf-8")
    found = {item.path.name: item for item in walk([Source(tmp_path)]) if item.problem}
    assert found["pipe.txt"].problem == "it is a pipe, a socket or a device"
    odd = found[os.fsdecode(b"\xff.txt")]
    assert odd.problem == "its name is not valid Unicode"
    assert Places(store, tmp_path / "elsewhere").shown(odd).endswith("?.txt")


def test_an_optional_folder_may_be_empty(tmp_path: Path) -> None:
    assert list(walk([Source(tmp_path, optional=True)])) == []


def test_a_folder_that_cannot_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tree(tmp_path / "f", "a.txt", "closed/b.txt")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    found = {item.path.name: item.problem for item in walk([Source(folder)])}
    assert found == {"a.txt": "", "closed": "there is no permission to read the folder"}
