"""Masks what identifies a person, in what is asked, answered and kept.

What is found gets a name of its kind and a number, the same wherever it stands again, so that a
conversation about two telephones stays one about two telephones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from domainkit.guards.identifiers import identifiers
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Privacy
from domainkit.types import Claim, Draft, Question, Span, Verdict

_SHOWN: Mapping[Language, Mapping[str, str]] = {
    "en": {},
    "zh": {
        "identity-number": "证件号",
        "card": "银行卡号",
        "iban": "账号",
        "record-number": "病历号",
        "phone": "电话",
        "email": "邮箱",
        "ip": "网络地址",
        "name": "姓名",
        "address": "地址",
        "postcode": "邮编",
        "website": "网址",
    },
}
_NOTICE: Mapping[Language, str] = {
    "en": "Personal data was masked: {kinds}.",
    "zh": "已隐去个人信息：{kinds}。",
}


class Masks:
    """Masks texts of one conversation: one identifier has one name throughout."""

    def __init__(self, kinds: Collection[str], language: str = "en") -> None:
        """Mask these ``kinds``, with names in ``language``."""
        self._kinds = frozenset(kinds)
        self._names = _SHOWN["zh" if language == "zh" else "en"]
        self._given: dict[str, str] = {}

    @property
    def kinds(self) -> list[str]:
        """What was masked, each kind once."""
        return list(dict.fromkeys(mask[1:].rpartition("-")[0] for mask in self._given.values()))

    def masked(self, text: str) -> str:
        """Return ``text`` with each identifier replaced by its name."""
        for found in reversed(identifiers(text)):
            if found.kind in self._kinds:
                name = self._name(found.kind, found.text)
                text = text[: found.span.start] + name + text[found.span.end :]
        return text

    def _name(self, kind: str, written: str) -> str:
        key = kind + "".join(c for c in written.casefold() if c.isalnum())
        if key not in self._given:
            shown = self._names.get(kind, kind)
            number = 1 + sum(mask.startswith(f"[{shown}-") for mask in self._given.values())
            self._given[key] = f"[{shown}-{number}]"
        return self._given[key]


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
