"""Lets a generator write, releases what has been checked, and stands in when nothing holds."""

from __future__ import annotations

from collections.abc import Generator as Generating
from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Event

from domainkit import registry
from domainkit.assistant.wiring import Writer
from domainkit.errors import GenerationError
from domainkit.guards import citations
from domainkit.text import sentences
from domainkit.types import Citation, Claim, Draft, Generation, Prompt, Question


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, after its citations were resolved by code."""

    generation: Generation
    text: str
    citations: tuple[Citation, ...]
    claims: tuple[Claim, ...]
    notices: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the sources support at least one of its claims."""
        return any(claim.verdict == "supported" for claim in self.claims)

    def draft(self, prompt: Prompt, question: Question) -> Draft:
        """Return what the answer guards judge."""
        return Draft(question, prompt, self.text, self.citations, self.claims)


def condense(question: Question) -> Question:
    """Return ``question`` with its history's last question before it, so that it stands alone."""
    asked = [message.content for message in question.history if message.role == "user"]
    if not asked or question.condensed:
        return question
    return replace(question, condensed=f"{asked[-1]} {question.text}")


def write(
    writer: Writer, prompt: Prompt, *, adapter: str | None, cancel: Event | None
) -> Generating[str, None, Written]:
    """Yield each sentence once it is found supported; return all that was written.

    When the sources support nothing of what the model wrote, the documents' own sentences take
    its place and a notice says so.
    """
    generation = yield from _released(writer, prompt, adapter=adapter, cancel=cancel)
    written = _resolved(generation, prompt, writer.notices)
    if written.holds or generation.finish == "cancelled":
        return written
    extractive = registry.get("generators", "extractive")()
    if writer.generator.id == extractive.id:
        return written
    notice = (
        f"Nothing that {generation.model} wrote was supported by the sources; "
        "these are the documents' own sentences."
    )
    stand_in = Writer(extractive, writer.count, (*writer.notices, notice))
    return (yield from write(stand_in, prompt, adapter=None, cancel=cancel))


def _released(
    writer: Writer, prompt: Prompt, *, adapter: str | None, cancel: Event | None
) -> Generating[str, None, Generation]:
    pending = ""
    for piece in writer.generator.stream(prompt, adapter=adapter, cancel=cancel):
        if isinstance(piece, Generation):
            yield from _supported(pending, prompt)
            return piece
        pending += piece
        complete = _complete(pending)
        yield from _supported(pending[:complete], prompt)
        pending = pending[complete:]
    raise GenerationError(
        f"{writer.generator.id} ended its stream without a result",
        hint="this is a fault of that generator: report it to its author",
    )


def _resolved(generation: Generation, prompt: Prompt, notices: tuple[str, ...]) -> Written:
    text, cited, claims = citations.resolve(generation.text, prompt)
    return Written(generation, text, cited, claims, notices)


def _supported(text: str, prompt: Prompt) -> Iterator[str]:
    """Yield ``text`` with its citations resolved, if the sources support any claim of it."""
    resolved, _, claims = citations.resolve(text, prompt)
    if any(claim.verdict == "supported" for claim in claims):
        yield f"{resolved.strip()} "


def _complete(text: str) -> int:
    """Return where the last complete sentence of ``text`` ends; 0 while the first is written.

    A sentence is complete once the next one has begun: its markers may follow its full stop.
    """
    spans = sentences(text)
    return spans[-2].end if len(spans) > 1 else 0
