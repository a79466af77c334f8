"""Stops for an emergency, by signs a pack lists. No model is asked and nothing is retrieved."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Self

from domainkit.guards.phrases import Haystack, sentences
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import Contact, Emergency, Sign
from domainkit.types import Question, Verdict


class EmergencyGuard:
    """Escalates a question that gives the signs of an emergency.

    A sentence that asks about a subject ("what are the symptoms of a stroke?") gives no sign,
    unless it is about a person who is there. A denied sign is none.
    """

    def __init__(self, options: Emergency, *, jurisdiction: str | None = None) -> None:
        """Look for the signs of ``options``; name the contacts of ``jurisdiction`` by default."""
        self._options = options
        self._jurisdiction = jurisdiction

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Emergency | None = pack.guards.get("emergency")
        first = next(iter(pack.manifest.jurisdictions), None)
        return cls(options, jurisdiction=first) if options else None

    def check(self, question: Question) -> Verdict:
        """Return an escalation with the sign's name as its reason, or a pass."""
        patient = Haystack.of("\n".join(filter(self._is_about_someone, sentences(question.text))))
        for name, sign in self._options.signs.items():
            if self._is_given(sign, patient):
                text = self._text(sign, question)
                return Verdict("emergency", "question", "escalate", reason=name, text=text)
        return Verdict("emergency", "question", "pass")

    def _is_about_someone(self, sentence: str) -> bool:
        said = Haystack.of(sentence)
        asks = said.holds(self._options.informational)
        return not asks or bool(said.holds(self._options.personal))

    def _is_given(self, sign: Sign, said: Haystack) -> bool:
        for language, lists in sign.all.items():
            denials = self._options.negations.get(language, ())
            if all(said.search(phrases, language, but=denials) for phrases in lists):
                return not said.holds(sign.unless)
        return False

    def _text(self, sign: Sign, question: Question) -> str:
        language = question.language
        place = question.jurisdiction or self._jurisdiction
        contacts = {
            key: _number(contact, place, language)
            for key, contact in self._options.contacts.items()
        }
        words = say(sign.text, language) or say(self._options.text, language)
        return Template(words).safe_substitute(contacts, sign=say(sign.name, language))


def _number(contact: Contact, jurisdiction: str | None, language: str) -> str:
    """Return whom to call in ``jurisdiction``, or in the country it is part of ("US-CA")."""
    numbers: Mapping[str, str] = contact.jurisdictions
    country = (jurisdiction or "").partition("-")[0]
    return (
        numbers.get(jurisdiction or "") or numbers.get(country) or say(contact.default, language)
    )
