"""What ``domainkit new --from-documents`` proposes: shown, and kept apart until it is reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

import yaml

from domainkit.assistant.candidates import Candidate
from domainkit.assistant.gathering import Gathered
from domainkit.assistant.looking import CLEAR, Look, look
from domainkit.assistant.sampling import sampled
from domainkit.cli.output import out, safe
from domainkit.evaluation.drafts import Draft, drafted
from domainkit.evaluation.proposing import propose
from domainkit.packs import catalog, loader
from domainkit.packs.pack import Pack
from domainkit.packs.scaffold import Choices

QUESTIONS = 30  # drafts: an hour of a person's time
FOLDER = "proposed"
_SHOWN = 8
_UNREVIEWED = "proposed from the documents, nobody has reviewed it"


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was seen of the documents, and the questions drafted from them."""

    look: Look
    drafts: tuple[Draft, ...]

    @property
    def suggested(self) -> dict[str, str]:
        """What the look answers, by the name of the answer."""
        said = {"domain": self.look.domain, "language": self.look.language}
        return {key: value for key, value in said.items() if value}

    @property
    def why_domain(self) -> str:
        """What speaks for the domain, in a line."""
        best = self.look.likely[0]
        doubt = "" if self.look.is_clear else f"; below {CLEAR:.0%} it is a guess"
        return f"{best.share:.0%} of the documents read look like this pack's own texts{doubt}"


def proposed(gathered: Gathered, *, copied: bool) -> Proposed:
    """Return what a sample of ``gathered`` shows; every pack is a candidate.

    Raises:
        PackError: when a pack that ships cannot be read.
    """
    packs = {name: loader.load(name) for name in catalog.names()}
    with sampled(gathered, copied=copied) as sample:
        drafts = tuple(islice(drafted(sample.store, propose), QUESTIONS))
        return Proposed(look(sample, packs), drafts)


def with_proposals(
    choices: Choices, found: Proposed, pack: Pack, *, on: date, domain: bool, language: bool
) -> Choices:
    """Return ``choices`` with the proposals beside them; nothing but people reads those.

    Args:
        choices: what was decided.
        found: what the documents show.
        pack: the one that is extended.
        on: the day of the look.
        domain: whether the pack is a proposal too.
        language: whether the first language is one.
    """
    said = {"profiles": f"How files are read: {_UNREVIEWED}:"}
    if domain:
        said["extends"] = f"{_UNREVIEWED}: {found.why_domain}"
    if language and (first := found.look.language):
        said["languages"] = (
            f"{_UNREVIEWED}: {found.look.languages[first]:.0%} of the text is {first}"
        )
    extra = {
        f"{FOLDER}/README.md": "\n".join(_readme(found, pack, on)) + "\n",
        f"{FOLDER}/glossary.yaml": "\n".join(_glossary(found.look.named(pack), on)) + "\n",
    }
    return replace(choices, profiles=found.look.patterns, notes=said, extra=extra)


def projected(found: Proposed, pack: Pack) -> dict[str, Any]:
    """Return the proposals as ``--json`` prints them."""
    look = found.look
    return {
        "reviewed": False,
        "files_read": look.files,
        "refused": look.refused,
        "documents": look.documents,
        "domain": look.domain,
        "domain_is_clear": look.is_clear,
        "likely": {one.pack: round(one.share, 3) for one in look.likely},
        "languages": {name: round(share, 3) for name, share in look.languages.items()},
        "profiles": look.profiles,
        "patterns": look.patterns,
        "jurisdictions": look.places,
        "glossary": look.named(pack),
        "questions": [draft.question for draft in found.drafts],
    }


def show(found: Proposed) -> None:
    """Print what was seen; every line of it is a proposal."""
    look = found.look
    out.print(
        f"Read {look.files} files of them ({look.documents} documents). Proposed, unreviewed:"
    )
    for name, value in _seen(look):
        out.print(f"  {name:<14}{safe(value)}", markup=False)
    names = [f"{one.term} = {' | '.join(one.senses)}" for one in look.names[:_SHOWN]]
    _some("names", names, len(look.names))
    _some("questions", [one.question for one in found.drafts[:_SHOWN]], len(found.drafts))


def _some(name: str, lines: Sequence[str], total: int) -> None:
    out.print(f"  {name:<14}{total or 'none found'}")
    for line in lines:
        out.print(f"  {'':<14}{safe(line)}", markup=False)
    if total > len(lines):
        out.print(f"  {'':<14}... and {total - len(lines)} more", style="dim")


def _seen(look: Look) -> Iterator[tuple[str, str]]:
    shares = ", ".join(f"{one.pack} {one.share:.0%}" for one in look.likely)
    clear = "" if look.is_clear else " (not clear)"
    yield "domain", f"{look.domain or 'none fits'}{clear}: {shares}"
    yield "language", _counted({k: f"{v:.0%}" for k, v in look.languages.items()})
    yield "read as", _counted(look.profiles)
    if look.patterns:
        yield "offered", ", ".join(f"{k}: {v}" for k, v in look.patterns.items())
    if look.places:
        yield "jurisdictions", _counted(look.places)
    if look.refused:
        yield "not read", "; ".join(look.refused[:_SHOWN])


def _counted(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing"


def _readme(found: Proposed, pack: Pack, on: date) -> Iterator[str]:
    look = found.look
    yield "# Proposed from the documents, reviewed by nobody"
    yield ""
    yield f"`domainkit new --from-documents` read {look.files} files on {on} and wrote this."
    yield "Nothing in this folder is used before a person has taken it up; then delete it."
    yield ""
    yield "| what | proposed | taken up by |"
    yield "|---|---|---|"
    for name, value in _seen(look):
        yield f"| {name} | {_cell(value)} | {_TAKEN[name]} |"
    names = f"{len(look.named(pack))} in `glossary.yaml` here"
    yield f"| names | {names} | moving what is right beside `domain.yaml` |"
    yield f"| questions | {len(found.drafts)} | `domainkit ingest`, then `domainkit eval review` |"


_TAKEN = {
    "domain": "`extends` in `domain.yaml`",
    "language": "`languages` in `domain.yaml`",
    "read as": "nothing: it is recognised at every ingest",
    "offered": "`profiles` in `domain.yaml`, in comments there",
    "jurisdictions": "`jurisdictions` in `domain.yaml`",
    "not read": "mending the files",
}


def _cell(text: str) -> str:
    return " ".join(safe(text).replace("|", "\\|").split())


def _glossary(names: Sequence[Candidate], on: date) -> Iterator[str]:
    yield f"# Proposed from the documents on {on}, reviewed by nobody; nothing reads this file."
    yield "# Move what is right to glossary.yaml beside domain.yaml, then: domainkit pack check ."
    clear = [one for one in names if len(one.senses) == 1]
    if not clear:
        yield "# No name was found that stands for one thing."
    for one in clear:
        source = f"{one.place}, {one.times} times" if one.times > 1 else one.place
        entry = {one.term: {"synonyms": list(one.senses), "source": source[:100]}}
        yield yaml.safe_dump(entry, allow_unicode=True, sort_keys=False, width=1000).rstrip()
    for one in names:
        if len(one.senses) > 1:
            said = " | ".join(one.senses)
            yield f"# {_cell(one.term)} stands for several things, choose one: {_cell(said)}"
