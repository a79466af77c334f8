"""The doctor finds every kind of drift and damage, mends it, and then finds nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from newcomer import Run, run_within

from domainkit.retrieval.faiss_index import FaissIndex
from domainkit.retrieval.lexical import TantivyIndex
from domainkit.store import Store
from domainkit.testing import HashEmbedder

HOURS = "# Hours\n\nThe clinic opens at 7:45 on Mondays.\n"
SETTINGS = {
    "DOMAINKIT_TIER": "embedded",
    "DOMAINKIT_RETRIEVAL__EMBEDDER": "hash",
    "DOMAINKIT_GENERATION__ENGINE": "extractive",
}
QUESTION = "When does the clinic open on Mondays?"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assistant with vectors, whose own document answers a question. Not to be changed."""
    base = tmp_path_factory.mktemp("base")
    run_within("new", "clinic", "--domain", "medical", cwd=base)
    documents = base / "clinic" / "documents"
    for number in range(8):
        note = f"# Note {number}\n\nVisitor number {number} wears a badge of colour {number}.\n"
        (documents / f"note{number}.md").write_text(note, "utf-8")
    (documents / "hours.md").write_text(HOURS, "utf-8")
    run_within("ingest", "documents", cwd=base / "clinic", **SETTINGS)
    return base / "clinic"


@pytest.fixture
def sick(sound: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a copy of that assistant keeps."""
    shutil.copytree(sound, tmp_path / "clinic")
    monkeypatch.chdir(tmp_path / "clinic")
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "clinic" / ".domainkit"


def lexical(folder: Path) -> TantivyIndex:
    return TantivyIndex(folder / "indexes" / "lexical")


def vectors(folder: Path) -> FaissIndex:
    return FaissIndex(folder / "indexes" / "vectors", HashEmbedder().dim)


def entries(folder: Path) -> list[Any]:
    with closing(Store.open(folder / "store.sqlite")) as store:
        return list(store.entries())


def missing(folder: Path) -> None:
    lexical(folder).remove([entries(folder)[0].key])


def extra(folder: Path) -> None:
    key = entries(folder)[-1].key
    with closing(Store.open(folder / "store.sqlite")) as store, store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM passages WHERE key = ?", (key,))
        connection.exec_driver_sql(
            "UPDATE files SET passages = passages - 1 WHERE path LIKE '%hours%'"
        )


def altered_words(folder: Path) -> None:
    one, two = entries(folder)[-2:]
    lexical(folder).add([type(two)(two.key, one.passage)])


def altered_vectors(folder: Path) -> None:
    entry = entries(folder)[-1]
    vectors(folder).add([entry], HashEmbedder().encode(["something else"], role="passage"))


def altered_rows(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "store.sqlite")) as driver, driver:
        driver.execute("UPDATE passages SET text = text || '!' WHERE text LIKE '%7:45%'")


def behind(folder: Path) -> None:
    with closing(Store.open(folder / "store.sqlite")) as store:
        store.rename("documents/hours.md", "documents/times.md")
    (folder.parent / "documents" / "hours.md").rename(folder.parent / "documents" / "times.md")


def unreadable_index(folder: Path) -> None:
    (folder / "indexes" / "lexical" / "meta.json").write_text("{", "utf-8")


def damaged_cache(folder: Path) -> None:
    (folder / "indexes" / "encoded.sqlite").write_bytes(b"no database" * 500)


def leftovers(folder: Path) -> None:
    (folder / "indexes" / "manifest.json.partial").write_text("{", "utf-8")
    (folder / "indexes" / "lexical" / f"{'0a' * 16}.term").write_bytes(b"left")
    (folder / "indexes-next").mkdir()
    (folder / "indexes-next" / "manifest.json.partial").write_text("{", "utf-8")


Harm = Callable[[Path], None]

SICKNESSES: dict[str, dict[Harm, str]] = {
    "entries": {
        altered_words: "not of their passage",
        altered_vectors: "not of their passage",
        missing: "passages are missing",
        damaged_cache: "damaged",
        leftovers: "left by a process that died",
    },
    "extra": {extra: "entries of no passage"},
    "altered rows": {altered_rows: "not what their documents say"},
    "behind": {behind: "not indexed yet"},
    "unreadable index": {unreadable_index: "cannot be read"},
}


@pytest.mark.parametrize("name", SICKNESSES)
def test_it_finds_mends_and_then_finds_nothing(sick: Path, run: Run, name: str) -> None:
    for harm in SICKNESSES[name]:
        harm(sick)

    found = run("doctor", "--json", "--every")
    assert found.code == 5, found.err
    findings = json.loads(found.out)["findings"]
    for said in SICKNESSES[name].values():
        assert any(said in finding["problem"] for finding in findings), findings
    assert not any(finding["mended"] for finding in findings)

    assert run("doctor", "--repair", "--every").code == 0
    if name == "altered rows":
        assert run("ingest", "documents").code == 0
    assert run("doctor", "--every").out.startswith("The store and its indexes agree")
    found = json.loads(run("retrieve", QUESTION, "--json").out)["passages"]
    assert any("7:45" in passage["text"] for passage in found) == (name != "extra")


def test_a_sound_assistant_has_no_findings(sick: Path, run: Run) -> None:
    found = json.loads(run("doctor", "--json").out)
    assert (found["findings"], found["sound"]) == ([], True)


def test_a_damaged_store_is_set_aside_and_read_again_under_the_same_names(
    sick: Path, run: Run
) -> None:
    with closing(Store.open(sick / "store.sqlite")) as store:
        before = {d.source: d.id for d in store.documents()}
        store.settle()
    path = sick / "store.sqlite"
    content = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as driver:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'documents'"
        page, size = (
            driver.execute(query).fetchone()[0],
            driver.execute("PRAGMA page_size").fetchone()[0],
        )
    content[(page - 1) * size : page * size] = bytes(size)
    path.write_bytes(content)

    assert run("doctor").code == 5
    ran = run("doctor", "--repair")
    assert ran.code == 0, ran.err
    assert "set aside as store.sqlite.damaged-" in ran.out
    assert run("ingest", "documents").code == 0
    with closing(Store.open(path)) as store:
        assert {d.source: d.id for d in store.documents()} == before
    assert run("doctor", "--every").code == 0


def test_where_nothing_was_ingested_it_says_so(empty: Path, run: Run) -> None:
    assert "nothing ingested yet" in run("doctor").line
