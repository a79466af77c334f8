from __future__ import annotations

import pytest
from sources import prompt, source

from domainkit.guards.citations import draft, resolve, supported
from domainkit.types import Claim, Prompt, Question, Span

DOSE = "Adults take two tablets every six hours. Never take more than eight tablets in a day."
STORE = "Keep the tablets below 25 degrees. Do not give them to children under five."
LAW = "夫妻双方自愿离婚的，应当签订书面离婚协议。一方要求离婚的，可以向法院提起诉讼。"


def markers(text: str, *sources: str) -> list[str]:
    return [citation.marker for citation in resolve(text, prompt(*sources))[1]]


def test_a_marker_whose_source_says_so_becomes_a_citation() -> None:
    found = Prompt((), (source(DOSE, 1, start=100, page=4, section=("Dose",)),))
    text, (citation,), (claim,) = resolve("Adults take two tablets every six hours [1].", found)
    assert text == "Adults take two tablets every six hours. [1]"
    assert citation.quote == "Adults take two tablets every six hours."
    assert citation.quote_span == Span(100, 140)
    assert (citation.marker, citation.passage_id, citation.document_id) == ("[1]", "p1", "d1")
    assert (citation.title, citation.locator) == ("Document 1", "p. 1")
    assert (citation.page, citation.section) == (4, ("Dose",))
    assert claim == Claim(
        "Adults take two tablets every six hours.", Span(0, 40), "supported", "p1", Span(100, 140)
    )


def test_several_statements_each_have_their_own() -> None:
    written = "Adults take two tablets every six hours [1]. Keep the tablets below 25 degrees [2]."
    text, citations, claims = resolve(written, prompt(DOSE, STORE))
    assert text == (
        "Adults take two tablets every six hours. [1] Keep the tablets below 25 degrees. [2]"
    )
    assert [c.marker for c in citations] == ["[1]", "[2]"]
    assert [c.span.of(text) for c in claims] == [c.text for c in claims]


def test_chinese_markers_stand_without_a_space() -> None:
    text, citations, _ = resolve("双方自愿离婚的，应当签订书面离婚协议【1】。", prompt(LAW))
    assert text == "双方自愿离婚的，应当签订书面离婚协议。[1]"
    assert citations[0].quote == "夫妻双方自愿离婚的，应当签订书面离婚协议。"


def test_a_marker_of_no_source_is_removed() -> None:
    text, citations, claims = resolve("The moon is made of cheese [7].", prompt(DOSE))
    assert (text, citations) == ("The moon is made of cheese.", ())
    assert claims[0].verdict == "unsupported"


def test_a_marker_of_the_wrong_source_is_put_right() -> None:
    assert markers("Keep the tablets below 25 degrees [1].", DOSE, STORE) == ["[2]"]


def test_a_marker_whose_source_does_not_say_so_is_removed() -> None:
    text, citations, claims = resolve("Tablets cure every disease of the lungs [1].", prompt(DOSE))
    assert (text, citations) == ("Tablets cure every disease of the lungs.", ())
    assert (claims[0].verdict, claims[0].passage_id) == ("unsupported", None)


def test_a_sentence_without_marker_is_cited_only_where_a_source_clearly_says_it() -> None:
    assert markers("Keep the tablets below 25 degrees.", DOSE, STORE) == ["[2]"]
    assert markers("Tablets should be kept somewhere cool.", DOSE, STORE) == []


def test_what_a_source_denies_is_contradicted_and_shown_where() -> None:
    text, citations, (claim,) = resolve(
        "Adults take two tablets every eight hours [1].", prompt(DOSE)
    )
    assert (claim.verdict, claim.passage_id) == ("contradicted", "p1")
    assert claim.quote_span is not None
    assert claim.quote_span.of(DOSE) == "Adults take two tablets every six hours."
    assert citations == ()
    assert "[1]" not in text


def test_of_several_markers_those_that_hold_stay() -> None:
    written = "Keep the tablets below 25 degrees [1][2][9]."
    text, citations, claims = resolve(written, prompt(DOSE, STORE))
    assert text == "Keep the tablets below 25 degrees. [2]"
    assert [c.marker for c in citations] == ["[2]"]
    assert claims[0].passage_id == "p2"


def test_two_sources_that_say_the_same_are_both_cited() -> None:
    text, citations, _ = resolve("Keep the tablets below 25 degrees [1][2].", prompt(STORE, STORE))
    assert text == "Keep the tablets below 25 degrees. [1][2]"
    assert [c.marker for c in citations] == ["[1]", "[2]"]


def test_a_quotation_is_listed_once() -> None:
    written = "Keep the tablets below 25 degrees [1]. The tablets keep below 25 degrees [1]."
    text, citations, claims = resolve(written, prompt(STORE))
    assert len(claims) == 2
    assert len(citations) == 1
    assert text.count("[1]") == 2


def test_what_was_said_is_not_said_again() -> None:
    written = "Keep the tablets below 25 degrees [1]. Keep  the tablets below 25 degrees [1]."
    text, _, claims = resolve(written, prompt(STORE))
    assert text == "Keep the tablets below 25 degrees. [1]"
    assert len(claims) == 1


def test_the_shortest_sentence_that_says_it_is_quoted() -> None:
    both = (
        f"{STORE} At home, keep the tablets below 25 degrees and away from the sun at all times."
    )
    _, (citation,), _ = resolve("Keep the tablets below 25 degrees [1].", prompt(both))
    assert citation.quote == "Keep the tablets below 25 degrees."


def test_a_documents_own_numbers_are_no_markers_of_ours() -> None:
    known = "Rest is enough in mild cases [2]. Ice helps [3, 4]."
    _, citations, _ = resolve("Rest is enough in mild cases (2). [1]", prompt(known, STORE))
    assert [(c.marker, c.quote) for c in citations] == [
        ("[1]", "Rest is enough in mild cases [2].")
    ]


@pytest.mark.parametrize("written", ["", "   ", "[1]", "[1][2]\n", "。"])
def test_nothing_said_is_no_claim(written: str) -> None:
    text, citations, claims = resolve(written, prompt(DOSE))
    assert citations == ()
    assert all(claim.verdict == "unsupported" for claim in claims)
    assert "[" not in text


def test_without_sources_nothing_holds() -> None:
    text, citations, claims = resolve("Take two [1].", prompt())
    assert (text, citations, claims[0].verdict) == ("Take two.", (), "unsupported")


MIXED = (
    "Adults take two tablets every six hours [1]. The moon is cheese [2].\n\n"
    "Keep the tablets below 25 degrees [2]. Adults take two tablets every eight hours [1]."
)


def test_a_draft_holds_what_was_written_too() -> None:
    question, found = Question("How many?"), prompt(DOSE, STORE)
    made = draft(question, found, MIXED)
    assert (made.question, made.prompt, made.written) == (question, found, MIXED)
    assert (made.text, made.citations, made.claims) == resolve(MIXED, found)


def test_what_is_not_supported_can_be_left_out() -> None:
    kept = supported(draft(Question("How many?"), prompt(DOSE, STORE), MIXED))
    assert kept.text == (
        "Adults take two tablets every six hours. [1]\n\nKeep the tablets below 25 degrees. [2]"
    )
    assert [c.verdict for c in kept.claims] == ["supported", "supported"]
    assert [c.span.of(kept.text) for c in kept.claims] == [c.text for c in kept.claims]
    assert [c.marker for c in kept.citations] == ["[1]", "[2]"]
    assert kept.written == MIXED


def test_when_nothing_is_supported_nothing_is_left() -> None:
    kept = supported(draft(Question("?"), prompt(DOSE), "The moon is cheese."))
    assert (kept.text, kept.claims, kept.citations) == ("", (), ())
