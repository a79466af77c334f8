"""Lets a generator write, releases what has been checked, and stands in when nothing holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Generator as Generating
from dataclasses import dataclass, replace
from threading import Event

from domainkit.assistant.repair import Repair
from domainkit.assistant.wiring import Writer, extractive
from domainkit.errors import GenerationError
from domainkit.generation.extractive import further
from domainkit.guards import citations, grounding
from domainkit.text import sentences
from domainkit.types import Answer, Draft, Generation, Prompt, Question, Verdict


@dataclass(frozen=True, slots=True)
class Written:
    """What a generator wrote and the answer the guards made of it."""

    generation: Generation
    answer: Answer


def write(
    writer: Writer,
    prompt: Prompt,
    finish: Callable[[str], Answer],
    *,
    release: Callable[[Draft], Draft],
    repair: Repair | None = None,
    complete: bool = False,
    adapter: str | None = None,
    cancel: Event | None = None,
) -> Generating[str, None, Written]:
    """Yield each sentence once it is found supported and released; return all that was written.

    Where enough of an answer is supported, the other sentences are written anew; they are yielded
    last and stand in their place in what is returned. When too little of what a model wrote is
    supported, the documents' own sentences take its place and a notice says so; so they do where
    it writes that the documents do not say, and these very likely do. An answer may be completed:
    the documents' own sentences that say more than the model did follow it, and stand in for it
    where it is of none of the sources that they are of, or of others than those asked about.

    Args:
        writer: what writes.
        prompt: what it is given.
        finish: makes the answer of a generator's whole text: the answer guards.
        release: leaves of a stretch of it what the same guards let be shown.
        repair: writes anew what is not supported; None leaves it out.
        complete: whether the documents' own sentences follow what a model wrote.
        adapter: the tuned adapter to write with.
        cancel: set when nobody waits for the answer any more.
    """
    generation = yield from _released(writer, prompt, release, adapter=adapter, cancel=cancel)
    answer = finish(generation.text)
    repaired: tuple[Verdict, ...] = ()
    if repair and answer.status == "answered" and answer.support != 1:
        mended = repair.mended(writer, prompt, generation, adapter=adapter, cancel=cancel)
        for sentence in mended.anew:
            yield from _supported(sentence, prompt, release)
        if mended.anew:
            generation, answer = mended.generation, finish(mended.generation.text)
            repaired = (mended.verdict,)
    ended = generation.finish == "cancelled" or writer.is_extractive
    aside = False
    if complete and answer.status == "answered" and not ended:
        more = further(prompt, answer)
        aside = more is None
        if more:
            answer = yield from _completed(
                answer, generation, more, prompt=prompt, finish=finish, release=release
            )
    answer = replace(
        answer,
        verdicts=(*answer.verdicts, *repaired),
        notices=(*answer.notices, *writer.notices),
    )
    unsupported = answer.status == "insufficient" and answer.support is not None
    if ended or not (unsupported or aside):
        return Written(generation, answer)
    stand_in = extractive(*writer.notices, _why(generation.model, answer, aside=aside))
    return (yield from write(stand_in, prompt, finish, release=release, cancel=cancel))


def _why(model: str, answer: Answer, *, aside: bool) -> str:
    """Return the notice that says why the documents' own sentences stand in."""
    if aside:
        said = f"What {model} wrote is of other sources or people than those that answer best; "
    elif any(v.reason == grounding.NO_ANSWER for v in answer.verdicts):
        said = f"{model} found no answer in sources that are likely to hold one; "
    else:
        said = f"Too little of what {model} wrote is supported by the sources; "
    return f"{said}these are the documents' own sentences."


def _completed(
    answer: Answer,
    generation: Generation,
    more: str,
    *,
    prompt: Prompt,
    finish: Callable[[str], Answer],
    release: Callable[[Draft], Draft],
) -> Generating[str, None, Answer]:
    """Yield ``more``, the documents' own sentences, and return them with ``answer``.

    ``support`` stays that of what the model wrote. The answer stays as it was where a guard would
    not let the two be shown together.
    """
    whole = finish(f"{generation.text.rstrip()}\n\n{more}")
    if whole.status != "answered":
        return answer
    yield from _supported(more, prompt, release)
    notice = f"What follows the words of {generation.model} are the documents' own sentences."
    return replace(whole, support=answer.support, notices=(*whole.notices, notice))


def _released(
    writer: Writer,
    prompt: Prompt,
    release: Callable[[Draft], Draft],
    *,
    adapter: str | None,
    cancel: Event | None,
) -> Generating[str, None, Generation]:
    pending = ""
    for piece in writer.generator.stream(prompt, adapter=adapter, cancel=cancel):
        if isinstance(piece, Generation):
            yield from _supported(pending, prompt, release)
            return piece
        pending += piece
        complete = _complete(pending)
        yield from _supported(pending[:complete], prompt, release)
        pending = pending[complete:]
    raise GenerationError(
        f"{writer.generator.id} ended its stream without a result",
        hint="this is a fault of that generator: report it to its author",
    )


def _supported(text: str, prompt: Prompt, release: Callable[[Draft], Draft]) -> Iterator[str]:
    """Yield what may be shown of ``text``, if the sources support any claim of it."""
    draft = citations.draft(prompt.question or Question(""), prompt, text)
    found = any(claim.verdict == "supported" for claim in draft.claims)
    if found and (shown := release(draft).text.strip()):
        yield f"{shown} "


def _complete(text: str) -> int:
    """Return where the last complete sentence of ``text`` ends; 0 while the first is written.

    A sentence is complete once the next one has begun: its markers may follow its full stop.
    """
    spans = sentences(text)
    return spans[-2].end if len(spans) > 1 else 0
