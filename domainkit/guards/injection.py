"""Refuses a question that tries to rewrite the assistant instead of asking it something.

Known orders are found by their words; of others, a fitted model says how surely they are one. It
is asked about each sentence too: an order can stand behind a question.
"""

from __future__ import annotations

from typing import Self

from domainkit.guards.linear import built_in
from domainkit.guards.override import attempt
from domainkit.guards.phrases import Haystack, sentences
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import Injection
from domainkit.protocols import Vectorised
from domainkit.text import detect
from domainkit.text.neutral import tampering
from domainkit.types import Question, Verdict

_SHORTEST = 8  # characters of a sentence that is judged alone: "Thanks." says nothing
# How sure the model must be of a sentence without what stands around it. Of 742 questions that it
# had not seen, .8 took 7 for orders, by "Answer yes or no first." and the like.
_ALONE = 0.95
_MOST = 3  # sentences that are judged alone, from the beginning and from the end


class InjectionGuard:
    """Refuses role tokens, hidden characters, orders to the assistant, and the pack's phrases."""

    needs = ("vector",)

    def __init__(self, options: Injection, *, vector: Vectorised | None = None) -> None:
        """Judge as ``options`` say, with ``vector`` of a question where there is an embedder."""
        self._options = options
        self._vector = vector

    @classmethod
    def from_pack(cls, pack: Pack, *, vector: Vectorised | None = None) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Injection | None = pack.guards.get("injection")
        return cls(options, vector=vector) if options else None

    def check(self, question: Question) -> Verdict:
        """Return a refusal that names what was found, or a pass."""
        text = question.text
        reason = tampering(text) or attempt(text) or self._phrase(text) or self._judged(question)
        if not reason:
            return Verdict("injection", "question", "pass")
        answer = say(self._options.text, question.language)
        return Verdict("injection", "question", "refuse", reason=reason, text=answer)

    def _phrase(self, text: str) -> str:
        said = Haystack.of(text)
        found = said.holds(self._options.phrases)
        return "" if said.holds(self._options.unless) else found

    def _judged(self, question: Question) -> str:
        """Return how surely the model takes the question, or a sentence of it, for an order."""
        model, options, text = built_in("injection"), self._options, question.text
        parts = [part for part in sentences(text) if len(part) >= _SHORTEST]
        # The whole comes last: the next guard asks for its vector again.
        judged = [*parts[:_MOST], *parts[-_MOST:], text] if len(parts) > 1 else [text]
        for part in dict.fromkeys(judged):
            if detect(part) == "zh":
                score, sure = model.score(part, language="zh"), options.chinese
            else:
                vector = self._vector(part, model.embedder) if self._vector else None
                score = model.score(part, vector)
                sure = options.alone if vector is None else options.joint
                sure = sure if part is text else max(sure, _ALONE)
            if score >= sure:
                return f"an order to the assistant ({score:.2f})"
        return ""
