"""Stops for an emergency, by signs a pack lists. No model is asked and nothing is retrieved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Template
from typing import Self

from domainkit.guards.linear import built_in
from domainkit.guards.phrases import Haystack, clauses, sentences
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Certainty, Contact, Emergency, Sign
from domainkit.protocols import Vectorised
from domainkit.types import Question, Verdict


class EmergencyGuard:
    """Escalates a question that gives the signs of an emergency.

    A sentence that asks about a subject ("what are the symptoms of a stroke?", "how many breaths a
    minute are fast in a baby?") gives no sign, unless it is about a person who is there; beside a
    sentence that is, it may still name what that one is about ("Ours is floppy"). A sentence of
    the news or of an exercise gives none, nor does a clause about the past, unless it says that it
    is happening now. A denied sign is none.
    """

    needs = ("vector",)

    def __init__(
        self,
        options: Emergency,
        *,
        jurisdiction: str | None = None,
        vector: Vectorised | None = None,
    ) -> None:
        """Look for the signs of ``options``; name the contacts of ``jurisdiction`` by default."""
        self._options = options
        self._jurisdiction = jurisdiction
        self._vector = vector

    @classmethod
    def from_pack(cls, pack: Pack, *, vector: Vectorised | None = None) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Emergency | None = pack.guards.get("emergency")
        first = next(iter(pack.manifest.jurisdictions), None)
        return cls(options, jurisdiction=first, vector=vector) if options else None

    def check(self, question: Question) -> Verdict:
        """Return an escalation with the sign's name as its reason, or a pass."""
        present = "\n".join(self._present(question.text))
        patient = Haystack.of(present)
        about = patient
        if any(self._tells(Haystack.of(part)) for part in present.split("\n")):
            about = Haystack.of("\n".join(self._present(question.text, asked=True)))
        whole = Haystack.of(question.text)
        for name, sign in self._options.signs.items():
            said = (whole, whole) if sign.asked else (patient, about)
            if self._is_given(sign, *said):
                return _escalation(name, self._text(sign.name, sign.text, question))
        judged = self._options.judged
        if despairs := self._despairs(question, whole):
            return despairs
        if judged and present and (score := self._certainty("emergency", judged, question)):
            text = self._text(judged.name, {}, question)
            return _escalation(f"judged an emergency ({score:.2f})", text)
        return Verdict("emergency", "question", "pass")

    def _despairs(self, question: Question, said: Haystack) -> Verdict | None:
        """Return an escalation when a model reads despair that is neither past nor a story."""
        despair = self._options.despair
        if not despair or not any(
            part.strip() for part in self._present(question.text, asked=True)
        ):
            return None
        sign = self._options.signs[despair.sign]
        score = 0.0 if said.holds(sign.unless) else self._certainty("despair", despair, question)
        text = self._text(sign.name, sign.text, question)
        return _escalation(f"judged {despair.sign} ({score:.2f})", text) if score else None

    def _certainty(self, name: str, sure: Certainty, question: Question) -> float:
        """Return how surely a model takes a question for what it looks for; 0 if not enough.

        "And in 24 hours?" says nothing by itself, and after an emergency "And aspirin?" is none:
        both the question as asked and the one that stands alone must be.
        """
        asked = {question.text, question.search_text}
        return min(self._sure(name, sure, text, question.language) for text in asked)

    def _sure(self, name: str, sure: Certainty, text: str, language: str) -> float:
        """Return a model's certainty; the vectors are of an English embedder."""
        model = built_in(name)
        if language == "zh":
            score = model.score(text, language="zh")
            return score if score >= sure.chinese < 1 else 0.0
        if language != "en":
            return 0.0
        vector = self._vector(text, model.embedder) if self._vector else None
        score = model.score(text, vector)
        return score if score >= (sure.alone if vector is None else sure.joint) else 0.0

    def _present(self, text: str, *, asked: bool = False) -> Iterator[str]:
        """Yield the present of each sentence about someone; with ``asked`` about a subject too."""
        for sentence in sentences(text):
            said = Haystack.of(sentence)
            if self._is_about_someone(said) or (asked and not said.holds(self._options.reported)):
                yield ", ".join(c for c in clauses(sentence) if not self._is_past(Haystack.of(c)))

    def _is_about_someone(self, said: Haystack) -> bool:
        options = self._options
        if said.holds(options.reported) and not said.holds(options.current):
            return False
        return not said.holds(options.informational) or bool(said.holds(options.personal))

    def _tells(self, said: Haystack) -> bool:
        """Return whether a sentence tells of a person more than a drug or an illness of long."""
        return bool(said.holds(self._options.personal)) and not said.holds(self._options.standing)

    def _is_past(self, clause: Haystack) -> bool:
        return bool(clause.holds(self._options.past)) and not clause.holds(self._options.current)

    def _is_given(self, sign: Sign, said: Haystack, about: Haystack) -> bool:
        """Return whether ``said`` gives a sign; its first idea may stand in ``about``."""
        for language, (first, *others) in sign.all.items():
            denials = self._options.negations.get(language, ())
            if not all(said.search(phrases, language, but=denials) for phrases in others):
                continue
            if (about if others else said).search(first, language, but=denials):
                return not said.holds(sign.unless)
        return False

    def _text(
        self, name: Mapping[Language, str], own: Mapping[Language, str], question: Question
    ) -> str:
        language = question.language
        place = question.jurisdiction or self._jurisdiction
        contacts = {
            key: _number(contact, place, language)
            for key, contact in self._options.contacts.items()
        }
        words = say(own, language) or say(self._options.text, language)
        return Template(words).safe_substitute(contacts, sign=say(name, language))


def _escalation(reason: str, text: str) -> Verdict:
    return Verdict("emergency", "question", "escalate", reason=reason, text=text)


def _number(contact: Contact, jurisdiction: str | None, language: str) -> str:
    """Return whom to call in ``jurisdiction``, else words that assume no country."""
    return contact.number(jurisdiction or "") or say(contact.default, language)
