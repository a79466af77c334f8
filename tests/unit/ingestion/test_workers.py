"""A file whose parser hangs, dies or bursts costs one line; the order of files stays theirs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import minimal_pdf
import pytest

from domainkit.errors import IngestionError
from domainkit.ingestion import Options, Report, frames, ingest, workers
from domainkit.ingestion.explain import explain
from domainkit.ingestion.limits import Limits
from domainkit.ingestion.parsing import Part, ReaderDied, Task
from domainkit.ingestion.profile import Profiles
from domainkit.ingestion.worker import Setup
from domainkit.store import Store
from domainkit.store.identity import document_id, with_ids
from domainkit.types import Document, Passage, Section, Span, Validity

LETTER = "Dear Ms Smith, we write of the lease of the second floor. " * 1200  # over 64 KiB
QUICK = Limits(seconds=2, memory=512 << 20)
PLUGIN = """
import ctypes, time
from domainkit.types import Document

class Bad:
    def read(self, path):
        kind = path.suffix[1:]
        if kind == "hangs":
            time.sleep(60)
        if kind == "dies":
            ctypes.string_at(0)
        if kind == "grows":
            held = [bytearray(1 << 24) for _ in range(64)]
        if kind == "worn":
            Bad.files = getattr(Bad, "files", 0) + 1
            if Bad.files > 1:
                ctypes.string_at(0)
        if kind == "fails":
            raise KeyError("x")
        if kind == "slow":
            for _ in range(4):
                time.sleep(0.7)
                from domainkit.ingestion.limits import alive
                alive()
        yield Document(id="", source=path.name, title="t", text="It was read in the end.")
"""
KINDS = ("hangs", "dies", "grows", "worn", "fails", "slow")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path / "store.sqlite", create=True)) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    return made


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers that hang, die, grow and fail, installed as a user's plugin would be."""
    site = tmp_path / "site"
    about = site / "bad-1.dist-info"
    about.mkdir(parents=True)
    (site / "bad_readers.py").write_text(PLUGIN, "utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1\n", "utf-8")
    lines = [f"{kind} = bad_readers:Bad" for kind in KINDS]
    (about / "entry_points.txt").write_text("\n".join(["[domainkit.readers]", *lines]), "utf-8")
    monkeypatch.syspath_prepend(site)


def read(folder: Path, store: Store, **options: object) -> Report:
    return ingest([folder], store, base=folder.parent, options=Options(**options))


@pytest.mark.usefixtures("plugin")
def test_what_brings_a_parser_down_costs_one_line_each(folder: Path, store: Store) -> None:
    for number, kind in enumerate((*KINDS, "txt")):
        (folder / f"{number}.{kind}").write_text(f"{kind} {LETTER}", "utf-8")
    report = read(folder, store, limits=QUICK, workers=2)
    lines = {Path(file.path).suffix[1:]: file for file in report.files}
    assert [Path(file.path).suffix[1:] for file in report.files] == [*KINDS, "txt"]
    assert lines["hangs"].reason == "reading it went on for 2 s without a page done"
    assert lines["dies"].reason == "what reads it failed (SIGSEGV)"
    assert lines["grows"].reason == "reading it takes more than 512 MiB"
    assert lines["fails"].reason == "what reads it failed (KeyError: 'x')"
    assert all(line.hint for line in report.refused)
    assert (lines["slow"].outcome, lines["txt"].outcome) == ("read", "read")


@pytest.mark.usefixtures("plugin")
def test_what_other_files_left_in_a_worker_costs_no_file(folder: Path, store: Store) -> None:
    for number in range(3):
        (folder / f"{number}.worn").write_text(f"{number} {LETTER}", "utf-8")
    report = read(folder, store, limits=QUICK, workers=1)
    assert [file.outcome for file in report.files] == ["read", "read", "read"]


@pytest.mark.usefixtures("plugin")
def test_what_died_is_tried_again_and_what_is_too_large_is_not(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.fails").write_text("text", "utf-8")
    (folder / "b.grows").write_text("text", "utf-8")
    assert len(read(folder, store, limits=QUICK).refused) == 2
    tried: list[str] = []
    real = workers.Workers.begin

    def begin(self: workers.Workers, task: workers.Task) -> workers.Remote:
        tried.append(task.path.name)
        return real(self, task)

    monkeypatch.setattr(workers.Workers, "begin", begin)
    assert len(read(folder, store, limits=QUICK).refused) == 2
    assert tried == ["a.fails"]
    wider = Limits(seconds=60, memory=4 << 30)
    assert [file.outcome for file in read(folder, store, limits=wider).files] == [
        "refused",
        "read",
    ]


def test_order_and_content_do_not_depend_on_the_workers(folder: Path, tmp_path: Path) -> None:
    for number in range(5):
        size = 40 if number % 2 else 1
        text = "".join(f"<p>Paragraph {number} of {n}.</p>" for n in range(1, 30 * size))
        (folder / f"{number}.html").write_text(f"<html><body>{text}", "utf-8")
    (folder / "5.html").write_bytes((folder / "1.html").read_bytes())
    seen = []
    for count in (1, 2):
        with closing(Store.open(tmp_path / f"{count}.sqlite", create=True)) as made:
            report = read(folder, made, workers=count)
            texts = [made.document(d.id).text for d in made.documents()]
            ids = [d.id for d in made.documents()]
        seen.append(([(f.path, f.outcome, f.passages) for f in report.files], texts, ids))
    assert seen[0] == seen[1]
    assert [outcome for _, outcome, _ in seen[0][0]] == ["read"] * 5 + ["linked"]


def test_small_texts_and_unchanged_folders_start_no_worker(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.html").write_text("<html><p>A page of the web.", "utf-8")
    (folder / "b.html").write_text("<html><body></body></html>", "utf-8")
    assert [file.outcome for file in read(folder, store).files] == ["read", "refused"]

    def begin(*_: object) -> None:
        raise AssertionError("a worker was started")

    monkeypatch.setattr(workers.Workers, "__init__", begin)
    (folder / "c.md").write_text("# Notice\n\nThe tenant gives notice.", "utf-8")
    outcomes = [file.outcome for file in read(folder, store).files]
    assert outcomes == ["unchanged", "refused", "read"]


def test_a_file_that_bursts_or_never_ends_is_refused(folder: Path, store: Store) -> None:
    with zipfile.ZipFile(folder / "a.docx", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b" " * (3 << 20))
    (folder / "b.pdf").write_bytes(minimal_pdf.pdf([["one"], ["two"], ["three"]]))
    (folder / "c.txt").write_text("word " * 110_000, "utf-8")
    (folder / "d.html").write_text("<div>" * 20_000 + "deep down", "utf-8")
    report = read(folder, store, limits=Limits(expanded=1 << 20, pages=2))
    reasons = [file.reason for file in report.files]
    assert reasons[0] == "it unpacks to 3 MiB, more than 1"
    assert reasons[1] == "the PDF has 3 pages, more than 2"
    assert reasons[2] == "its text takes more than 1 MiB"
    assert report.files[3].outcome == "read" or "deep" in reasons[3]


def test_stopping_early_leaves_no_process(folder: Path, store: Store) -> None:
    for number in range(6):
        (folder / f"{number}.html").write_text(
            "<html><body></body></html>" + " " * number, "utf-8"
        )
    made: list[subprocess.Popen[bytes]] = []
    with pytest.MonkeyPatch.context() as patched:
        real = subprocess.Popen

        def started(*args: object, **kwargs: object) -> subprocess.Popen[bytes]:
            made.append(real(*args, **kwargs))
            return made[-1]

        patched.setattr(workers.subprocess, "Popen", started)
        with pytest.raises(IngestionError):
            read(folder, store, strict=True, workers=2)
    assert made
    assert all(process.returncode is not None for process in made)


@pytest.mark.usefixtures("plugin")
def test_explaining_is_as_safe(folder: Path) -> None:
    path = folder / "a.dies"
    path.write_text("text", "utf-8")
    with pytest.raises(IngestionError, match="SIGSEGV"):
        explain(path)


def test_a_worker_starts_without_what_it_does_not_need() -> None:
    code = "import sys, domainkit.ingestion.worker; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"sqlalchemy", "tantivy", "numpy", "torch", "pypdfium2", "lxml", "openvino", "PIL"}
    assert not heavy & set(run.stdout.split())


def test_nothing_of_a_part_is_lost_on_the_way() -> None:
    validity = Validity(date(2020, 1, 2), date(2021, 3, 4), "Act 9")
    meta = MappingProxyType({"key": "value"})
    document = Document(
        id="d",
        source="a.txt#1",
        title="A 标题",
        text="one\n\x00 two 二",
        language="zh",
        profile="statute",
        sections=(Section(("a", "b"), Span(0, 3), 1), Section(("c",), Span(3, 8))),
        pages=(Span(0, 3), Span(3, 8)),
        validity=validity,
        jurisdiction="cn",
        authority="law",
        meta=meta,
    )
    passage = Passage(
        id="p",
        document_id="d",
        title="A",
        locator="第一条",
        span=Span(0, 3),
        text="one",
        page=1,
        section=("a", "b"),
        validity=validity,
        meta=meta,
    )
    for value in (document, passage):  # a new field must be tried here too
        defaults = {field.name: field.default for field in fields(type(value))}
        assert all(getattr(value, name) != default for name, default in defaults.items())
    part = Part(document, (passage,), 0.75, ("a sign",))
    assert frames.part_of(frames.part(part)) == part


TASK = Task(Path("a.txt"), "documents/a.txt", "identity")
DOCUMENT = Document(document_id("identity", "1"), "documents/a.txt#1", "A", "one two")
(PASSAGE,) = with_ids([Passage("", DOCUMENT.id, "A", "", Span(0, 3), "one")])


def told(frame: bytes) -> list[Part]:
    setup = Setup(Profiles.load(), (), Limits())
    remote = workers.Remote(TASK, workers.Workers(setup))
    remote.put(frame)
    remote.put(frames.DONE)
    return list(remote)


@pytest.mark.parametrize(
    "frame",
    [
        frames.PART + b"{}",
        frames.FAILED + b"[]",
        frames.DONE + b"\xff",
        *(
            frames.part(Part(document, (passage,), 1.0, ()))
            for document, passage in (
                (replace(DOCUMENT, id=document_id("another file")), PASSAGE),
                (replace(DOCUMENT, source="documents/b.txt#1"), PASSAGE),
                (DOCUMENT, replace(PASSAGE, id="0123456789abcdef")),
                (DOCUMENT, replace(PASSAGE, span=Span(1, 4))),
            )
        ),
    ],
)
def test_a_worker_is_not_believed_that_speaks_of_another_file(frame: bytes) -> None:
    part = Part(DOCUMENT, (PASSAGE,), 1.0, ())
    assert told(frames.part(part)) == [part]
    with pytest.raises(ReaderDied, match="nonsense") as died:
        told(frame)
    assert died.value.__cause__ is None


@pytest.mark.usefixtures("plugin")
def test_a_large_parent_is_not_taken_for_a_large_reader(folder: Path, store: Store) -> None:
    held = bytearray(b"x") * (600 << 20)  # more than a worker may hold
    (folder / "0.dies").write_text(f"dies {LETTER}", "utf-8")

    report = read(folder, store, limits=QUICK, workers=1)

    assert len(held) > QUICK.memory
    assert [file.reason for file in report.files] == ["what reads it failed (SIGSEGV)"]
