from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domainkit import settings
from domainkit.cli.new import app
from domainkit.errors import DomainkitError, IngestionError, PackError, SettingsError
from domainkit.packs import lint, loader


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_writes_an_assistant_and_says_what_comes_next(tmp_path: Path) -> None:
    shown = run("my-firm", "--domain", "legal")
    assert loader.load(tmp_path / "my-firm").manifest.extends == "legal"
    assert "Wrote 11 files to my-firm:" in shown
    assert "  domainkit.toml\n" in shown
    assert shown.rstrip().endswith(
        '  cd my-firm\n  domainkit ingest\n  domainkit ask "your question"'
    )


def test_a_dry_run_lists_and_writes_nothing(tmp_path: Path) -> None:
    shown = run("--domain", "biomedical", "--dry-run")
    assert "Would write 11 files to biomedical-assistant:" in shown
    assert "cd " not in shown
    assert list(tmp_path.iterdir()) == []


def test_json_says_the_same(tmp_path: Path) -> None:
    told = json.loads(run("x", "--domain", "legal", "--lang", "zh", "--dir", "deep/er", "--json"))
    assert told["folder"] == str(tmp_path / "deep" / "er")
    assert (told["name"], told["domain"], told["written"]) == ("x", "legal", True)
    assert "domain.yaml" in told["files"]
    assert loader.load(tmp_path / "deep" / "er").manifest.languages[0] == "zh"


def test_a_second_time_is_refused() -> None:
    run("x", "--domain", "biomedical")
    with pytest.raises(PackError, match="is not empty; nothing was written"):
        CliRunner().invoke(app, ["x", "--domain", "biomedical"], catch_exceptions=False)


def test_a_flag_decides_each_answer(tmp_path: Path) -> None:
    run(
        "clinic", "--domain", "legal", "--language", "zh", "--only", "--jurisdiction", "no",
        "--jurisdiction", "us-ca", "--audience", "nurses: two", "--tier", "cpu", "--engine",
        "chat", "--url", "http://127.0.0.1:9/v1", "--model", "own", "--no-knowledge",
    )  # fmt: skip
    pack = loader.load(tmp_path / "clinic")
    assert pack.manifest.languages == ("zh",)
    assert pack.manifest.jurisdictions == ("NO", "US-CA")
    assert pack.manifest.scope.audience == "nurses: two"
    assert pack.manifest.knowledge == {}
    loaded = settings.load(tmp_path / "clinic", environ={})
    assert (loaded.tier, loaded.generation.engine) == ("cpu", "chat")
    assert (loaded.generation.url, loaded.generation.model) == ("http://127.0.0.1:9/v1", "own")
    assert lint.check(tmp_path / "clinic") == []


@pytest.mark.parametrize(("place", "known"), [("uk", True), ("FR", True), ("Atlantis", False)])
def test_a_place_without_an_emergency_number_is_named(place: str, known: bool) -> None:
    asked = ("x", "--domain", "medical", "--jurisdiction", place, "--dry-run")
    assert bool(json.loads(run(*asked, "--json"))["notes"]) is not known
    result = CliRunner().invoke(app, asked)
    assert (f"no emergency number is known for '{place}'" in result.stderr) is not known


def test_documents_are_copied_with_what_describes_them(tmp_path: Path) -> None:
    source = tmp_path / "from" / "deep"
    source.mkdir(parents=True)
    (source / "a.md").write_text("# A\n\nText of it.")
    (source / "a.md.meta.yaml").write_text("title: Alpha")
    (source / ".hidden").write_text("no")
    shown = run("x", "--domain", "biomedical", "--documents", "from")
    assert "Copied 1 documents, 0.0 MB from" in shown
    assert (tmp_path / "x/documents/deep/a.md").read_text() == "# A\n\nText of it."
    assert (tmp_path / "x/documents/deep/a.md.meta.yaml").is_file()
    assert not (tmp_path / "x/documents/.hidden").exists()


def test_documents_may_stay_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "my docs").mkdir()
    (tmp_path / "my docs" / "a.md").write_text("text")
    told = json.loads(
        run("x", "--domain", "biomedical", "--documents", "my docs", "--no-copy", "--json")
    )
    assert told["documents"]["files"] == 1
    assert told["next"][1] == f"domainkit ingest '{tmp_path / 'my docs'}'"
    assert [p.name for p in (tmp_path / "x/documents").iterdir()] == [".put-your-documents-here"]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (["--engine", "openvno"], SettingsError, "there is no engine called 'openvno'"),
        (["--url", "file:///x"], SettingsError, "generation.url"),
        (["--jurisdiction", "G B"], PackError, "'G B' is no code of a country"),
        (["--documents", "nowhere"], IngestionError, "there is no such folder"),
        (["--documents", "."], IngestionError, "there is no document in it"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    arguments: list[str], error: type[DomainkitError], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        CliRunner().invoke(
            app, ["x", "--domain", "biomedical", *arguments], catch_exceptions=False
        )
    assert list(tmp_path.iterdir()) == []


def test_the_domain_must_be_given() -> None:
    result = CliRunner().invoke(app, ["x"])
    assert result.exit_code == 2
    assert "--domain" in result.stderr
