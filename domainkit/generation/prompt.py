"""Composes the prompt: the pack's words, the numbered sources, the question.

The only composer. Answering and training call it with the same arguments, so that a tuned model
meets in use exactly what it met in training.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from string import Template

from domainkit.errors import QuestionError
from domainkit.packs.pack import Pack
from domainkit.text import sentences
from domainkit.text.neutral import disarm, neutralise
from domainkit.types import NO_NAMES, Message, Names, Passage, Prompt, Question, Retrieved

# Grows with every change of this module that changes a prompt: adapters are tuned to one version.
_VERSION = 2


def compose(
    pack: Pack,
    question: Question,
    retrieved: Sequence[Retrieved],
    *,
    budget: int,
    count: Callable[[str], int],
    names: Names = NO_NAMES,
) -> Prompt:
    """Return the prompt for ``question``; its ``sources`` are those of ``retrieved`` it shows.

    Sources are numbered in the order given and taken whole while they fit; the last taken may be
    cut to its leading sentences. The best stands first in the text and the second best last, for
    models overlook what stands in the middle (https://arxiv.org/abs/2307.03172). They are shown
    neutralised (see ``domainkit.text.neutral``).

    Args:
        pack: whose prompts to use, in the question's language.
        question: what is asked; its condensed form where it has one.
        retrieved: the passages to offer, best first.
        budget: the most tokens that all messages together may count.
        count: counts a text's tokens as the model does.
        names: what else the pack's glossary calls what the question names.

    Raises:
        QuestionError: when the question leaves no room for a single sentence of a source.
        PackError: when the pack lacks a prompt in every language of the question.
    """
    writer = _Writer(pack, question)
    blocks: list[str] = []
    fixed = count(writer.system)
    for number, source in enumerate(retrieved, start=1):
        block = next(
            (
                candidate
                for candidate in _shortening(number, source.passage)
                if fixed + count(writer.user([*blocks, candidate])) <= budget
            ),
            None,
        )
        if block is None:
            break
        blocks.append(block)
        if block != _block(number, source.passage):
            break
    if retrieved and not blocks:
        raise QuestionError(
            f"the question leaves no room for a source within {budget:,} tokens",
            hint="ask in fewer words, or raise generation.prompt_tokens in domainkit.toml",
        )
    messages = (Message("system", writer.system), Message("user", writer.user(blocks)))
    return Prompt(messages, tuple(retrieved[: len(blocks)]), question, names)


def template_hash(pack: Pack, languages: Sequence[str] | None = None) -> str:
    """Return the SHA-256 of everything of ``pack`` that shapes a prompt, and of this composer.

    A title that no prompt says shapes none: assistants that differ in it alone share adapters.
    With ``languages``, as if the pack had no other.
    """
    manifest = pack.manifest
    spoken = manifest.languages if languages is None else languages
    words = {
        key: text
        for key, text in pack.prompts.items()
        if key.startswith(("system.", "answer."))
        and (languages is None or key.rpartition(".")[2] in languages)
    }
    named = {"title": manifest.title, "audience": manifest.scope.audience}
    used = {name for text in words.values() for name in Template(text).get_identifiers()}
    shaping = [
        _VERSION,
        words,
        {language: pack.no_answer(language) for language in spoken},
        {name: value for name, value in named.items() if name in used},
    ]
    whole = json.dumps(shaping, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


class _Writer:
    """Fills the pack's two prompts for one question."""

    def __init__(self, pack: Pack, question: Question) -> None:
        language = question.language
        self._no_answer = pack.no_answer(language)
        self._question = " ".join(disarm(question.search_text).split())
        self._answer = Template(pack.prompt("answer", language).strip())
        self.system = Template(pack.prompt("system", language).strip()).substitute(
            title=pack.manifest.title,
            audience=pack.manifest.scope.audience,
            no_answer=self._no_answer,
        )

    def user(self, blocks: Sequence[str]) -> str:
        """Return the user's message with these sources."""
        return self._answer.substitute(
            sources="\n\n".join(_placed(blocks)),
            question=self._question,
            no_answer=self._no_answer,
        )


def _placed(blocks: Sequence[str]) -> list[str]:
    """Return ``blocks``, best first, as they stand in a text: the best ones at both ends."""
    return [*blocks[::2], *reversed(blocks[1::2])]


def _shortening(number: int, passage: Passage) -> Iterator[str]:
    """Yield the source whole, then with one sentence less at its end each time."""
    yield _block(number, passage)
    ends = [span.end for span in sentences(passage.text)]
    for end in reversed(ends[:-1]):
        yield _block(number, passage, end)


def _block(number: int, passage: Passage, end: int | None = None) -> str:
    return f"[{number}] {_heading(passage)}\n{neutralise(passage.text[:end])}"


def _heading(passage: Passage) -> str:
    """Return how a person would name the source. No path, no folder and no id stands in it."""
    names = [neutralise(name) for name in (passage.title, passage.locator) if name.strip()]
    since = passage.validity.effective_from
    dated = f" ({since.isoformat()})" if since else ""
    return ", ".join(names) + dated
