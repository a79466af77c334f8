"""What is measured where the command line leaves it open, and that the report says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from domainkit.errors import EvaluationError, ModelError
from domainkit.evaluation import setups
from domainkit.packs import loader
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.settings import Settings

NOWHERE = Settings.model_validate({"models": {"cache": "/nonexistent"}})


def test_chinese_without_an_embedder_goes_by_words_and_says_so() -> None:
    setup, said = setups.choose("zh", pack=None, mode="hybrid", embedder="", settings=NOWHERE)
    assert (setup.mode, setup.embedder) == ("lexical", None)
    assert setup.numbers.title_boost == 0
    assert said == {
        "language": "zh",
        "domain": None,
        "note": "no embedder for 'zh', such as multilingual-e5-small-4bit: words alone",
    }


def test_dense_without_an_embedder_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"no embedder for 'zh'.*models fetch.*--embedder"):
        setups.choose("zh", pack=None, mode="dense", embedder="", settings=NOWHERE)


def test_english_asks_for_its_embedder_and_never_does_without_in_silence() -> None:
    with pytest.raises(ModelError, match=r"all-minilm-l6-v2.*domainkit models fetch"):
        setups.choose("en", pack=None, mode="hybrid", embedder="", settings=NOWHERE)


def test_words_alone_need_no_embedder() -> None:
    setup, said = setups.choose("en", pack=None, mode="lexical", embedder="", settings=NOWHERE)
    assert setup.embedder is None
    assert "note" not in said


def test_an_embedder_is_taken_by_name_or_from_a_folder(tmp_path: Path) -> None:
    setup, _ = setups.choose("zh", pack=None, mode="hybrid", embedder="hash", settings=NOWHERE)
    assert setup.embedder is not None
    assert (setup.mode, setup.embedder.id) == ("hybrid", "hash-64")
    with pytest.raises(ModelError, match="holds no model weights"):
        setups.choose("zh", pack=None, mode="dense", embedder=str(tmp_path), settings=NOWHERE)


def test_a_packs_numbers_are_measured_when_it_is_named() -> None:
    pack = loader.load("medical")
    setup, said = setups.choose("en", pack=pack, mode="lexical", embedder="", settings=NOWHERE)
    assert setup.numbers == pack.manifest.retrieval
    assert said["domain"] == "medical"
    with pytest.raises(ModelError, match="all-minilm-l6-v2"):
        setups.choose("en", pack=pack, mode="hybrid", embedder="", settings=NOWHERE)


def test_without_a_pack_english_has_the_schemas_numbers_and_a_ranker() -> None:
    assert setups.NUMBERS["en"] == Retrieval(rerank=True)
