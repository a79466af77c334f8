"""Which reranker orders what is found: the settings' model, the pack's, the engine's, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domainkit.assistant import wiring
from domainkit.errors import ModelError
from domainkit.packs import loader
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.packs.schemas.ranker import Ranker
from domainkit.retrieval.ranker import LearnedRanker, default
from domainkit.settings import Settings

NOWHERE = {"models": {"cache": "/nonexistent"}}


@pytest.mark.parametrize(("name", "reranks"), [("medical", True), ("legal", False)])
def test_a_pack_says_whether_it_reranks(name: str, *, reranks: bool) -> None:
    pack = loader.load(name)
    made = wiring.reranker(Settings(), pack.manifest.retrieval, pack)
    assert isinstance(made, LearnedRanker) == reranks


def test_a_packs_weights_come_before_the_engines() -> None:
    own = Ranker(weights={"dense": 1.0}, aspects=default().aspects)
    pack = replace(loader.load("medical"), ranker=own)
    made = wiring.reranker(Settings(), Retrieval(rerank=True), pack)
    assert isinstance(made, LearnedRanker)
    assert made._weights.tolist() == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_a_model_of_the_settings_comes_first_and_must_be_there() -> None:
    asked = Settings.model_validate({**NOWHERE, "retrieval": {"reranker": "bge-reranker-v2-m3"}})
    with pytest.raises(ModelError, match=r"bge-reranker-v2-m3.*models fetch"):
        wiring.reranker(asked, Retrieval(), None)
