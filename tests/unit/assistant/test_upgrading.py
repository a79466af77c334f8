from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from domainkit.assistant import Assistant
from domainkit.cli.upgrade import app
from domainkit.errors import PackError
from domainkit.packs import catalog, installed, loader, moving

PROMPTS = {
    "system": "Answer from the sources.\n",
    "answer": "$sources\n\n$question\n",
    "refuse": "No.\n",
    "condense": "$history $question\n",
}
GLOSSARY = "BP: {{synonyms: [{}], source: here}}\nGP: {{synonyms: [{}], source: here}}\n"
OLD = {
    "rabbits": "# Rabbits\n\nRabbits are vaccinated once a year against myxomatosis.\n",
    "ferrets": "# Ferrets\n\nFerrets are wormed every four months with a paste.\n",
    "hamsters": "# Hamsters\n\nHamsters sleep by day and need no vaccination.\n",
}
NEW = {
    "rabbits": "# Rabbits\n\nRabbits are vaccinated twice a year against myxomatosis.\n",
    "parrots": "# Parrots\n\nParrots are weighed every week on a kitchen scale.\n",
    "hamsters": "# Hamsters\n\nHamsters sleep by day and need no vaccination.\n",
}

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that installs a version of the pack "pets"."""
    monkeypatch.setenv("DOMAINKIT_PACKS", str(tmp_path / "packs"))

    def written(version: str, texts: dict[str, str], manifest: str = "", **files: str) -> None:
        folder = tmp_path / "packs" / "pets" / version
        knowledge = "".join(f"  {name}: {{path: knowledge/{name}.md}}\n" for name in texts)
        whole = {
            "domain.yaml": f"schema: 1\nname: pets\nversion: {version}\ntitle: Pets\n{manifest}"
            f"knowledge:\n{knowledge}",
            **{f"prompts/{name}.en.md": text for name, text in PROMPTS.items()},
            **{f"knowledge/{name}.md": text for name, text in texts.items()},
            **files,
        }
        for name, text in whole.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    return written


@pytest.fixture
def clinic(install: Install, tmp_path: Path) -> Path:
    """Give an assistant of pets 1.0.0 beside a newer version, with words of its own."""
    install("1.0.0", OLD, **{"glossary.yaml": GLOSSARY.format("pressure", "vet")})
    install(
        "1.1.0",
        NEW,
        "retrieval: {k: 7, grow: 1}\n",
        **{
            "glossary.yaml": GLOSSARY.format("tension", "surgeon"),
            "prompts/answer.en.md": "$sources\n\nNow: $question\n",
        },
    )
    folder = tmp_path / "clinic"
    files = {
        "domain.yaml": "# Ours.\nschema: 1\nname: clinic\nversion: 0.1.0\ntitle: Our clinic\n"
        'extends: "pets@1.0.0"  # as reviewed in May\n'
        "retrieval: {k: 3}\nknowledge: {hamsters: null}\n",
        "glossary.yaml": "GP: {synonyms: [our doctor], source: us}\n",
        "domainkit.toml": 'tier = "extractive"\n',
        "documents/opening.md": "# Opening hours\n\nThe clinic opens at nine.\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def ingested(clinic: Path) -> Iterator[Path]:
    with closing(Assistant.open(clinic)) as assistant:
        assistant.ingest()
    yield clinic


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, ["--assistant", str(folder), *arguments], catch_exceptions=False
    )


def titles(folder: Path) -> set[str]:
    with closing(Assistant.open(folder)) as assistant:
        return {file.path for file in assistant.corpus.store.files()}


def answer(folder: Path, question: str) -> str:
    with closing(Assistant.open(folder)) as assistant:
        return assistant.ask(assistant.question(question)).answer.text


def test_the_difference_is_shown_and_what_the_owner_says_is_named(clinic: Path) -> None:
    move = moving.plan(clinic)
    assert (move.was, move.to, move.pinned) == ("1.0.0", "1.1.0", True)
    assert {(c.area, c.name, c.kind) for c in move.taken} == {
        ("prompts", "answer.en", "changed"),
        ("glossary", "BP", "changed"),
        ("knowledge", "rabbits", "changed"),
        ("knowledge", "ferrets", "removed"),
        ("knowledge", "parrots", "added"),
        ("settings", "retrieval.grow", "changed"),
    }
    assert {(c.area, c.name) for c in move.kept} == {
        ("settings", "retrieval.k"),
        ("glossary", "GP"),
    }


def test_what_the_owner_wrote_and_no_longer_fits_is_named(clinic: Path) -> None:
    question = {
        "id": "worms", "question": "How often are ferrets wormed?", "language": "en",
        "expect": "answered",
        "must_cite": [{"path": "knowledge/ferrets.md", "quote": "every four months"}],
    }  # fmt: skip
    (clinic / "eval").mkdir()
    (clinic / "eval" / "ours.jsonl").write_text(json.dumps(question) + "\n")
    said = "clinic/eval/ours.jsonl:1.must_cite.0.path: there is no 'knowledge/ferrets.md'"
    assert [str(problem) for problem in moving.plan(clinic).broken] == [said]
    assert said in run(clinic, "--dry-run").stdout


def test_a_dry_run_changes_nothing(ingested: Path) -> None:
    before = (ingested / "domain.yaml").read_bytes()
    shown = run(ingested, "--dry-run").stdout
    assert "pets 1.0.0 → 1.1.0" in shown
    assert "~ retrieval.k  5 → 7" in shown.partition("what you say of them stays")[2]
    assert (ingested / "domain.yaml").read_bytes() == before


def test_nobody_is_asked_where_nobody_sits(clinic: Path) -> None:
    with pytest.raises(PackError, match="nobody can be asked"):
        run(clinic)
    assert moving.plan(clinic).was == "1.0.0"


def test_an_assistant_moves_with_its_texts_and_back_again(ingested: Path) -> None:
    before = (ingested / "domain.yaml").read_text()
    assert "once a year" in answer(ingested, "How often are rabbits vaccinated?")
    old = titles(ingested)

    told = json.loads(run(ingested, "--yes", "--json").stdout)
    assert (told["from"], told["to"], told["moved"]) == ("1.0.0", "1.1.0", True)
    assert told["forgotten"] == ["knowledge/ferrets.md"]
    assert sorted(told["read"]) == ["knowledge/parrots.md", "knowledge/rabbits.md"]
    assert "twice a year" in answer(ingested, "How often are rabbits vaccinated?")
    assert titles(ingested) == old - {"knowledge/ferrets.md"} | {"knowledge/parrots.md"}
    after = (ingested / "domain.yaml").read_text()
    assert after == before.replace("pets@1.0.0", "pets@1.1.0")
    pack = loader.load(ingested)
    assert (pack.manifest.retrieval.k, pack.manifest.retrieval.grow) == (3, 1)

    shown = run(ingested, "--yes", "--to", "1.0.0").stdout
    assert "back again: domainkit upgrade --to 1.1.0" in shown
    assert (ingested / "domain.yaml").read_text() == before
    assert titles(ingested) == old
    assert "once a year" in answer(ingested, "How often are rabbits vaccinated?")


def test_an_owners_copy_of_a_text_that_is_gone_is_read_for_itself(clinic: Path) -> None:
    (clinic / "documents" / "our-ferrets.md").write_text(OLD["ferrets"])
    with closing(Assistant.open(clinic)) as assistant:
        assistant.ingest()
    run(clinic, "--yes")
    assert "knowledge/ferrets.md" not in titles(clinic)
    assert "documents/our-ferrets.md" in titles(clinic)
    assert "every four months" in answer(clinic, "How often are ferrets wormed?")


def test_what_follows_the_pack_is_pinned_only_when_asked(
    clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "shipped" / "pets"
    (tmp_path / "packs" / "pets" / "1.0.0").rename(tmp_path / "old")
    shipped.parent.mkdir()
    (tmp_path / "packs" / "pets" / "1.1.0").rename(shipped)
    monkeypatch.setattr(catalog, "_shipped", lambda: {"pets": shipped})
    manifest = clinic / "domain.yaml"
    manifest.write_text(manifest.read_text().replace('"pets@1.0.0"', "pets"))
    assert "follows the pack as it comes" in run(clinic).stdout
    assert installed.names() == []

    shown = run(clinic, "--pin", "--yes").stdout
    assert shown.startswith("pets 1.1.0 will be kept until you move it")
    assert shown.endswith("to follow the pack again, write extends: pets\n")
    assert 'extends: "pets@1.1.0"  # as reviewed in May' in manifest.read_text()
    assert catalog.locate("pets@1.1.0") == installed.versions("pets")[0].folder
    assert "is the newest known\n" in run(clinic, "--pin").stdout


def test_a_version_that_is_gone_is_said_and_can_be_left(clinic: Path, tmp_path: Path) -> None:
    (tmp_path / "packs" / "pets" / "1.0.0").rename(tmp_path / "gone")
    with pytest.raises(PackError, match=r"version 1\.0\.0 .* there is 1\.1\.0") as caught:
        loader.load(clinic)
    assert "domainkit upgrade --to 1.1.0" in caught.value.hint
    result = run(clinic, "--yes", "--to", "1.1.0")
    assert "nothing can be compared" in result.stderr
    assert loader.load(clinic).manifest.retrieval.k == 3


def test_what_cannot_be_moved_says_why(clinic: Path, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"version 3\.0\.0 of the pack 'pets' is not here"):
        moving.plan(clinic, to="3.0.0")
    manifest = clinic / "domain.yaml"
    text = manifest.read_text()
    manifest.write_text(text.replace('"pets@1.0.0"', str(tmp_path / "packs" / "pets" / "1.0.0")))
    with pytest.raises(PackError, match="extends the folder"):
        moving.plan(clinic)
    manifest.write_text(text.replace("extends:", "# extends:"))
    with pytest.raises(PackError, match="extends no pack"):
        moving.plan(clinic)
    manifest.write_text("{schema: 1, name: c, version: 0.1.0, title: C, extends: pets@1.0.0}\n")
    with pytest.raises(PackError, match="does not stand on a line of its own"):
        moving.plan(clinic)


def test_a_version_the_assistant_cannot_be_used_with_changes_nothing(
    clinic: Path, install: Install
) -> None:
    install("2.0.0", NEW, "languages: [zh]\nretrieval: {dense_weight: 2}\n")
    before = (clinic / "domain.yaml").read_bytes()
    with pytest.raises(PackError, match="dense_weight"):
        run(clinic, "--yes")
    assert (clinic / "domain.yaml").read_bytes() == before
