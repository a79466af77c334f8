"""Says why a passage was found: what was searched, what each index said, how it adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domainkit.packs.schemas.manifest import Retrieval
from domainkit.retrieval import tables
from domainkit.retrieval.fusion import Weights, score
from domainkit.retrieval.glossary import Glossary
from domainkit.retrieval.retriever import Mode
from domainkit.text import terms
from domainkit.types import Question, Retrieved, Validity

_NO_GLOSSARY = Glossary()


@dataclass(frozen=True, slots=True)
class Explanation:
    """How passages came to be found.

    ``terms`` are what the words of the question became, ``names`` what else the glossary calls
    them. ``parts`` holds for each passage, in
    order, what BM25, cosine and coverage add to its score; ``scores`` says how, in words.
    """

    terms: tuple[str, ...]
    filter: str
    scores: str
    parts: tuple[Mapping[str, float], ...]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def explain(
    question: Question,
    retrieved: Sequence[Retrieved],
    numbers: Retrieval,
    mode: Mode,
    glossary: Glossary = _NO_GLOSSARY,
) -> Explanation:
    """Return why ``retrieved`` was found for ``question``."""
    names = glossary.names(question.search_text)
    vectors = any("dense" in item.via for item in retrieved)
    weights = Weights.of(numbers, words=mode != "dense", vectors=vectors and mode != "lexical")
    return Explanation(
        terms=tuple(dict.fromkeys(terms(question.search_text))),
        filter=_filter(question),
        scores=_formula(weights),
        parts=tuple(_parts(item, weights, numbers.table_weight) for item in retrieved),
        names={term: tuple(map(" ".join, phrases)) for term, phrases in names.items()},
    )


def outdated(validity: Validity, today: date) -> str:
    """Return since when a text is no longer in force, and what replaced it; empty if it is."""
    end = validity.effective_to
    if end is None or end > today:
        return ""
    by = f", replaced by {validity.superseded_by}" if validity.superseded_by else ""
    return f"no longer in force since {end}{by}"


def _parts(item: Retrieved, weights: Weights, table_weight: float) -> dict[str, float]:
    """Return what vectors and coverage add to the score, and the rest, which is BM25's.

    A row of a table has what it names besides.
    """
    if "cited" in item.via:
        return {"cited": item.score}
    dense = score(0.0, item.via.get("dense", 0.0), 0.0, weights=weights)
    coverage = score(0.0, 0.0, item.via.get("coverage", 0.0), weights=weights)
    fused = tables.fused(item.score, item.via.get("table", 0.0), table_weight)
    parts = {"lexical": fused - dense - coverage, "dense": dense, "coverage": coverage}
    return parts | ({"table": item.score - fused} if "table" in item.via else {})


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
