"""Holds an answer to what its sources say: marks, leaves out or holds back the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

from domainkit.guards import citations, markers
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Grounding
from domainkit.types import Draft, Verdict

NO_ANSWER = "the model found no answer"  # why an answer is held back

_MARKED: Mapping[Language, str] = {
    "en": "Not found in the documents, check before relying on it: {statements}",
    "zh": "以下内容在文件中没有找到依据，采用前请核实：{statements}",
}


class GroundingGuard:
    """Judges an answer by its claims; what it releases is for the pipeline to fold.

    ``annotate`` names the statements without support beside the answer, ``repair`` leaves them
    out, ``withhold`` releases nothing unless every statement is supported.
    """

    def __init__(self, options: Grounding) -> None:
        """Judge as ``options`` say."""
        self._options = options

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Grounding | None = pack.guards.get("grounding")
        return cls(options) if options else None

    @property
    def rewrites(self) -> int:
        """How many statements without support a generator may write anew."""
        return self._options.rewrites if self._options.mode == "repair" else 0

    @property
    def completes(self) -> bool:
        """Whether the documents' own sentences follow what a model wrote."""
        return self._options.complete

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, an amendment, or a refusal when too little of the answer is supported."""
        if self.abstains(draft.written or draft.text):
            return Verdict("grounding", "answer", "refuse", reason=NO_ANSWER)
        lacking = [claim for claim in draft.claims if claim.verdict != "supported"]
        reason = self._reason(draft, len(lacking))
        held_back = self._options.mode == "withhold" and lacking
        if (
            held_back
            or support(draft) < self._options.minimum
            or len(lacking) == len(draft.claims)
        ):
            return Verdict("grounding", "answer", "refuse", reason=reason)
        if not lacking:
            return Verdict("grounding", "answer", "pass", reason=reason)
        text = ""
        if self._options.mode == "annotate":
            quoted = " ".join(f"“{claim.text}”" for claim in lacking)
            text = say(_MARKED, draft.question.language).format(statements=quoted)
        return Verdict("grounding", "answer", "amend", reason=reason, text=text)

    def abstains(self, written: str) -> bool:
        """Return whether a generator wrote the sentence that says the documents do not say."""
        return _words(written) in {_words(text) for text in self._options.no_answer.values()}

    def believes(self, written: str, *, sufficiency: float) -> bool:
        """Return whether a generator says, and may be right, that the documents do not say."""
        return self.abstains(written) and sufficiency < self._options.doubted

    def released(self, draft: Draft) -> Draft:
        """Return what of ``draft`` may be shown, once ``check`` has not refused it."""
        return citations.supported(draft) if self._options.mode == "repair" else draft

    def _reason(self, draft: Draft, lacking: int) -> str:
        total = len(draft.claims)
        stray = markers.stray(draft.written, len(draft.prompt.sources))
        removed = f"; no source has the number {' '.join(stray)}" if stray else ""
        return f"{total - lacking} of {total} statements supported{removed}"


def support(draft: Draft) -> float:
    """Return the share of the statements of ``draft``, as written, that its sources support."""
    held = sum(claim.verdict == "supported" for claim in draft.claims)
    return held / len(draft.claims) if draft.claims else 0.0


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
