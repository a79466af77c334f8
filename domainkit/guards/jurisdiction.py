"""Refuses a question about the law of a place whose texts the assistant does not have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Self

from domainkit.guards.phrases import Haystack
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Jurisdiction
from domainkit.text.plain_yaml import parsed
from domainkit.types import Question, Verdict

_PLACES = Path(__file__).with_name("models") / "places.yaml"


class JurisdictionGuard:
    """Refuses where every place that a question names is one without texts, and says which has.

    Documents that name no jurisdiction may be of any; then nothing is refused.
    """

    needs = ("jurisdictions",)

    def __init__(self, options: Jurisdiction, held: Callable[[], frozenset[str]]) -> None:
        """Say the text of ``options`` where ``held`` has no place that is named."""
        self._options = options
        self._held = held

    @classmethod
    def from_pack(
        cls, pack: Pack, *, jurisdictions: Callable[[], frozenset[str]] | None = None
    ) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Jurisdiction | None = pack.guards.get("jurisdiction")
        own = frozenset(pack.manifest.jurisdictions)
        return cls(options, jurisdictions or (lambda: own)) if options else None

    def check(self, question: Question) -> Verdict:
        """Return a refusal that names the place and what is held, or a pass."""
        said = Haystack.of(_people().sub("", question.search_text))
        named = [code for code, names in _places().items() if said.holds(names)]
        if not named:
            return Verdict("jurisdiction", "question", "pass")
        held = self._held()
        own = {place.partition("-")[0].upper() for place in held}
        known = any(said.search((place,), "en") for place in held if place.isascii() and place)
        if not held or "" in held or known or own & set(named):
            return Verdict("jurisdiction", "question", "pass")
        words = Template(say(self._options.text, question.language))
        text = words.safe_substitute(named=", ".join(named), held=", ".join(sorted(held)))
        return Verdict("jurisdiction", "question", "refuse", reason=", ".join(named), text=text)


@cache
def _people() -> re.Pattern[str]:
    """Return what finds the place that someone is from: 德国人 says of whom, not by which law."""
    names = (name for named in _places().values() for name in named.get("zh", ()))
    return re.compile(f"(?:{'|'.join(map(re.escape, names))})(?=人|籍|公民|游客)")


@cache
def _places() -> Mapping[str, Mapping[Language, Sequence[str]]]:
    made = parsed(_PLACES.read_text(encoding="utf-8"))
    return {code: {lang: tuple(n) for lang, n in names.items()} for code, names in made.items()}
