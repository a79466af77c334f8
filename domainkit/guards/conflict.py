"""Shows both where another document contradicts what an answer says: they are never blended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from domainkit.guards.matching import Weights, match, rarity
from domainkit.guards.reading import read
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Conflict
from domainkit.types import Claim, Draft, Passage, Retrieved, Span, Verdict

_MOST = 3  # conflicts shown: a reader who sees three reads both documents
_SHOWN: Mapping[Language, str] = {
    "en": "The documents disagree. {one} says: “{said}” {other} says: “{denied}”",
    "zh": "文件的说法不一致。{one}：“{said}” {other}：“{denied}”",
}
_UNDATED: Mapping[Language, str] = {"en": "no date given", "zh": "未注明日期"}


class ConflictGuard:
    """Names, beside an answer, the documents that contradict it in a figure, a date or a duty."""

    def __init__(self, options: Conflict) -> None:
        """Take for the same thing what ``options`` say."""
        self._alike = options.alike

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Conflict | None = pack.guards.get("conflict")
        return cls(options) if options else None

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, or an amendment that shows both sides, one conflict a line."""
        passages = {source.passage.id: source.passage for source in draft.prompt.sources}
        weights = rarity(list(passages.values()))
        lines = [
            _line(claim, passages[claim.passage_id], other, span, draft.question.language)
            for claim in draft.claims
            if claim.verdict == "supported" and claim.passage_id in passages
            for other, span in self._denying(
                claim, passages[claim.passage_id], draft.prompt.sources, weights
            )
        ]
        if not lines:
            return Verdict("conflict", "answer", "pass")
        shown = list(dict.fromkeys(lines))[:_MOST]
        return Verdict(
            "conflict",
            "answer",
            "amend",
            reason=f"{len(shown)} statements are contradicted by another document",
            text="\n".join(shown),
        )

    def _denying(
        self, claim: Claim, cited: Passage, sources: Sequence[Retrieved], weights: Weights
    ) -> Iterator[tuple[Passage, Span]]:
        for source in sources:
            other = source.passage
            if other.document_id == cited.document_id or _of_another(claim, cited, other):
                continue
            found = match(claim.text, other, weights, least=self._alike)
            if found.verdict == "contradicted":
                yield other, found.span


def _of_another(claim: Claim, cited: Passage, other: Passage) -> bool:
    """Return whether ``other`` names nothing of what ``claim`` says of its document's subject.

    The scores of two questionnaires share their words and most of their figures, and say nothing
    of each other.
    """
    about = read(claim.text).words & read(cited.title).words
    held = read(" ".join((other.title, *other.section, other.text))).words
    return bool(about) and about.isdisjoint(held)


def _line(claim: Claim, cited: Passage, other: Passage, span: Span, language: str) -> str:
    said = " ".join(claim.text.split())
    denied = " ".join(span.of(other.text).split())
    one, two = (_named(passage, language) for passage in (cited, other))
    return say(_SHOWN, language).format(one=one, said=said, other=two, denied=denied)


def _named(passage: Passage, language: str) -> str:
    """Return title, locator, rank and date: what a reader weighs two documents by."""
    since = passage.validity.effective_from
    dated = since.isoformat() if since else passage.meta.get("date", "")
    parts = (
        passage.title,
        passage.locator,
        passage.meta.get("authority", ""),
        dated or say(_UNDATED, language),
    )
    return ", ".join(part for part in parts if part)
