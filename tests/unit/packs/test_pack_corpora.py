"""Corpora that a pack names are listed, fetched with their checksum, and said to be missing."""

from __future__ import annotations

import hashlib
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import BinaryIO
from urllib.error import URLError

import pytest
import yaml
from typer.testing import CliRunner

from domainkit.cli.pack import app
from domainkit.errors import PackError
from domainkit.packs import corpora, loader
from domainkit.packs.schemas.sidecar import Sidecar
from domainkit.packs.schemas.sources import Corpus, Sources

TEXT = "# A law\n\n§ 1 Nobody needs to fetch this.\n".encode()
PACKS = ("biomedical", "legal", "medical")


def corpus(**changed: object) -> Corpus:
    said = {
        "name": "a-law",
        "file": "a-law.md",
        "title": "A law",
        "url": "https://example.org/a-law.md",
        "licence": "CC0-1.0",
        "language": "en",
        "jurisdiction": "EU",
        "checked": date(2026, 11, 26),
    }
    return Corpus.model_validate({**said, **changed})


def serves(data: bytes) -> corpora.Open:
    def opened(url: str) -> BinaryIO:
        assert url.startswith("https://example.org/")
        return io.BytesIO(data)

    return opened


def unreachable(url: str) -> BinaryIO:
    raise URLError("no route to host")


def test_a_fetched_corpus_stands_beside_what_says_its_licence(tmp_path: Path) -> None:
    wanted = corpus(sha256=hashlib.sha256(TEXT).hexdigest(), profile="statute")
    done = corpora.fetch(wanted, tmp_path / "documents", opened=serves(TEXT))
    assert (done.outcome, done.path.read_bytes()) == ("fetched", TEXT)
    beside = yaml.safe_load(done.path.with_name("a-law.md.meta.yaml").read_text("utf-8"))
    sidecar = Sidecar.model_validate(beside)
    assert (sidecar.licence, sidecar.jurisdiction) == ("CC0-1.0", "EU")
    assert sidecar.profile == "statute"
    assert sidecar.url == wanted.url
    again = corpora.fetch(wanted, tmp_path / "documents", opened=unreachable)
    assert again.outcome == "present"


def test_another_text_than_the_pack_names_is_refused(tmp_path: Path) -> None:
    done = corpora.fetch(corpus(sha256="0" * 64), tmp_path, opened=serves(TEXT))
    assert done.outcome == "failed"
    assert hashlib.sha256(TEXT).hexdigest() in done.why
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_reached_says_why(tmp_path: Path) -> None:
    done = corpora.fetch(corpus(), tmp_path, opened=unreachable)
    assert (done.outcome, done.why) == ("failed", "no route to host")


def test_a_file_that_never_ends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpora, "LARGEST", 10)
    done = corpora.fetch(corpus(), tmp_path, opened=serves(TEXT))
    assert done.outcome == "failed"
    assert "larger than 10 bytes" in done.why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", PACKS)
def test_each_pack_names_corpora_that_may_be_fetched(name: str) -> None:
    found = corpora.sources(loader.load(name))
    assert found.corpora
    assert all(one.licence and one.url.startswith("https://") for one in found.corpora)
    pinned = [one for one in found.corpora if re.search("/[0-9a-f]{40}/", one.url)]
    assert all(one.sha256 for one in pinned), "a commit always brings the same bytes"


def test_an_unknown_corpus_is_named_with_the_nearest() -> None:
    with pytest.raises(PackError, match="eu-gdpr"):
        corpora.chosen(loader.load("legal"), ["eu-gdpp"])


def test_two_corpora_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'a-law' stands twice"):
        Sources(corpora=(corpus(), corpus(file="other.md")))


def test_show_lists_texts_and_corpora() -> None:
    shown = CliRunner().invoke(app, ["show", "legal", "--sources", "--json"])
    told = json.loads(shown.stdout)
    assert {"lanting-labour-code.md"} <= {source["path"] for source in told["sources"]}
    assert {"eu-gdpr"} <= {corpus["name"] for corpus in told["corpora"]}
    plain = CliRunner().invoke(app, ["show", "legal", "--sources"]).stdout
    for one in told["corpora"]:
        assert f"  {one['url']}\n" in plain  # whole, to be copied
        assert not one["note"] or one["note"] in plain


def test_fetch_brings_what_it_can_and_fails_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(url: str) -> BinaryIO:
        return unreachable(url) if "eur-lex" in url else io.BytesIO(TEXT)

    monkeypatch.setattr(corpora, "_opened", opened)
    names = ["eu-gdpr", "uk-data-protection-act-2018"]
    ran = CliRunner().invoke(app, ["fetch", "legal", *names, "--into", str(tmp_path)])
    assert isinstance(ran.exception, PackError)
    assert "eu-gdpr" in ran.exception.message
    assert "uk-data" not in ran.exception.message
    assert "no route to host" in ran.stdout
    assert (tmp_path / "uk-data-protection-act-2018.html").read_bytes() == TEXT
