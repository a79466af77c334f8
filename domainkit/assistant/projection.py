"""The one view of a turn that programs get: ``domainkit ask --json`` and ``POST /v1/ask``."""

from __future__ import annotations

from typing import Any

from domainkit.types import Citation, Claim, Retrieved, Span, Turn, Verdict


def project(turn: Turn) -> dict[str, Any]:
    """Return the answer of ``turn`` as JSON-ready data; the fields are those of ``Answer``.

    ``generator`` and ``adapter`` name what wrote the text, and are null where no model was asked.
    ``timings`` are seconds by stage.
    """
    answer, generation = turn.answer, turn.generation
    return {
        "status": answer.status,
        "text": answer.text,
        "citations": [_citation(c) for c in answer.citations],
        "claims": [_claim(c) for c in answer.claims],
        "sufficiency": _rounded(answer.sufficiency),
        "support": _rounded(answer.support),
        "verdicts": [_verdict(v) for v in answer.verdicts],
        "notices": list(answer.notices),
        "condensed": turn.question.condensed,
        "generator": generation.model if generation else None,
        "adapter": generation.adapter if generation else None,
        "usage": {
            "prompt_tokens": generation.usage.prompt_tokens if generation else 0,
            "completion_tokens": generation.usage.completion_tokens if generation else 0,
        },
        "timings": {stage: round(seconds, 4) for stage, seconds in turn.timings.items()},
    }


def project_retrieved(retrieved: Retrieved) -> dict[str, Any]:
    """Return one retrieved passage as JSON-ready data, with each index's own score in ``via``."""
    passage = retrieved.passage
    return {
        "rank": retrieved.rank,
        "score": round(retrieved.score, 6),
        "via": {name: round(score, 6) for name, score in retrieved.via.items()},
        "passage_id": passage.id,
        "document_id": passage.document_id,
        "title": passage.title,
        "section": list(passage.section),
        "locator": passage.locator,
        "page": passage.page,
        "span": _span(passage.span),
        "text": passage.text,
        "also": [
            {
                "passage_id": other.id,
                "document_id": other.document_id,
                "title": other.title,
                "locator": other.locator,
            }
            for other in retrieved.also
        ],
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "marker": citation.marker,
        "title": citation.title,
        "section": list(citation.section),
        "locator": citation.locator,
        "page": citation.page,
        "quote": citation.quote,
        "quote_span": _span(citation.quote_span),
        "passage_id": citation.passage_id,
        "document_id": citation.document_id,
        "source": citation.source,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "text": claim.text,
        "span": _span(claim.span),
        "verdict": claim.verdict,
        "passage_id": claim.passage_id,
        "quote_span": _span(claim.quote_span) if claim.quote_span else None,
        "check": claim.check,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "guard": verdict.guard,
        "stage": verdict.stage,
        "action": verdict.action,
        "reason": verdict.reason,
    }


def _span(span: Span) -> list[int]:
    return [span.start, span.end]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
