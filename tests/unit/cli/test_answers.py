"""How an answer looks: nothing a reader needs is left out, nothing in a document is obeyed."""

import io
from dataclasses import replace
from typing import Any

import pytest
from fake_assistant import SENTENCES, answered, outcome
from rich.console import Console

from domainkit.cli import answers
from domainkit.types import Citation, Question, Span, Turn, Usage, Verdict

CITATION = answered(Question("q")).answer.citations[0]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    text = io.StringIO()
    monkeypatch.setattr(answers, "out", Console(file=text, soft_wrap=True, highlight=False))
    return text


def change(turn: Turn, **changes: Any) -> Turn:
    return replace(turn, answer=replace(turn.answer, **changes))


def test_a_citation_shows_words_document_section_locator_page_and_file(
    screen: io.StringIO,
) -> None:
    answers.show(answered(Question("q")))

    shown = screen.getvalue()
    assert shown.startswith("Take one tablet. [1] Not more than four a day. [1]\n")
    assert "[1] “Take one tablet.”\n    Leaflet · Dose · p. 2 · a.pdf\n" in shown
    assert "note: Information, not advice.\n" in shown
    assert "written by echo, no adapter, 24 tokens/s · sufficiency 0.91 · support 1.00" in shown


def test_quotes_from_one_place_stand_above_it_together(screen: io.StringIO) -> None:
    two = replace(CITATION, marker="[2]", quote="Twice a day.")
    cited = (CITATION, two, replace(two, quote="With water."))

    answers.show(change(answered(Question("q")), citations=cited))

    assert (
        "\n[2] “Twice a day.”\n    “With water.”\n    Leaflet · Dose · p. 2" in screen.getvalue()
    )
    assert screen.getvalue().count("a.pdf") == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"locator": "Art. 6(1)(b)", "page": None}, "Leaflet · Dose · Art. 6(1)(b) · a.pdf"),
        ({"locator": "p. 4, Methods", "page": 4}, "Leaflet · Dose · p. 4, Methods · a.pdf"),
        ({"locator": "p. 12", "page": 1}, "Leaflet · Dose · p. 12 · p. 1 · a.pdf"),
        ({"locator": "Dose", "page": 3}, "Leaflet · Dose · p. 3 · a.pdf"),
        ({"locator": "", "section": (), "page": None, "source": ""}, "Leaflet"),
        ({"section": ("A", "B"), "page": None, "locator": "§ 2"}, "Leaflet · A › B · § 2 · a.pdf"),
    ],
)
def test_a_place_says_each_thing_once(changes: dict[str, Any], expected: str) -> None:
    assert answers.place(replace(CITATION, **changes)) == expected


@pytest.mark.parametrize("status", ["insufficient", "clarify", "refused", "escalated"])
def test_what_is_no_answer_says_so_first(screen: io.StringIO, status: str) -> None:
    answers.show(outcome(status)(Question("q")))

    first, second = screen.getvalue().splitlines()[:2]
    assert first == answers.HEADINGS[status][0]  # type: ignore[index]
    assert second == f"This is {status}."
    assert "no model was asked" in screen.getvalue()


def test_the_guard_that_decided_is_named(screen: io.StringIO) -> None:
    verdict = Verdict("emergency", "question", "escalate", "chest pain")

    answers.show(change(outcome("escalated")(Question("q")), verdicts=(verdict,)))

    assert "emergency: chest pain" in screen.getvalue()


def test_the_adapter_that_wrote_is_named() -> None:
    turn = answered(Question("q"), adapter="v2")

    assert answers.footer(turn).startswith("written by echo, adapter v2, 24 tokens/s")


def test_no_rate_is_claimed_that_was_not_measured() -> None:
    turn = answered(Question("q"))
    assert turn.generation
    unmeasured = replace(turn, generation=replace(turn.generation, usage=Usage()))

    assert "tokens/s" not in answers.footer(unmeasured)


def test_escape_sequences_and_markup_of_a_document_are_not_obeyed(screen: io.StringIO) -> None:
    hostile = "\x1b]0;owned\x07 \x9b31m [red]x[/red] :smile: [link=http://evil]y[/link]"
    citation = Citation("[1]", "p", "d", hostile, hostile, hostile, Span(0, 1), hostile)

    answers.show(change(answered(Question("q")), text=hostile, citations=(citation,)))

    shown = screen.getvalue()
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)
    assert shown.count("[red]x[/red] :smile: [link=http://evil]y[/link]") == 5


def test_a_followed_answer_is_printed_once_as_it_comes(screen: io.StringIO) -> None:
    def stream() -> Any:
        yield SENTENCES[0]
        assert screen.getvalue() == SENTENCES[0]
        yield SENTENCES[1]
        yield answered(Question("q"))

    answers.follow(stream())

    assert screen.getvalue().count("Not more than four a day. [1]") == 1
    assert "[1] “Take one tablet.”" in screen.getvalue()


def test_a_followed_answer_that_was_changed_by_a_last_check_is_shown_whole(
    screen: io.StringIO,
) -> None:
    final = change(answered(Question("q")), text="Take one tablet. [1] See a pharmacist.")

    answers.follow(iter([SENTENCES[0], final]))

    assert "The answer as a whole, after its last checks:\nTake one tablet. [1] See a" in (
        screen.getvalue()
    )


@pytest.mark.parametrize("status", ["insufficient", "escalated"])
def test_a_followed_refusal_has_its_heading(screen: io.StringIO, status: str) -> None:
    answers.follow(iter([outcome(status)(Question("q"))]))

    assert screen.getvalue().startswith(f"{answers.HEADINGS[status][0]}\nThis is {status}.\n")  # type: ignore[index]
    assert "as a whole" not in screen.getvalue()
