from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from domainkit.cli.pack import app
from domainkit.errors import GateFailed, PackError
from domainkit.packs import catalog, loader, render


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "domain.yaml").write_text("schema: 1\nname: broken\nretreival: {k: 3}\n")
    return folder


def test_list_names_every_pack() -> None:
    shown = run("list").stdout
    for name in ("medical", "legal", "biomedical"):
        assert loader.load(name).manifest.title.split()[0] in shown
        assert name in shown


def test_list_as_json_and_a_pack_that_cannot_be_used(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "_shipped", lambda: {"broken": broken})
    (row,) = json.loads(run("list", "--json").stdout)
    assert row["name"] == "broken"
    assert "unknown key; did you mean 'retrieval'?" in row["problem"]
    assert "cannot be used" in run("list").stdout


def test_show_sums_a_pack_up() -> None:
    shown = run("show", "medical").stdout
    assert {"emergency", "injection", "scope"} <= set(re.findall(r"\w+", shown))
    told = json.loads(run("show", "medical", "--json").stdout)
    assert told["fingerprint"] == loader.load("medical").fingerprint
    assert "resolved" not in told


def test_show_resolved_is_yaml_with_origins() -> None:
    shown = run("show", "legal", "--resolved").stdout
    assert yaml.safe_load(shown) == render.resolved(loader.load("legal"))
    assert "k: 5  # legal" in shown
    told = json.loads(run("show", "legal", "--resolved", "--json").stdout)
    assert told["resolved"]["name"] == "legal"
    assert told["origins"]["retrieval.k"] == "legal"


def test_show_of_an_unknown_pack_names_the_nearest() -> None:
    with pytest.raises(PackError) as caught:
        run("show", "medicl")
    assert "did you mean medical" in str(caught.value)


def test_check_of_a_sound_pack_leaves_with_0() -> None:
    result = run("check", "legal")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "legal: no problems\n")
    assert json.loads(run("check", "legal", "--json").stdout) == {
        "pack": "legal", "ok": True, "problems": [],
    }  # fmt: skip


def test_check_lists_everything_and_leaves_with_3(broken: Path) -> None:
    result = run("check", str(broken))
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert "broken/domain.yaml:retreival: unknown key; did you mean 'retrieval'?" in lines
    assert "broken/domain.yaml:title: is missing" in lines
    told = run("check", str(broken), "--json")
    assert told.exit_code == 3
    problems = json.loads(told.stdout)["problems"]
    assert len(problems) == len(lines)
    assert {"file", "key", "problem"} == set(problems[0])


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    """Give a small sound pack."""
    folder = tmp_path / "mini"
    files = {
        "domain.yaml": "schema: 1\nname: mini\nversion: 1.0.0\ntitle: Small\n"
        "retrieval: {k: 5}\nknowledge: {note: {path: knowledge/note.md}}\n",
        "README.md": "A card.\n",
        "prompts/system.en.md": "Answer from the sources.\n",
        "prompts/answer.en.md": "$sources $question\n",
        "prompts/refuse.en.md": "No.\n",
        "prompts/condense.en.md": "$history $question\n",
        "knowledge/note.md": "# A note\n\nKeep it.\n",
        "knowledge/SOURCES.yaml": "sources: [{path: note.md, title: A note, licence: CC0-1.0,"
        " origin: here, date: 2026-01-02}]\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_pack_is_built_verified_installed_and_listed(
    mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMAINKIT_PACKS", str(tmp_path / "packs"))
    monkeypatch.chdir(tmp_path)
    made = json.loads(run("key", "--out", "team.key", "--json").stdout)
    built = json.loads(run("build", "mini", "--key", "team.key", "--json").stdout)
    assert built["archive"] == "mini-1.0.0.pack.zip"
    assert built["key"] == made["public"]
    before = Path(built["archive"]).read_bytes()
    assert run("build", "mini", "--key", "team.key").exit_code == 0
    assert Path(built["archive"]).read_bytes() == before
    with pytest.raises(PackError, match="is there already, and is another archive"):
        run("build", "mini", "--unsigned")
    with pytest.raises(PackError, match="a key you do not trust"):
        run("verify", built["archive"])
    assert "whole" in run("verify", built["archive"], "--trust", "team.key.pub").stdout
    installed = run("install", built["archive"], "--trust", "team.key.pub").stdout
    assert "domainkit new my-assistant --domain mini@1.0.0" in installed
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert (rows["mini@1.0.0"]["origin"], rows["mini@1.0.0"]["detail"]) == (
        "installed",
        made["public"],
    )
    assert rows["biomedical"]["origin"] == "domainkit"


def test_diff_says_what_a_reviewer_wants_to_know(mini: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.pack.zip"
    run("build", str(mini), "--unsigned", "--out", str(path))
    assert run("diff", str(mini), str(path)).stderr == "no differences\n"
    manifest = mini / "domain.yaml"
    manifest.write_text(manifest.read_text().replace("k: 5", "k: 6"))
    with (mini / "knowledge" / "note.md").open("a") as file:
        file.write("\nOne more line.\n")
    shown = run("diff", str(path), str(mini))
    assert "~ retrieval.k  5 → 6" in shown.stdout
    assert "~ note  2 lines in\n" in shown.stdout
    assert shown.stderr == "2 differences\n"
    assert "+One more line." in run("diff", str(path), str(mini), "--text").stdout
    told = json.loads(run("diff", str(path), str(mini), "--json").stdout)
    assert [change["name"] for change in told["changes"]] == ["note", "retrieval.k"]


def test_diff_holds_a_child_against_its_parent(mini: Path, tmp_path: Path) -> None:
    child = tmp_path / "child"
    child.mkdir()
    (child / "domain.yaml").write_text(
        f"{{schema: 1, name: c, version: 0.1.0, title: C, extends: {mini}, retrieval: {{k: 9}}}}"
    )
    assert "~ retrieval.k  5 → 9" in run("diff", str(child)).stdout
    with pytest.raises(PackError, match="extends no pack"):
        run("diff", str(mini))


def test_a_pack_is_tested_by_its_own_questions(mini: Path, tmp_path: Path) -> None:
    questions = [
        {"id": "keep", "question": "What is kept in the drawer?", "language": "en",
         "expect": "answered", "must_say": ["the red key"],
         "must_cite": [{"path": "knowledge/note.md", "quote": "The red key is kept"}]},
        {"id": "moon", "question": "How heavy is the moon?", "language": "en",
         "expect": "insufficient"},
    ]  # fmt: skip
    (mini / "knowledge" / "note.md").write_text(
        "# The drawer\n\nThe red key is kept in the drawer of the desk.\n"
    )
    gates = mini / "eval" / "gates.yaml"
    gates.parent.mkdir()
    gates.write_text("citation_recall: {least: 1.0}\n")
    (gates.parent / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    kept = tmp_path / "kept"

    passed = run("test", str(mini), "--json", "--keep", str(kept))
    told = json.loads(passed.stdout)
    assert (passed.exit_code, told["passed"], told["questions"]) == (0, True, 2)
    assert (kept / "domainkit.toml").is_file()

    gates.write_text("citation_recall: {least: 1.0}\nrefusal_recall: {least: 0.5}\n")
    with pytest.raises(GateFailed, match="refusal_recall"):
        run("test", str(mini))
    partial = run("test", str(mini), "--only", "moon")
    assert "gates are judged of whole runs only" in partial.stdout
