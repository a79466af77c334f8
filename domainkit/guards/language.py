"""Says in which languages an assistant answers to someone who asks in another."""

from __future__ import annotations

import re
from typing import Self

from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.guards import LanguageCheck
from domainkit.text.analysis import fold
from domainkit.types import Question, Verdict

_SCRIPTS = {
    "ru": "\u0400-\u04ff",
    "ar": "\u0600-\u06ff",
    "he": "\u0590-\u05ff",
    "hi": "\u0900-\u097f",
    "th": "\u0e00-\u0e7f",
    "ko": "\uac00-\ud7af\u1100-\u11ff",
    "ja": "\u3040-\u30ff",
    "el": "\u0370-\u03ff",
}
# Words that stand in most questions of a language and, together, in none of another's.
_WORDS = {
    "de": "der die das und ist nicht wie was ein eine ich mit fur zu von wann darf muss kann"
    " soll welche mein meine sie wir bei auf dem den wenn haben werden bitte wer warum"
    " wieviel hat wo gegen",
    "fr": "le la les des est une un que quel quelle comment pour dans avec je mon ma mes sur"
    " vous nous puis peut quand pourquoi combien du au aux et ou ce cette pas faut doit"
    " sont qui",
    "es": "el la los las de que es una un como para con mi mis por cuando cual cuales cuanto"
    " puedo puede pueden debe deben se en del al y o esta este hay tengo debo donde quien porque"
    " su son",
    "it": "il lo la gli le di che e una un come per con mio mia quando quale quanto posso del"
    " della nel sono devo deve puo possono perche dove chi questo questa non si",
    "pt": "o a os as de que e uma um como para com meu minha por quando qual quanto posso do da"
    " no na nao devo onde porque sao este esta pode podem deve devem",
    "nl": "de het een en is niet hoe wat ik met voor van wanneer mag moet kan welke mijn bij op"
    " als hebben waarom hoeveel wie waar",
    "pl": "jak co czy jest nie w na z do i sie moge kiedy ile dla dlaczego jaki jaka mam to po od",
    "tr": "bir ve bu ne nasil icin ile mi mu kac zaman hangi nedir var olarak benim",
    "vi": "la va cua cho toi khong bao nhieu the nao khi co duoc",
}
_ENGLISH = frozenset(
    "the of is are what how when which who why does do can may my a an in to for and with must it"
    " should be on at i as".split()
)
_LEAST = 2  # words of another language, and more of them than of English
_SHARE = 0.3  # of the letters, in another script


class LanguageGuard:
    """Asks for a question in a language of the pack, where it is in another."""

    def __init__(self, options: LanguageCheck) -> None:
        """Say the text of ``options``."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: LanguageCheck | None = pack.guards.get("language")
        return cls(options) if options else None

    def check(self, question: Question) -> Verdict:
        """Return what to ask, with the language as its reason; or a pass."""
        found = foreign(question.text)
        if not found:
            return Verdict("language", "question", "pass")
        text = say(self._options.text, question.language)
        return Verdict("language", "question", "ask", reason=found, text=text)


def foreign(text: str) -> str:
    """Return the code of a language that is neither English nor Chinese; empty for those."""
    letters = sum(c.isalpha() for c in text) or 1
    for code, script in _SCRIPTS.items():
        if len(re.findall(f"[{script}]", text)) / letters >= _SHARE:
            return code
    words = re.findall(r"[a-z]+", fold(text))
    if not words:
        return ""
    counts = {code: sum(w in known for w in words) for code, known in _KNOWN.items()}
    best = max(counts, key=counts.__getitem__)
    english = sum(word in _ENGLISH for word in words)
    enough = counts[best] >= max(_LEAST, len(words) / 4)
    return best if enough and counts[best] > 2 * english else ""


_KNOWN = {code: frozenset(words.split()) for code, words in _WORDS.items()}
