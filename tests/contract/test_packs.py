"""Every shipped pack: it loads, it lints, it is complete in each of its languages."""

from __future__ import annotations

from string import Template

import pytest

from domainkit import content
from domainkit.generation.prompt import template_hash
from domainkit.models import catalog as models
from domainkit.packs import adapterfiles, catalog, lint, loader
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.adapter import MANIFEST, VERDICT, Manifest, Verdict
from domainkit.packs.schemas.prompts import FIELDS

PACKS = ["biomedical", "legal", "medical"]
# SmolLM2-135M follows short instructions only, and every token of them is read for every answer.
LONGEST_INSTRUCTIONS = 800  # characters of system and answer together, sources and question apart


@pytest.fixture(params=PACKS)
def pack(request: pytest.FixtureRequest) -> Pack:
    return loader.load(request.param)


def test_these_packs_ship() -> None:
    assert [name for name in catalog.names() if name in PACKS] == PACKS


def test_it_has_no_problem(pack: Pack) -> None:
    assert [str(problem) for problem in lint.check(pack.folder)] == []


def test_it_is_complete_in_both_languages(pack: Pack) -> None:
    assert set(pack.manifest.languages) == {"en", "zh"}
    assert set(pack.prompts) == {f"{name}.{lang}" for name in FIELDS for lang in ("en", "zh")}
    assert set(pack.guards) >= {
        "emergency",
        "injection",
        "scope",
        "grounding",
        "authorities",
        "conflict",
        "notice",
        "harm",
        "language",
        "leak",
        "privacy",
    }


def test_its_prompts_ask_for_markers_and_for_the_one_sentence(pack: Pack) -> None:
    for language in pack.manifest.languages:
        words = {field: f"<{field}>" for fields in FIELDS.values() for field in fields}
        system = Template(pack.prompt("system", language)).substitute(words)
        answer = Template(pack.prompt("answer", language)).substitute(words)
        assert "[1]" in system
        assert "[1]" in answer
        assert "<no_answer>" in system
        assert "<no_answer>" in answer
        assert len(system) + len(answer) < LONGEST_INSTRUCTIONS


def test_its_models_are_in_the_catalogue_for_their_kind_and_language(pack: Pack) -> None:
    for tier, named in pack.manifest.models.items():
        for kind in ("generator", "embedder"):
            for language, name in getattr(named, kind).items():
                model = models.find(name)
                assert model.kind == kind, f"{tier}: {name}"
                assert language in model.languages, f"{tier}: {name}"


def test_its_knowledge_is_all_there(pack: Pack) -> None:
    assert len(pack.manifest.knowledge) >= 10
    for entry in pack.manifest.knowledge.values():
        path = pack.find(entry.path)
        assert path is not None
        assert path.stat().st_size > 200


def test_escalations_name_no_country_of_their_own(pack: Pack) -> None:
    emergency = pack.guards["emergency"]
    digits = set("0123456789") - set("20")  # "20 minutes" of rinsing is no number to call
    said = [*emergency.text.values()]
    said += [text for sign in emergency.signs.values() for text in sign.text.values()]
    said += [text for contact in emergency.contacts.values() for text in contact.default.values()]
    assert not [text for text in said if digits & set(text)]
    assert all("$" in text for text in emergency.text.values())


def test_packs_hold_no_python() -> None:
    assert list(content.root("domains").rglob("*.py")) == []


def test_the_adapter_it_brings_was_judged_with_the_prompts_it_has(pack: Pack) -> None:
    """Else no assistant would use it, and nobody would see: prompts change more than adapters."""
    for path in (pack.folder / adapterfiles.FOLDER).glob(f"*/{MANIFEST}"):
        record = adapterfiles.read(Manifest, path)
        verdict = adapterfiles.read(Verdict, path.with_name(VERDICT))
        assert isinstance(record, Manifest)
        assert isinstance(verdict, Verdict)
        assert {record.pack.prompt, verdict.prompt} == {template_hash(pack)}
        assert record.pack.alone
        for language, digest in record.pack.alone.items():
            assert digest == template_hash(pack, [language])
