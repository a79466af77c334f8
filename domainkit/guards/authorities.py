"""Holds every law, article, paper, trial and code that an answer names to what exists.

A reference is right when it is well formed, when what it names exists and is in force on the day
that is asked about, and when the source its sentence cites is the one that has it. Words in
quotation marks have to stand in a source as they are quoted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from domainkit.guards import citations
from domainkit.guards.citations import CITED
from domainkit.guards.matching import match, rarity
from domainkit.guards.quotations import quotations, verbatim
from domainkit.guards.wording import explain, say
from domainkit.packs.pack import Pack
from domainkit.packs.references import references
from domainkit.packs.schemas.authorities import Authority
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.guards import AuthorityCheck
from domainkit.packs.works import Works, alike
from domainkit.protocols import Authorities
from domainkit.types import Claim, Draft, Passage, Reference, Resolution, Standing, Verdict

_MARKED: Mapping[Language, str] = {
    "en": "Check before relying on it: {faults}",
    "zh": "采用前请核实：{faults}",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with something a claim names; ``right`` is how to write it, where certain."""

    claim: Claim
    named: str
    standing: Standing
    facts: Mapping[str, str]
    right: str = ""


class AuthorityGuard:
    """Judges what an answer names; what it releases is for the pipeline to fold.

    ``annotate`` names the faults beside the answer; ``repair`` corrects what has one right
    spelling and leaves out the other sentences; ``withhold`` releases nothing that has a fault.
    """

    needs = ("authorities",)

    def __init__(
        self,
        options: AuthorityCheck,
        grammars: Mapping[str, Authority],
        authorities: Authorities,
        *,
        names: Sequence[str] = (),
    ) -> None:
        """Judge as ``options`` say what ``grammars`` read, by what ``authorities`` know."""
        self._options = options
        self._grammars = grammars
        self._authorities = authorities
        self._names = tuple(names)

    @classmethod
    def from_pack(cls, pack: Pack, *, authorities: Authorities | None = None) -> Self | None:
        """Return the guard as ``pack`` sets it; None where the pack has none.

        Without ``authorities`` it knows the pack's own works alone.
        """
        options: AuthorityCheck | None = pack.guards.get("authorities")
        if options is None:
            return None
        works = Works(pack.works)
        return cls(options, pack.authorities, authorities or works, names=works.names)

    def check(self, draft: Draft) -> Verdict:
        """Return a pass, an amendment, or a refusal where nothing may be released."""
        faults = self.faults(draft)
        if not faults:
            return Verdict("authorities", "answer", "pass")
        language, mode = draft.question.language, self._options.mode
        said = "; ".join(f"{f.named}: {explain(f.standing, f.facts, language)}" for f in faults)
        if mode == "withhold" or (mode == "repair" and not self.released(draft).claims):
            return Verdict("authorities", "answer", "refuse", reason=said)
        text = say(_MARKED, language).format(faults=said) if mode == "annotate" else ""
        return Verdict("authorities", "answer", "amend", reason=said, text=text)

    def released(self, draft: Draft) -> Draft:
        """Return what of ``draft`` may be shown, once ``check`` has not refused it."""
        if self._options.mode != "repair" or not (faults := self.faults(draft)):
            return draft
        written = draft.written or draft.text
        for fault in faults:
            if fault.right:
                written = written.replace(fault.named, fault.right)
        corrected = citations.draft(draft.question, draft.prompt, written)
        kept = {claim.text for claim in draft.claims} - {fault.claim.text for fault in faults}
        for fault in faults:
            kept |= {fault.claim.text.replace(fault.named, fault.right)} if fault.right else set()
        kept -= {fault.claim.text for fault in self.faults(corrected)}
        return citations.kept(corrected, lambda claim: claim.text in kept)

    def faults(self, draft: Draft) -> list[Fault]:
        """Return what is wrong with what the claims of ``draft`` name or quote, in order."""
        found = references(draft.text, self._grammars, names=self._names)
        return [
            fault
            for claim in draft.claims
            for fault in (
                *self._misnamed(claim, draft, [r for r in found if claim.span.overlaps(r.span)]),
                *_misquoted(claim, draft),
            )
        ]

    def _misnamed(self, claim: Claim, draft: Draft, named: Sequence[Reference]) -> Iterator[Fault]:
        """Yield what is wrong with the references of one claim."""
        cited = _saying(claim, draft, named) if named else None
        for reference in named:
            resolution = self._resolve(reference, cited, draft)
            if resolution.standing != "found":
                yield self._fault(reference, resolution, claim, draft)

    def _fault(
        self, reference: Reference, resolution: Resolution, claim: Claim, draft: Draft
    ) -> Fault:
        named, facts = reference.span.of(draft.text), resolution.facts
        right = ""
        if meant := facts.get("title"):
            right = named.replace(reference.title, meant)
        elif resolution.standing == "elsewhere" and (number := facts.get("number")):
            right = named.replace(reference.fields["number"], number)
        return Fault(claim, named, resolution.standing, facts, right)

    def _resolve(self, reference: Reference, cited: Passage | None, draft: Draft) -> Resolution:
        """Return what the sources given, else what is known beyond them, make of a reference."""
        if not reference.sound:
            return Resolution("malformed")
        given = [source.passage for source in draft.prompt.sources]
        naming = [passage for passage in given if self._names_it(passage, reference)]
        if cited and self._is_of(reference, cited, naming):
            return Resolution("elsewhere", facts=self._where(cited, reference))
        if naming:
            return Resolution("found", naming[0])
        if near := self._beside(reference, given):
            return Resolution("elsewhere", facts={"where": near})
        if not reference.title:  # an address, or a number without a work: no source has it
            return Resolution("unknown")
        return self._authorities.resolve(reference, draft.question.as_of)

    def _beside(self, reference: Reference, given: Sequence[Passage]) -> str:
        """Return what the sources name of the same article, where that is only other parts of it.

        A source that is or names the whole article, or a part that holds this one or is of it,
        says nothing against it.
        """
        own = reference.fields.get("number") or ""
        article, _, part = own.partition("(")
        if not part or not reference.title:
            return ""
        named = [
            other.fields.get("number") or ""
            for passage in given
            for other, title in self._named(passage)
            if other.authority == reference.authority and alike(reference.title, title)
        ]
        same = [number for number in named if number.partition("(")[0] == article]
        if any(own.startswith(number) or number.startswith(own) for number in same):
            return ""
        return same[0] if same else ""

    def _is_of(self, reference: Reference, cited: Passage, naming: Sequence[Passage]) -> bool:
        """Return whether ``reference`` should be the cited passage, and is another."""
        by_address = self._grammars[reference.authority].resolves == "address"
        if by_address:  # a paper is named once, its passages do not repeat it
            return bool(naming) and cited.document_id not in {p.document_id for p in naming}
        if naming:
            return cited.id not in {p.id for p in naming}
        return not reference.title or alike(reference.title, cited.title)

    def _where(self, cited: Passage, reference: Reference) -> Mapping[str, str]:
        """Return where the cited passage stands, in the terms of ``reference`` if it has any."""
        own = references(cited.locator, {reference.authority: self._grammars[reference.authority]})
        number = own[0].fields.get("number") if len(own) == 1 else None
        return {"where": cited.locator or cited.title, **({"number": number} if number else {})}

    def _names_it(self, passage: Passage, reference: Reference) -> bool:
        return any(
            other.authority == reference.authority
            and other.written == reference.written
            and (not reference.title or not title or alike(reference.title, title))
            for other, title in self._named(passage)
        )

    def _named(self, passage: Passage) -> Iterator[tuple[Reference, str]]:
        """Yield what a passage is and what it names, each with the title it belongs to."""
        for text in (passage.locator, *passage.section, passage.title, *passage.meta.values()):
            for found in references(text, self._grammars, names=self._names):
                yield found, found.title or passage.title
        for found in references(passage.text, self._grammars, names=self._names):
            yield found, found.title


def _saying(claim: Claim, draft: Draft, named: Sequence[Reference]) -> Passage | None:
    """Return the source that says what a claim says, whatever it names; None if none does.

    What a claim names is left out: it is what is to be judged, and its figures would stand
    against the very passage that the claim was taken from.
    """
    given = [source.passage for source in draft.prompt.sources]
    bare, at = "", claim.span.start
    for reference in named:
        bare += draft.text[at : max(at, reference.span.start)] + " "
        at = max(at, reference.span.end)
    bare += draft.text[at : claim.span.end]
    weights = rarity(given)
    found = [(match(bare, passage, weights, least=CITED), passage) for passage in given]
    says = [(m.share, passage) for m, passage in found if m.verdict == "supported"]
    return max(says, key=lambda pair: pair[0])[1] if says else None


def _misquoted(claim: Claim, draft: Draft) -> Iterator[Fault]:
    texts = [source.passage.text for source in draft.prompt.sources]
    for quote in quotations(claim.text) if texts else ():
        if not verbatim(quote, texts):
            yield Fault(claim, f"“{quote}”", "misquoted", {})
