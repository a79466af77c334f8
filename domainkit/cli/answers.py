"""How an answer looks on a terminal: text, citations, and what wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.text import Text

from domainkit.cli import output
from domainkit.cli.output import out
from domainkit.types import Answer, Citation, Generation, Status, Turn

# What a reader must not overlook: that this is no answer from the documents.
HEADINGS: dict[Status, tuple[str, str]] = {
    "insufficient": ("The documents do not say.", "bold yellow"),
    "clarify": ("A question back:", "bold yellow"),
    "refused": ("Refused.", "bold yellow"),
    "escalated": ("Escalated: not for documents to answer.", "bold red"),
}


def show(turn: Turn) -> None:
    """Print the whole of ``turn``."""
    _print_condensed(turn)
    _print_heading(turn.answer)
    _print(turn.answer.text)
    _print_rest(turn)


def follow(stream: Iterator[str | Turn]) -> None:
    """Print the sentences of ``stream`` as they come, then the citations of its turn."""
    released = ""
    for item in stream:
        if isinstance(item, str):
            released += item
            _print(item, end="")
            continue
        if released:
            _print("")
        if released.split() != item.answer.text.split():
            _print_heading(item.answer)
            if released:
                _print("The answer as a whole, after its last checks:", "dim")
            _print(item.answer.text)
        _print_rest(item)


def _print_condensed(turn: Turn) -> None:
    if turn.question.condensed:
        _print(f"asked as: {turn.question.condensed}", "dim")


def _print_heading(answer: Answer) -> None:
    if answer.status in HEADINGS:
        _print(*HEADINGS[answer.status])


def _print_rest(turn: Turn) -> None:
    for (marker, where), cited in groupby(turn.answer.citations, lambda c: (c.marker, place(c))):
        _print("")
        for number, citation in enumerate(cited):
            _print(f"{'' if number else marker:<4}“{citation.quote}”")
        _print(f"    {where}", "cyan")
    _print("")
    for notice in turn.answer.notices:
        _print(f"note: {notice}")
    for verdict in turn.answer.verdicts:
        if verdict.action != "pass" and verdict.reason:
            _print(f"{verdict.guard}: {verdict.reason}", "dim")
    _print(footer(turn), "dim")


def place(citation: Citation) -> str:
    """Return where the quoted words stand: document, section, locator, page and file."""
    where = output.place(citation.title, citation.section, citation.locator, citation.page)
    return " · ".join(part for part in (where, citation.source) if part)


def footer(turn: Turn) -> str:
    """Return one line: what wrote the answer, how sure it is, how long it took."""
    answer = turn.answer
    parts = [_writer(turn.generation)]
    if answer.sufficiency is not None:
        parts.append(f"sufficiency {answer.sufficiency:.2f}")
    if answer.support is not None:
        parts.append(f"support {answer.support:.2f}")
    parts += [f"{stage} {seconds:.2f} s" for stage, seconds in turn.timings.items()]
    return " · ".join(parts)


def _writer(generation: Generation | None) -> str:
    if generation is None:
        return "no model was asked"
    adapter = f"adapter {generation.adapter}" if generation.adapter else "no adapter"
    usage = generation.usage
    if not usage.completion_tokens or not usage.seconds:
        return f"written by {generation.model}, {adapter}"
    rate = usage.completion_tokens / usage.seconds
    return f"written by {generation.model}, {adapter}, {rate:.0f} tokens/s"


def _print(text: str, style: str = "", *, end: str = "\n") -> None:
    out.print(Text(output.safe(text), style=style, end=""), end=end)
