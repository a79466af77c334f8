"""What is said beside a document counts more than what it says itself, and a slip is an error."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from domainkit.errors import IngestionError
from domainkit.ingestion import Report, ingest, sidecar
from domainkit.ingestion.explain import explain
from domainkit.store import Store
from domainkit.types import Document, Validity


def described(folder: Path, said: str, text: str = "Some text.", name: str = "a.md") -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    (folder / f"{name}.meta.yaml").write_text(said, encoding="utf-8")
    (explained, *_) = explain(folder / name)
    return explained.document


def test_every_field_is_typed(tmp_path: Path) -> None:
    document = described(
        tmp_path,
        "title: Fisheries Act\nlanguage: zh\nprofile: statute\neffective_from: 2020-01-01\n"
        "effective_to: 2024-03-01\nsuperseded_by: the Act of 2024\njurisdiction: Freedonia\n"
        "authority: act\nurl: https://example.org/act\nlicence: public domain\n",
    )
    assert (document.title, document.language, document.profile) == (
        "Fisheries Act",
        "zh",
        "statute",
    )
    assert document.validity == Validity(date(2020, 1, 1), date(2024, 3, 1), "the Act of 2024")
    assert (document.jurisdiction, document.authority) == ("Freedonia", "act")
    assert (document.url, document.licence) == ("https://example.org/act", "public domain")


def test_it_counts_more_than_front_matter(tmp_path: Path) -> None:
    text = "---\ntitle: Old\nsource_url: https://example.org/a\nlicense: CC0\n---\nSome text."
    document = described(tmp_path, "title: New\n", text)
    assert document.title == "New"
    assert (document.url, document.licence) == ("https://example.org/a", "CC0")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (
            "juristiction: Freedonia\n",
            "a.md.meta.yaml:juristiction: .*did you mean 'jurisdiction'",
        ),
        ("effective_from: soon\n", "a.md.meta.yaml:effective_from: .*date"),
        ("effective_from: 2024-01-01\neffective_to: 2023-01-01\n", "is not after effective_from"),
        ("url: example.org\n", "a.md.meta.yaml:url"),
        ("- a list\n", "expected a mapping"),
        ("language: fr\n", "a.md.meta.yaml:language"),
    ],
)
def test_a_slip_refuses_the_file(tmp_path: Path, said: str, fault: str) -> None:
    with pytest.raises(IngestionError, match=fault):
        described(tmp_path, said)


def test_the_full_name_of_the_file_comes_first(tmp_path: Path) -> None:
    for name in ("law.md", "law.meta.yaml", "law.md.meta.yaml"):
        (tmp_path / name).touch()
    assert sidecar.beside(tmp_path / "law.md") == tmp_path / "law.md.meta.yaml"
    assert sidecar.beside(tmp_path / "law.pdf") == tmp_path / "law.meta.yaml"
    assert sidecar.beside(tmp_path / "act.pdf") is None


def test_a_title_is_not_put_on_every_record(tmp_path: Path) -> None:
    document = described(tmp_path, "title: All\nauthority: act\n", "id,text\n1,One.\n", "a.csv")
    assert document.title != "All"
    assert document.authority == "act"


def test_a_changed_sidecar_reads_its_file_again_and_a_lone_one_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    described(folder, "title: One\n")
    (folder / "b.meta.yaml").write_text("title: Lost\n")

    with closing(Store.open(tmp_path / "store.sqlite", create=True)) as store:

        def run() -> Report:
            return ingest([folder], store, base=tmp_path)

        lone, file = sorted(run().files, key=lambda line: line.outcome == "read")
        assert (file.path, file.outcome) == ("documents/a.md", "read")
        assert (lone.path, lone.reason) == (
            "documents/b.meta.yaml",
            "it describes no file of this folder",
        )
        assert {line.outcome for line in run().files} == {"unchanged", "refused"}
        (folder / "a.md.meta.yaml").write_text("title: Two\n")
        assert {line.outcome for line in run().files} == {"read", "refused"}
