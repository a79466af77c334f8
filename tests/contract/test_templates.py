"""Every template is an assistant that works, and says nothing that is not so."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from domainkit import content, settings
from domainkit.cli import main
from domainkit.packs import catalog, lint, loader, scaffold
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.packs.schemas.rows import TrainRow

TEMPLATES = sorted(path for path in content.root("templates").iterdir() if path.is_dir())


@pytest.fixture(params=TEMPLATES, ids=lambda path: path.name)
def template(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


def test_it_loads_and_lints(template: Path) -> None:
    assert loader.load(template).manifest.extends in catalog.names()
    assert lint.check(template) == []


def test_it_holds_what_an_assistant_needs(template: Path) -> None:
    for name in ("domain.yaml", settings.FILE, "documents", "train", "eval", ".gitignore"):
        assert (template / name).exists()
    assert ".domainkit/" in (template / ".gitignore").read_text()


def test_its_readme_names_commands_that_are_there_and_what_would_be_lost(template: Path) -> None:
    text = (template / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^domainkit (\w+)", text)) <= set(main.COMMANDS)
    generated = next(line for line in text.splitlines() if line.startswith("| `.domainkit/`"))
    assert "adapters" in generated.partition("does not")[0].partition("anew;")[2]


def test_the_settings_it_explains_are_the_defaults(template: Path) -> None:
    """Each commented line, taken alone, is a setting; all but the example paths are defaults."""
    text = (template / settings.FILE).read_text(encoding="utf-8")
    assert settings.load(template, environ={}) == settings.Settings()
    plain = re.sub(r"(?m)^# (?=\[|\w+ = )", "", text)
    assert len(tomllib.loads(plain)) == 6
    folder = tomllib.loads(plain)
    examples = folder.pop("models")
    assert set(examples) == set(settings.ModelSettings.model_fields)
    assert settings.Settings.model_validate(folder) == settings.Settings()
    for section, fields in folder.items():
        if isinstance(fields, dict):
            model = type(getattr(settings.Settings(), section))
            assert set(fields) == set(model.model_fields), section


def test_what_the_manifest_offers_in_comments_is_accepted(template: Path, tmp_path: Path) -> None:
    text = (template / "domain.yaml").read_text(encoding="utf-8")
    plain = re.sub(r"(?m)^# (?=(?:  )?\S+: ?\S*|  \")(?!What|from|Prompts|glossary)", "", text)
    shown = [
        key for key in ("jurisdictions", "profiles", "knowledge", "scope") if f"\n{key}:" in plain
    ]
    assert shown == ["jurisdictions", "profiles", "knowledge", "scope"]
    (tmp_path / "domain.yaml").write_text(plain, encoding="utf-8")
    assert lint.check(tmp_path) == []
    assert loader.load(tmp_path).manifest.knowledge == {}


def test_the_profiles_it_names_are_those_that_ship(template: Path) -> None:
    text = (template / "domain.yaml").read_text(encoding="utf-8")
    named = re.search(r"recognised by themselves:\n# ([a-z, ]+?)\.\n", text)
    assert named
    names = set(re.split(r", | or ", named[1]))
    assert names == {path.stem for path in content.root("ingest").glob("*.yaml")}


@pytest.mark.parametrize(("folder", "schema"), [("train", TrainRow), ("eval", EvalQuestion)])
def test_the_rows_it_shows_are_rows(
    template: Path, folder: str, schema: type[TrainRow | EvalQuestion]
) -> None:
    text = (template / folder / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert [schema.model_validate(json.loads(line)).id for line in block.splitlines()]


@pytest.mark.parametrize("domain", ["biomedical", "legal", "medical"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_assistant_of_every_pack_and_language_lints(
    domain: str, language: str, tmp_path: Path
) -> None:
    planned = scaffold.plan(None, domain=domain, language=language, base=tmp_path)  # type: ignore[arg-type]
    scaffold.write(planned)
    assert lint.check(planned.folder) == []
    assert loader.load(planned.folder).manifest.languages[0] == language
