from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sources import source

from domainkit.errors import ModelError, TrainingError
from domainkit.guards.verifier import VERDICTS, Verifier
from domainkit.training import verifier
from domainkit.training.perturbations import CHANGES

TEXTS = [
    f"The tank in hall {n} holds {10 + n} litres of water. It must be emptied before the winter."
    for n in range(12)
]
PASSAGES = [source(text, number).passage for number, text in enumerate(TEXTS, start=1)]


@pytest.fixture(scope="module")
def fitted() -> Verifier:
    return verifier.fit(list(verifier.perturbed(PASSAGES, most=40)))


def test_a_verifier_tells_what_is_said_from_what_is_changed_and_what_is_elsewhere(
    fitted: Verifier,
) -> None:
    held = PASSAGES[0]
    said = fitted.probabilities("It must be emptied before the winter.", held)
    assert sum(said.values()) == pytest.approx(1)
    assert max(said, key=said.__getitem__) == "supported"
    changed = fitted.probabilities("It must be emptied after the winter.", held)
    assert changed["contradicted"] > said["contradicted"]
    other = fitted.probabilities("Swans breed on the northern lakes.", held)
    assert max(other, key=other.__getitem__) == "unsupported"


def test_it_is_kept_as_json_with_its_report(fitted: Verifier, tmp_path: Path) -> None:
    path = tmp_path / "made" / "verifier.json"
    fitted.save(path)
    assert Verifier.load(path) == fitted
    report = json.loads(path.read_text("utf-8"))["report"]
    assert report["folds"] == 5
    assert 0 <= report["macro_f1"] <= 1
    with pytest.raises(ModelError, match="there is no verifier"):
        Verifier.load(tmp_path / "none.json")
    path.write_text('{"mean": [1]}', encoding="utf-8")
    with pytest.raises(ModelError, match="this is no verifier"):
        Verifier.load(path)


def test_it_is_the_same_each_time(fitted: Verifier) -> None:
    assert verifier.fit(list(verifier.perturbed(PASSAGES, most=40))) == fitted


def test_claims_are_read_as_scifact_writes_them(tmp_path: Path) -> None:
    claim = {
        "claim": "Tanks are emptied.",
        "split": "train",
        "cited": ["1", "2"],
        "evidence": [{"doc_id": "1", "label": "SUPPORT"}],
    }
    (tmp_path / "claims_evidence.jsonl").write_text(json.dumps(claim), encoding="utf-8")
    rows = [{"_id": str(n), "title": "Tanks", "text": TEXTS[n]} for n in (1, 2)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = verifier.judged(tmp_path, "train")
    assert [(p.passage.id, p.verdict) for p in found] == [("1", "supported"), ("2", "unsupported")]
    with pytest.raises(TrainingError, match="no claims of 'test'"):
        verifier.judged(tmp_path, "test")
    with pytest.raises(TrainingError, match=r"there is no corpus\.jsonl"):
        verifier.judged(tmp_path / "elsewhere", "train")


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(TrainingError, match="at least 5 pairs"):
        verifier.fit(list(verifier.perturbed(PASSAGES[:2])))


def test_scores_are_defined_for_every_input() -> None:
    one = np.array([[0.9, 0.05, 0.05]])
    assert verifier.scores(one, np.array([0])) == {
        "macro_f1": 0.3333,
        "precision_of_supported": 1.0,
    }
    assert verifier.scores(one, np.array([2]))["macro_f1"] == 0.0


@pytest.mark.parametrize("kind", CHANGES)
def test_each_change_makes_another_statement_and_nothing_of_nothing(kind: str) -> None:
    import random

    for text in ("It must not rise above 5 days.", "经营者应当在五日内提高价格。"):
        changed = CHANGES[kind](text, random.Random(1))  # noqa: S311
        assert changed is not None
        assert changed != text
    assert CHANGES[kind]("Blue.", random.Random(1)) is None  # noqa: S311
    assert VERDICTS == ("supported", "contradicted", "unsupported")
