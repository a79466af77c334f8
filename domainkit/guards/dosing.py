"""Holds every dose of an answer to a cited passage for the same drug, route and people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from domainkit.guards import citations, doses
from domainkit.guards.doses import Said
from domainkit.guards.figures import Figure
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import Dosing
from domainkit.types import Claim, Draft, Verdict

_NOTICE: Mapping[Language, str] = {
    "en": "A dose that no cited passage gives for the same drug, route and people was left out.",
    "zh": "有一处剂量没有在所引原文中找到相同药物、途径和人群的依据，已略去。",
}
# People whose doses are not those of others. A passage that names none speaks of adults.
_APART = frozenset({"child", "pregnant", "breastfeeding", "renal", "hepatic", "elderly"})


class DosingGuard:
    """Leaves out statements whose doses no cited passage gives for the same case."""

    def __init__(self, options: Dosing) -> None:
        """Know the drugs of ``options``, and those whose names end as drugs' do."""
        self._names: doses.Names = tuple(options.drugs)

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Dosing | None = pack.guards.get("dosing")
        return cls(options) if options else None

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, an amendment, or a refusal where nothing else is left."""
        wrong = self.unsupported(draft)
        if not wrong:
            return Verdict("dosing", "answer", "pass")
        reason = f"no cited passage gives: {'; '.join(claim.text for claim in wrong)}"
        if not any(c.verdict == "supported" for c in draft.claims if c not in wrong):
            return Verdict("dosing", "answer", "refuse", reason=reason)
        text = say(_NOTICE, draft.question.language)
        return Verdict("dosing", "answer", "amend", reason=reason, text=text)

    def released(self, draft: Draft) -> Draft:
        """Return ``draft`` without the statements whose doses are not given."""
        wrong = {claim.text for claim in self.unsupported(draft)}
        if not wrong:
            return draft
        held = {claim.text for claim in draft.claims} - wrong
        return citations.kept(draft, lambda claim: claim.text in held)

    def unsupported(self, draft: Draft) -> list[Claim]:
        """Return the claims with a dose that no cited passage gives for the same case."""
        passages = [*self._given(draft)]
        asked = doses.read(draft.question.search_text, self._names)
        found, drug = [], asked.drugs
        for claim in draft.claims:
            said = doses.read(claim.text, self._names)
            drug = said.drugs or drug
            case = replace(said, drugs=drug, people=said.people or asked.people)
            # How often is a dose's only beside an amount: "wash your hands three times" is none.
            if said.amounts and not any(_gives(given, case) for given in passages):
                found.append(claim)
        return found

    def _given(self, draft: Draft) -> Iterator[Sequence[Said]]:
        cited = {citation.passage_id for citation in draft.citations}
        for source in draft.prompt.sources:
            passage = source.passage
            if passage.id in cited:
                yield [*doses.passage(passage.title, passage.section, passage.text, self._names)]


def _gives(sentences: Sequence[Said], case: Said) -> bool:
    """Return whether two sentences in a row give the doses of ``case``, in their order."""
    fitting = [_fits(said, case) for said in sentences]
    for place, said in enumerate(sentences):
        near = [said, *sentences[place + 1 : place + 2]]
        same = [s for s, fits in zip(near, fitting[place:], strict=False) if fits]
        amounts = [amount for s in same for amount in s.amounts]
        counts = [count for s in same for count in s.counts]
        if _follow(case.amounts, amounts) and _follow(case.counts, counts):
            return True
    return False


def _follow(wanted: Sequence[Figure], given: Sequence[Figure]) -> bool:
    """Return whether ``wanted`` stands in ``given``, each figure once and in its order."""
    rest = iter(given)
    return all(any(_same(figure, other) for other in rest) for figure in wanted)


def _same(one: Figure, other: Figure) -> bool:
    return one.agrees(other) and one.unit.partition("/")[2] == other.unit.partition("/")[2]


def _fits(source: Said, case: Said) -> bool:
    """Return whether a sentence speaks of the drug, the route and the people of ``case``."""
    if case.drugs and source.drugs and not case.drugs & source.drugs:
        return False
    if case.routes and source.routes and not case.routes & source.routes:
        return False
    apart = case.people & _APART
    return apart <= source.people and (
        not case.people or not source.people or bool(case.people & source.people)
    )
