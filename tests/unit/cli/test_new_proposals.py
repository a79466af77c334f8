"""``domainkit new --from-documents``: proposals are shown, marked and never taken up alone."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from domainkit.assistant.folder import Layout
from domainkit.assistant.likely import Likely
from domainkit.assistant.looking import Look
from domainkit.cli.new import app
from domainkit.cli.new_proposals import Proposed, with_proposals
from domainkit.evaluation import suite
from domainkit.evaluation.drafts import FILE, Drafts
from domainkit.packs import lint, loader
from domainkit.packs.scaffold import Choices
from domainkit.packs.schemas.glossary import Glossary

NOTES = {
    "care/leaflet.md": """# Chronic obstructive pulmonary disease

## What are the symptoms of the disease?

Chronic obstructive pulmonary disease (COPD) causes breathlessness and cough with sputum. A doctor
confirms the diagnosis by spirometry; patients who smoke are offered treatment to stop.

## Which vaccine is offered?

Patients are offered influenza vaccination each year, and inhaled medicines relieve symptoms. The
six minute walk test (SMWT) shows how far they get; so did the Swiss mountain walk tour (SMWT).
""",
    "care/diet.md": """# Salt

Adults with hypertension eat less than 5 g of salt a day, which lowers blood pressure.
""",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("proposals")
    for name, text in NOTES.items():
        (base / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (base / "docs" / name).write_text(text, encoding="utf-8")
    folder = str(base / "lungs")
    arguments = ["lungs", "--from-documents", str(base / "docs"), "--dir", folder, "--json"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    (base / "told.json").write_text(result.stdout)
    return base


def test_domain_and_language_are_proposed_and_marked(made: Path) -> None:
    told = json.loads((made / "told.json").read_text())["proposed"]
    assert (told["domain"], told["reviewed"]) == ("medical", False)
    assert max(told["languages"], key=told["languages"].get) == "en"
    lines = (made / "lungs/domain.yaml").read_text().splitlines()
    for key in ("extends: medical", "languages: [en, zh]"):
        (line,) = [line for line in lines if line.startswith(key)]
        assert "proposed from the documents, nobody has reviewed it" in line
    assert loader.load(made / "lungs").manifest.extends == "medical"
    assert lint.check(made / "lungs") == []


def test_names_stay_apart_and_fit_a_glossary(made: Path) -> None:
    text = (made / "lungs/proposed/glossary.yaml").read_text()
    assert "reviewed by nobody" in text.splitlines()[0]
    Glossary.model_validate(yaml.safe_load(text) or {})
    assert "# SMWT stands for several things" in text
    assert "SMWT" not in loader.load(made / "lungs").glossary
    assert "COPD" in loader.load("medical").glossary
    assert "COPD" not in text


def test_questions_wait_for_a_person(made: Path) -> None:
    drafts = Drafts(Layout(made / "lungs").evaluations / FILE).read()
    assert "What are the symptoms of the disease?" in {draft.question for draft in drafts}
    assert {draft.state for draft in drafts} == {"proposed"}
    assert {draft.path for draft in drafts} <= {
        "documents/care/leaflet.md",
        "documents/care/diet.md",
    }
    asked = {one.question.question for one in suite.load(loader.load(made / "lungs")).asked}
    assert not asked & {draft.question for draft in drafts}


def test_the_page_of_proposals_says_what_takes_each_up(made: Path) -> None:
    page = (made / "lungs/proposed/README.md").read_text()
    assert "reviewed by nobody" in page
    assert "`domainkit eval review`" in page
    assert "| domain | medical" in page


def test_what_a_person_decided_is_not_marked() -> None:
    look = Look(
        files=1, refused=(), documents=1, passages=1, languages={"en": 1.0},
        likely=(Likely("legal", 0.6, 0.1), Likely("medical", 0.4, -0.1)), profiles={"plain": 1},
        patterns={}, places={}, names=(),
    )  # fmt: skip
    found, pack = Proposed(look, ()), loader.load("biomedical")
    plain = with_proposals(
        Choices(), found, pack, on=date(2026, 11, 26), domain=False, language=False
    )
    marked = with_proposals(
        Choices(), found, pack, on=date(2026, 11, 26), domain=True, language=True
    )
    assert set(plain.notes) == {"profiles"}
    assert set(marked.notes) == {"profiles", "extends", "languages"}
    assert "it is a guess" in marked.notes["extends"]
    assert found.suggested == {"domain": "legal", "language": "en"}
