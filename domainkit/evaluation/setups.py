"""Decides what a benchmark measures where the command line leaves it open."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import platformdirs

from domainkit.assistant import embedding, engines, wiring
from domainkit.errors import EvaluationError
from domainkit.evaluation.benchmark import Setup
from domainkit.models.cache import default_cache, fetched
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.glossary import Glossary
from domainkit.retrieval.retriever import Mode
from domainkit.retrieval.vector_cache import VectorCache
from domainkit.settings import Settings

Language = Literal["en", "zh"]

# Without a pack. A title that names a statute and an article takes the lead from what is asked:
# at a boost of 1, nDCG@10 of stard_zh falls from .442 to .401 (docs/decisions/fusion.md).
# The article beside one speaks of the same subject (docs/decisions/chinese-search.md): at a
# neighbour_weight of .3, BM25 alone finds .470 there, not .443. The shares of English were chosen
# on English sets, those of Chinese on its own (docs/decisions/chinese-search.md).
NUMBERS: dict[Language, Retrieval] = {
    "en": Retrieval(rerank=True),
    "zh": Retrieval(title_boost=0.0, neighbour_weight=0.3, dense_weight=0.7, coverage_weight=0.1),
}
# Vectors kept between benchmarks, 0.9 GB of 384 numbers: all sets of the benchmarks a few times.
_LIMIT = 1_000_000
EMBEDDERS: dict[Language, str] = {"en": "all-minilm-l6-v2", "zh": "multilingual-e5-small-4bit"}
# Words alone serve Chinese well, and its embedder belongs to no tier yet.
_WHERE_FETCHED = ("multilingual-e5-small-4bit",)


def choose(
    language: Language,
    *,
    pack: Pack | None,
    mode: Mode,
    embedder: str,
    settings: Settings,
    fresh: bool = False,
) -> tuple[Setup, dict[str, Any]]:
    """Return what to measure, and what the report says of how that was chosen.

    Args:
        language: of the questions.
        pack: whose numbers and embedder are measured; None takes those of this module.
        mode: what was asked for. Hybrid without an embedder is lexical, and the report says so.
        embedder: a name of the catalogue or a model's folder; empty takes the pack's.
        settings: the tier, and where models are kept.
        fresh: encode every text, so that the time it takes is measured.

    Raises:
        EvaluationError: when dense is asked for and nothing makes vectors.
        ModelError: when the embedder is not fetched.
    """
    said: dict[str, Any] = {"language": language, "domain": pack.name if pack else None}
    name = embedder or _suggested(language, pack, settings)
    if mode != "lexical" and not name:
        if mode == "dense":
            raise EvaluationError(
                f"there is no embedder for '{language}' to measure",
                hint=f"domainkit models fetch {EMBEDDERS[language]}, or --embedder NAME|FOLDER",
            )
        mode = "lexical"
        said["note"] = f"no embedder for '{language}', such as {EMBEDDERS[language]}: words alone"
    numbers = pack.manifest.retrieval if pack else NUMBERS[language]
    made = (
        None
        if mode == "lexical"
        else embedding.base_embedder(name, cache_folder=settings.models.cache)
    )
    cache = None if fresh or made is None else VectorCache(kept(), limit=_LIMIT)
    glossary = Glossary(pack.glossary if pack else {})
    reranker = wiring.reranker(settings, numbers, pack) if mode == "hybrid" else None
    return Setup(numbers, mode, made, cache=cache, glossary=glossary, reranker=reranker), said


def kept() -> Path:
    """Return the file of the vectors that benchmarks share, in the user's cache."""
    return platformdirs.user_cache_path("domainkit") / "benchmarks" / "encoded.sqlite"


def _suggested(language: Language, pack: Pack | None, settings: Settings) -> str:
    if pack is not None:
        return engines.suggested(pack, settings, "embedder", language)
    name = EMBEDDERS[language]
    kept = settings.models.cache or default_cache()
    return name if name not in _WHERE_FETCHED or fetched(name, cache=kept) else ""
