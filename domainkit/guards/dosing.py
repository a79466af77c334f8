"""Holds every dose of an answer to a cited passage for the same drug, route and people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from domainkit.guards import citations, doses, maxima
from domainkit.guards.doses import Said
from domainkit.guards.wording import say
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.medicines import Dosing, Maximum
from domainkit.text import populations
from domainkit.text.figures import Figure
from domainkit.types import Claim, Draft, Verdict

_NOTICE: Mapping[Language, str] = {
    "en": "A dose that no cited passage gives for the same drug, route and people was left out.",
    "zh": "有一处剂量没有在所引原文中找到相同药物、途径和人群的依据，已略去。",
}
_ABOVE: Mapping[Language, str] = {
    "en": "A dose above the most of {drug} ({most} a {per}; {source}) was left out.",
    "zh": "有一处剂量超过{drug}已知的最大用量（{most}；{source}），已略去。",
}
# People whose doses are not those of others. A passage that names none speaks of adults.
_APART = frozenset(
    {"child", "adolescent", "pregnant", "breastfeeding", "renal", "hepatic", "elderly"}
)


class DosingGuard:
    """Leaves out doses that no cited passage gives for the same case, and those too high."""

    def __init__(self, options: Dosing) -> None:
        """Know the drugs of ``options``, and those whose names end as drugs' do."""
        self._names: doses.Names = tuple(options.drugs)
        self._maxima = options.maxima

    @classmethod
    def from_pack(cls, pack: Pack) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none."""
        options: Dosing | None = pack.guards.get("dosing")
        return cls(options) if options else None

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, an amendment, or a refusal where nothing else is left."""
        wrong = self.unsupported(draft)
        high = self.above(draft)
        if not wrong and not high:
            return Verdict("dosing", "answer", "pass")
        told = [f"no cited passage gives: {claim.text}" for claim in wrong]
        told += [
            f"above {most.most} a {most.per} ({most.source}): {claim.text}" for claim, most in high
        ]
        reason, left_out = "; ".join(told), [*wrong, *(claim for claim, _ in high)]
        if not any(c.verdict == "supported" for c in draft.claims if c not in left_out):
            return Verdict("dosing", "answer", "refuse", reason=reason)
        language = draft.question.language
        notices = [say(_NOTICE, language)] if wrong else []
        notices += dict.fromkeys(_noticed(most, language) for _, most in high)
        return Verdict("dosing", "answer", "amend", reason=reason, text="\n".join(notices))

    def released(self, draft: Draft) -> Draft:
        """Return ``draft`` without the statements whose doses are not given, or too high."""
        wrong = {claim.text for claim in self.unsupported(draft)}
        wrong |= {claim.text for claim, _ in self.above(draft)}
        if not wrong:
            return draft
        held = {claim.text for claim in draft.claims} - wrong
        return citations.kept(draft, lambda claim: claim.text in held)

    def unsupported(self, draft: Draft) -> list[Claim]:
        """Return the claims with a dose that no cited passage gives for the same case.

        Nor is one for others than the people asked about.
        """
        passages = [*self._given(draft)]
        people = populations.asked(draft.question.search_text)
        # How often is a dose's only beside an amount: "wash your hands three times" is none.
        whose = populations.told(claim.text for claim in draft.claims)
        return [
            claim
            for (claim, case), of in zip(self._cases(draft), whose, strict=True)
            if (case.amounts and not any(_gives(given, case) for given in passages))
            or ((case.amounts or case.counts) and populations.excluded(people, of))
        ]

    def above(self, draft: Draft) -> list[tuple[Claim, Maximum]]:
        """Return the claims with a dose above a maximum of the pack's table, and which.

        Where neither claim nor question names a drug, it is the one the passage's title names.
        """
        titles = {source.passage.id: source.passage.title for source in draft.prompt.sources}
        found = []
        for claim, case in self._cases(draft):
            titled = doses.read(titles.get(claim.passage_id or "", ""), self._names).drugs
            known = case if case.drugs or len(titled) != 1 else replace(case, drugs=titled)
            most = maxima.above(claim.text, known, self._maxima)
            if most is not None:
                found.append((claim, most))
        return found

    def _cases(self, draft: Draft) -> Iterator[tuple[Claim, Said]]:
        """Yield each claim and what it says, for the drug and the people it stands under."""
        asked = doses.read(draft.question.search_text, self._names)
        drug = asked.drugs
        for claim in draft.claims:
            said = doses.read(claim.text, self._names)
            drug = said.drugs or drug
            yield claim, replace(said, drugs=drug, people=said.people or asked.people)

    def _given(self, draft: Draft) -> Iterator[Sequence[Said]]:
        cited = {citation.passage_id for citation in draft.citations}
        for source in draft.prompt.sources:
            passage = source.passage
            if passage.id in cited:
                yield [*doses.passage(passage.title, passage.section, passage.text, self._names)]


def _noticed(most: Maximum, language: str) -> str:
    shown = say(_ABOVE, language)
    return shown.format(drug=most.drug, most=most.most, per=most.per, source=most.source)


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
    # What is said of children is said of adolescents; not the other way round.
    people = source.people | ({"adolescent"} if "child" in source.people else set())
    apart = case.people & _APART
    return apart <= people and (not case.people or not people or bool(case.people & people))
