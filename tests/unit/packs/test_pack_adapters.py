"""An adapter in a pack: put there whole and placeless, checked, compared, built into archives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny_adapters
import tiny_model
import tiny_pack

from domainkit.errors import ModelError
from domainkit.generation import shipping
from domainkit.generation.adapters import Adapter, Adapters
from domainkit.generation.prompt import template_hash
from domainkit.packs import archive, difference, lint, loader
from domainkit.packs.pack import Pack
from domainkit.packs.problems import PackProblems
from domainkit.packs.schemas.adapter import CARD, CONFIG, MANIFEST, VERDICT, WEIGHTS, Manifest

SOURCES = "sources: [{path: tablets.md, title: T, licence: CC0-1.0, origin: me, date: 2026-01-02}]"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an adapter called mine, tuned on a base of that machine."""
    root = tmp_path_factory.mktemp("made")
    base = tiny_model.write_base(root / "base")
    tiny_adapters.write_adapter(root / "adapters" / "mine", base, seed=0)
    change(
        root / "adapters" / "mine" / MANIFEST,
        recipe_given="/home/me/mine.yaml",
        recipe={"base": {"kind": "folder", "name": str(base)}},
        base={**json.loads((root / "adapters" / "mine" / MANIFEST).read_text())["base"],
              "licence": "Apache-2.0", "name": "tiny-instruct"},
    )  # fmt: skip
    return root


@pytest.fixture
def pack(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "adapters", tmp_path / "adapters")
    folder = tiny_pack.write_pack(tmp_path / "tiny", base=Path("/base"))
    (folder / "README.md").write_text("A card.\n")
    (folder / "knowledge" / "SOURCES.yaml").write_text(SOURCES)
    change(folder / "domain.yaml", knowledge={"tablets": {"path": "knowledge/tablets.md"}})
    recipe = json.loads((folder / "recipes" / "embedded.yaml").read_text())
    recipe["base"] = {"kind": "hub", "name": "a/tiny", "licence": "Apache-2.0"}
    (folder / "recipes" / "embedded.yaml").write_text(json.dumps(recipe))
    tiny_pack.write_rows(folder, tiny_pack.ROWS)
    return folder


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def adapter(pack: Path, *reasons: str, judged: bool = True) -> Adapter:
    place = pack.parent / "adapters"
    if judged:
        prompt = template_hash(loader.load(pack))
        tiny_adapters.judge(place / "mine", prompt=prompt, reasons=reasons)
        change(
            place / "mine" / VERDICT, command="domainkit adapters gate mine --assistant /home/me"
        )
    return Adapters(place).get("mine")


def ship(adapter: Adapter, pack: Pack, card: str = "Apache-2.0, CC0-1.0", **how: Any) -> Path:
    def written(record: Manifest) -> str:
        return f"# {record.name}\n\n{card}, by `{record.command}`.\n"

    return shipping.ship(adapter, pack, card=written, **how)


def shipped(pack: Path) -> Path:
    return ship(adapter(pack), loader.load(pack))


def faults(pack: Path) -> list[str]:
    return [str(problem) for problem in lint.check(pack) if "adapters/" in problem.file]


def test_it_is_put_there_whole_and_names_no_place(pack: Path) -> None:
    own = adapter(pack).folder
    (own / ".0123-merged.gguf").write_text("made for an engine")

    folder = shipped(pack)

    assert folder == pack.resolve() / "adapters" / "tiny"
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [WEIGHTS, CONFIG, MANIFEST, CARD, VERDICT, "gate.md"]
    )
    assert (folder / WEIGHTS).read_bytes() == (own / WEIGHTS).read_bytes()
    made = loader.load(pack)
    tuned = json.loads((folder / MANIFEST).read_text())["pack"]
    assert tuned["alone"] == {"en": template_hash(made)}  # it speaks no other
    assert (tuned["name"], tuned["version"]) == (made.name, made.manifest.version)
    said = "".join(p.read_text() for p in folder.iterdir() if p.name != WEIGHTS)
    assert "/" not in said.replace("text/", "")
    assert "`domainkit train --recipe mine`" in said
    assert faults(pack) == []
    with pytest.raises(ModelError, match="is there already"):
        shipped(pack)


def test_only_what_passed_and_fits_its_prompts_is_put_there(pack: Path) -> None:
    with pytest.raises(ModelError, match="the gate refused"):
        ship(adapter(pack, "worse"), loader.load(pack))
    assert not (pack / "adapters").exists()
    folder = ship(adapter(pack, "worse"), loader.load(pack), ungated=True, name="tiny-embedded")
    assert (folder / CARD).read_text().startswith("# tiny-embedded\n")
    assert json.loads((folder / MANIFEST).read_text())["name"] == "tiny-embedded"
    assert json.loads((folder / VERDICT).read_text())["adapter"] == "tiny-embedded"
    assert json.loads((folder / VERDICT).read_text())["reasons"] == ["worse"]
    (pack / "prompts" / "system.en.md").write_text("Another. $no_answer")
    with pytest.raises(ModelError, match="was tuned with other prompts"):
        ship(adapter(pack, judged=False), loader.load(pack), ungated=True)


def test_one_without_a_licence_or_too_large_is_not_put_there(
    pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domainkit.packs.adapterfiles.LARGEST", 100)
    with pytest.raises(PackProblems, match="a pack's adapter has 100 at most"):
        shipped(pack)
    assert not list((pack / "adapters").iterdir())
    with pytest.raises(PackProblems) as raised:
        ship(adapter(pack), loader.load(pack), card="Free")
    said = [problem.text for problem in raised.value.problems]
    assert "does not name the licence Apache-2.0" in said


def test_what_is_wrong_with_it_is_named(pack: Path) -> None:
    folder = shipped(pack)
    weights = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(weights + b"\0")
    (folder / "extra.txt").write_text("")
    (pack / "adapters" / "note.txt").write_text("")
    change(folder / MANIFEST, machine="/home/me")
    change(folder / VERDICT, weights="0")

    said = "\n".join(faults(pack))

    for fault in (
        "adapters/note.txt: is no folder of an adapter",
        "tiny/extra.txt: is no file of an adapter",
        f"tiny/{WEIGHTS}: is no safetensors file",
        f"tiny/{WEIGHTS}: its sha256 is",
        f"tiny/{MANIFEST}:machine: names a place on one machine: /home/me",
        f"tiny/{VERDICT}:weights: the gate judged other weights",
    ):
        assert fault in said
    (folder / WEIGHTS).rename(folder / "adapter_model.bin")
    said = "\n".join(faults(pack))
    assert "adapter_model.bin: is code: a pack holds data only" in said
    assert f"tiny/{WEIGHTS}: is missing" in said
    (folder / MANIFEST).write_text("{}")
    (folder / WEIGHTS).write_bytes(weights)
    assert any("Field required" in fault for fault in faults(pack))


def test_an_archive_holds_it_and_a_comparison_names_it(pack: Path, tmp_path: Path) -> None:
    before = tmp_path / "before"
    shutil.copytree(pack, before)
    shipped(pack)

    data, held = archive.build(pack, key=None)

    assert f"adapters/tiny/{WEIGHTS}" in held.files
    path = tmp_path / "tiny.pack.zip"
    path.write_bytes(data)
    assert f"adapters/tiny/{VERDICT}" in archive.read(path).entries
    changes = difference.compare(loader.load(before), loader.load(pack))
    assert {c.area for c in changes} == {"adapters"}
    assert {c.name: c.after for c in changes}["mine.gate"] == "passed"
