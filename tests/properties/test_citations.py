"""Citations are never trusted: whatever a generator writes, what is cited is there to be read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sources import source

from domainkit.generation.extractive import ExtractiveGenerator
from domainkit.guards import markers
from domainkit.guards.citations import draft, resolve, supported
from domainkit.types import Prompt, Question

WORDS = st.sampled_from(
    "the dose of aspirin is two mg a day for adults not children IL-6 no rest 5 500 % per kg IV"
    " 儿童 不得 每日三次 应当 依照法律 第十二条 . . ; ! ? 。 ， \n - \n\n".split(" ")
)
TEXT = st.lists(WORDS, max_size=24).map(" ".join)
MARKER = st.sampled_from(
    "[1]|[2]|[3]|[9]|[0]|[1, 2]|[1-3]|【1】|[Source 2]|[12]|[]|[x]|［2］|[1 and 2]|[9999]".split(
        "|"
    )
)
WRITTEN = st.lists(st.one_of(TEXT, MARKER), max_size=8).map(" ".join)
SOURCES = st.lists(st.tuples(TEXT, st.integers(0, 50)), max_size=4)


def prompt_of(sources: list[tuple[str, int]]) -> tuple[Prompt, dict[str, str]]:
    """Return a prompt and the documents its passages were cut from."""
    documents, shown = {}, []
    for number, (text, start) in enumerate(sources, start=1):
        documents[f"d{number}"] = "x" * start + text + "y" * 7
        shown.append(source(text, number, start=start))
    return Prompt((), tuple(shown), Question("What is the dose?")), documents


def check(text: str, citations: tuple, claims: tuple, documents: dict[str, str]) -> None:
    for citation in citations:
        assert citation.quote_span.of(documents[citation.document_id]) == citation.quote
        assert citation.quote.strip()
        assert citation.marker == f"[{citation.document_id[1:]}]"
        assert citation.marker in text
    cited = {citation.marker for citation in citations}
    shown = {f"[{n}]" for said in markers.said(text) for n in said.numbers}
    assert shown == cited
    for claim in claims:
        assert claim.span.of(text) == claim.text
        assert (claim.quote_span is None) == (claim.verdict == "unsupported")
    assert [claim.span for claim in claims] == sorted(claim.span for claim in claims)


@settings(max_examples=300)
@given(WRITTEN, SOURCES)
def test_every_citation_can_be_read_where_it_says(
    written: str, sources: list[tuple[str, int]]
) -> None:
    prompt, documents = prompt_of(sources)
    text, citations, claims = resolve(written, prompt)
    check(text, citations, claims, documents)


@given(WRITTEN, SOURCES)
def test_a_repaired_answer_holds_supported_statements_alone(
    written: str, sources: list[tuple[str, int]]
) -> None:
    prompt, documents = prompt_of(sources)
    made = draft(Question("What is the dose?"), prompt, written)
    kept = supported(made)
    assert {claim.verdict for claim in kept.claims} <= {"supported"}
    said = [claim.text for claim in made.claims if claim.verdict == "supported"]
    assert [claim.text for claim in kept.claims] == said
    check(kept.text, kept.citations, kept.claims, documents)
    assert resolve(kept.text, prompt) == (kept.text, kept.citations, kept.claims)


@given(SOURCES)
def test_the_extractive_answer_is_supported_throughout(sources: list[tuple[str, int]]) -> None:
    prompt, documents = prompt_of(sources)
    text, citations, claims = resolve(ExtractiveGenerator().generate(prompt).text, prompt)
    assert {claim.verdict for claim in claims} <= {"supported"}
    assert bool(claims) == bool(citations)
    check(text, citations, claims, documents)
