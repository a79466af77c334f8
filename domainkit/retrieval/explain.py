"""Says why a passage was found: what was searched, what each index said, how it adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval.fusion import Weights, score
from domainkit.retrieval.retriever import Mode
from domainkit.text import terms
from domainkit.types import Question, Retrieved


@dataclass(frozen=True, slots=True)
class Explanation:
    """How passages came to be found.

    ``terms`` are what the words of the question became. ``parts`` holds for each passage, in
    order, what BM25, cosine and coverage add to its score; ``scores`` says how, in words.
    """

    terms: tuple[str, ...]
    filter: str
    scores: str
    parts: tuple[Mapping[str, float], ...]


def explain(
    question: Question, retrieved: Sequence[Retrieved], numbers: Retrieval, mode: Mode
) -> Explanation:
    """Return why ``retrieved`` was found for ``question``."""
    vectors = any("dense" in item.via for item in retrieved)
    weights = Weights.of(numbers, words=mode != "dense", vectors=vectors and mode != "lexical")
    return Explanation(
        terms=tuple(dict.fromkeys(terms(question.search_text))),
        filter=_filter(question),
        scores=_formula(weights),
        parts=tuple(_parts(item, weights) for item in retrieved),
    )


def _parts(item: Retrieved, weights: Weights) -> dict[str, float]:
    """Return what vectors and coverage add to the score, and the rest, which is BM25's."""
    dense = score(0.0, item.via.get("dense", 0.0), 0.0, weights=weights)
    coverage = score(0.0, 0.0, item.via.get("coverage", 0.0), weights=weights)
    return {"lexical": item.score - dense - coverage, "dense": dense, "coverage": coverage}


def _filter(question: Question) -> str:
    kept = [f"in force on {question.as_of}"] if question.as_of else []
    if question.jurisdiction:
        kept.append(f"of {question.jurisdiction} or of no jurisdiction")
    return " and ".join(kept) or "everything"


def _formula(weights: Weights) -> str:
    shares = {
        "lexical / (lexical + half)": weights.lexical,
        "dense": weights.dense,
        "coverage": weights.coverage,
    }
    return " + ".join(f"{share:g} · {part}" for part, share in shares.items() if share)
