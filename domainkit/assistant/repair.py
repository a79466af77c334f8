"""Has what no source supports written anew: once, from the source that comes nearest to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event

from domainkit.assistant.wiring import Writer
from domainkit.guards import citations, markers
from domainkit.text import sentences
from domainkit.types import Generation, Prompt, Retrieved, Verdict


@dataclass(frozen=True, slots=True)
class Mended:
    """A generation with some of its sentences written anew, and those sentences."""

    generation: Generation
    lacking: int
    anew: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What the answer says of it."""
        reason = f"{len(self.anew)} of {self.lacking} unsupported statements written anew"
        return Verdict("repair", "answer", "amend", reason=reason)


@dataclass(frozen=True, slots=True)
class Repair:
    """Writes statements without support anew.

    A small model errs most where it blends what several sources say. So the same question is asked
    of one source alone, through the same composer, and the first sentence of what is written takes
    the place of the unsupported one. Whether it is supported is for the guards to judge.

    Args:
        most: how many statements of an answer; those after them are left as they are.
        compose: makes the prompt of the question with these sources alone.
    """

    most: int
    compose: Callable[[Sequence[Retrieved]], Prompt]

    def mended(
        self,
        writer: Writer,
        prompt: Prompt,
        generation: Generation,
        *,
        adapter: str | None = None,
        cancel: Event | None = None,
    ) -> Mended:
        """Return ``generation`` with what ``prompt.sources`` do not support written anew."""
        lacking = citations.unsupported(generation.text, prompt)
        said = markers.said(generation.text)
        asked: set[int] = set()
        anew: list[str] = []
        for place, number in lacking.items():
            if len(asked) == self.most or (cancel is not None and cancel.is_set()):
                break
            if not number or number in asked:  # the same source would say the same again
                continue
            asked.add(number)
            alone = self.compose([prompt.sources[number - 1]])
            text = _first_sentence(writer, alone, adapter, cancel)
            if text:
                said[place] = replace(said[place], text=text, numbers=(number,))
                anew.append(markers.written([said[place]]).strip())
        whole = replace(generation, text=markers.written(said)) if anew else generation
        return Mended(whole, len(lacking), tuple(anew))


def _first_sentence(
    writer: Writer, prompt: Prompt, adapter: str | None, cancel: Event | None
) -> str:
    """Return the first sentence written, without its markers; what would follow is not awaited."""
    text = ""
    for piece in writer.generator.stream(prompt, adapter=adapter, cancel=cancel):
        text = piece.text if isinstance(piece, Generation) else text + piece
        if len(sentences(text)) > 1:
            break
    first = next(iter(markers.said(text)), None)
    return first.text if first else ""
