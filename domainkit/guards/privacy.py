"""Masks what identifies a person, in what is asked, answered and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Privacy
from domainkit.text.masks import Masks
from domainkit.types import Claim, Draft, Question, Span, Verdict

_NOTICE: Mapping[Language, str] = {
    "en": "Personal data was masked: {kinds}.",
    "zh": "已隐去个人信息：{kinds}。",
}


class PrivacyGuard:
    """Masks a question before anything else reads it, and an answer before anyone sees it."""

    def __init__(self, options: Privacy) -> None:
        """Mask the kinds that ``options`` name."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Privacy | None = pack.guards.get("privacy")
        return cls(options) if options else None

    def masked(self, question: Question) -> Question:
        """Return ``question`` and its history without what identifies a person."""
        masks = Masks(self._options.question, question.language)
        history = tuple(replace(m, content=masks.masked(m.content)) for m in question.history)
        return replace(question, text=masks.masked(question.text), history=history)

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, or an amendment that names the kinds that are masked."""
        masks = self._masks(draft)
        for text in self._texts(draft):
            masks.masked(text)
        if not masks.kinds:
            return Verdict("privacy", "answer", "pass")
        kinds = ", ".join(masks.kinds)
        notice = say(_NOTICE, draft.question.language).format(kinds=kinds)
        return Verdict("privacy", "answer", "amend", reason=f"masked: {kinds}", text=notice)

    def released(self, draft: Draft) -> Draft:
        """Return ``draft`` with what identifies a person masked, in the quotes too."""
        masks = self._masks(draft)
        citations = tuple(replace(c, quote=masks.masked(c.quote)) for c in draft.citations)
        text = masks.masked(draft.text)
        claims = tuple(_placed(draft.claims, text, masks))
        return replace(draft, text=text, citations=citations, claims=claims)

    def told(self, draft: Draft, verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
        """Return ``verdicts`` on ``draft`` as a log may keep them: a reason can quote a claim."""
        masks = self._masks(draft)
        for text in self._texts(draft):
            masks.masked(text)  # one number has one name, as in the answer
        return tuple(
            replace(v, reason=masks.masked(v.reason), text=masks.masked(v.text)) for v in verdicts
        )

    def _masks(self, draft: Draft) -> Masks:
        return Masks(self._options.answer, draft.question.language)

    def _texts(self, draft: Draft) -> Sequence[str]:
        return (draft.text, *(citation.quote for citation in draft.citations))


def _placed(claims: Sequence[Claim], text: str, masks: Masks) -> Iterator[Claim]:
    """Yield ``claims`` masked, each where it now stands in ``text``."""
    end = 0
    for claim in claims:
        said = masks.masked(claim.text)
        start = max(text.find(said, end), 0)
        end = start + len(said)
        yield replace(claim, text=said, span=Span(start, end))


def masked_kinds(pack: Pack) -> tuple[str, ...]:
    """Return the kinds that ``pack`` wants masked before a document is stored; none by default."""
    options: Privacy | None = pack.guards.get("privacy")
    return options.ingest if options else ()
