"""Refuses a request for help to harm someone, to deceive or to break a duty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Self

from domainkit.guards.linear import built_in
from domainkit.guards.phrases import Haystack
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Harm
from domainkit.protocols import Vectorised
from domainkit.text.plain_yaml import parsed
from domainkit.types import Question, Verdict

# A longer question explains itself; "for my novel" in a page of instructions excuses nothing.
_EXCUSABLE = 160  # characters
_HARMLESS = Path(__file__).with_name("models") / "harmless.yaml"


class HarmGuard:
    """Refuses a pack's topics by their words, and what a fitted model takes for harmful.

    The model judges English better with the vectors of the embedder it was fitted to, and Chinese
    by words alone. What only sounds violent ("kill a process") is excused by words.
    """

    needs = ("vector",)

    def __init__(self, options: Harm, *, vector: Vectorised | None = None) -> None:
        """Judge as ``options`` say, with ``vector`` of a question where there is an embedder."""
        self._options = options
        self._vector = vector

    @classmethod
    def from_pack(cls, pack: Pack, *, vector: Vectorised | None = None) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Harm | None = pack.guards.get("harm")
        return cls(options, vector=vector) if options else None

    def check(self, question: Question) -> Verdict:
        """Return a refusal with the topic, or the model's certainty, as its reason; or a pass.

        In doubt it passes a question that only sources which surely suffice may answer.
        """
        text = question.search_text
        said = Haystack.of(text)
        if _excused(text, said):
            return Verdict("harm", "question", "pass")
        for name, topic in self._options.topics.items():
            if said.holds(topic.phrases) and not said.holds(topic.unless):
                return _refusal(name, topic.text, question)
        known = question.language in {"en", "zh"}
        if not known or said.holds(self._options.unless) or said.holds(_known("spoken_of")):
            return Verdict("harm", "question", "pass")
        score, least, doubted = self._judged(text, question.language)
        if score < doubted:
            return Verdict("harm", "question", "pass")
        if score < least:
            reason = f"in doubt ({score:.2f})"
            return Verdict("harm", "question", "pass", reason, least=self._options.surely)
        return _refusal(f"harmful request ({score:.2f})", self._options.text, question)

    def _judged(self, text: str, language: str) -> tuple[float, float, float]:
        """Return how surely ``text`` is taken for harmful, and from where that is and is in doubt.

        Words alone are too unsure of what is harmless to be in doubt.
        """
        model, options = built_in("harm"), self._options
        if language == "zh":  # the vectors know English alone
            return model.score(text, language="zh"), options.chinese, options.chinese
        vector = self._vector(text, model.embedder) if self._vector else None
        if vector is None:
            return model.score(text, None), options.alone, options.alone
        return model.score(text, vector), options.joint, min(options.doubted, options.joint)


def _refusal(reason: str, texts: Mapping[Language, str], question: Question) -> Verdict:
    text = say(texts, question.language)
    return Verdict("harm", "question", "refuse", reason=reason, text=text)


def _excused(text: str, said: Haystack) -> bool:
    """Return whether a short question, no order, only sounds violent or tells what one suffers."""
    if len(text) > _EXCUSABLE or said.holds(_known("orders")):
        return False
    pairs = (("harmless", "but"), ("suffered", "avenged"))
    return any(said.holds(_known(one)) and not said.holds(_known(but)) for one, but in pairs)


def _known(part: str) -> Mapping[Language, Sequence[str]]:
    return _harmless()[part]


@cache
def _harmless() -> Mapping[str, Mapping[Language, Sequence[str]]]:
    made = parsed(_HARMLESS.read_text(encoding="utf-8"))
    return {
        part: {language: tuple(map(str, phrases)) for language, phrases in lists.items()}
        for part, lists in made.items()
    }
