"""What a folder of documents shows of the assistant it wants: its domain, language and names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from domainkit.assistant.candidates import Candidate, candidates
from domainkit.assistant.likely import Likely, Packs
from domainkit.assistant.sampling import Sample
from domainkit.ingestion.profile import FALLBACK
from domainkit.packs.pack import Pack
from domainkit.store.documents import Store
from domainkit.types import Document

# Documents of one file that count: a file of records is one voice among others.
_OF_A_FILE = 20
# Files of a folder that must agree on a profile for it to be offered for all of them.
_LEAST_FILES, _AGREED = 3, 0.6
# From this share of the documents on, the domain is said without a doubt. Folders of a domain have
# .65 to 1.0 (medical and biomedical texts share words), general instructions .45 to .78
# (benchmarks/proposals.py).
CLEAR = 0.8
LEAST = 0.5  # below it no domain is proposed
MOST_NAMES = 60  # as many as a person reads through


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in a sample of documents. Nothing in it is more than a proposal.

    ``languages`` holds the share of each in the text. ``likely`` are the packs, the likeliest
    first. ``profiles`` counts the files each profile read. ``patterns`` are readings to offer:
    file pattern -> profile. ``places`` counts the jurisdictions that documents name.
    """

    files: int
    refused: tuple[str, ...]
    documents: int
    passages: int
    languages: Mapping[str, float]
    likely: tuple[Likely, ...]
    profiles: Mapping[str, int]
    patterns: Mapping[str, str]
    places: Mapping[str, int]
    names: tuple[Candidate, ...]

    @property
    def domain(self) -> str | None:
        """The pack that fits best; None when none fits half of the documents."""
        best = self.likely[0] if self.likely else None
        return best.pack if best and best.share >= LEAST else None

    @property
    def language(self) -> str | None:
        """The language most of the text is in; None without text."""
        return max(self.languages, key=self.languages.__getitem__, default=None)

    @property
    def is_clear(self) -> bool:
        """Whether the domain stands out."""
        return bool(self.likely) and self.likely[0].share >= CLEAR

    def named(self, pack: Pack) -> list[Candidate]:
        """Return the names that the glossary of ``pack`` lacks."""
        known = {
            word.casefold()
            for term, synonyms in pack.glossary.items()
            for word in (term, *synonyms)
        }
        return [one for one in self.names if one.term.casefold() not in known][:MOST_NAMES]


def look(sample: Sample, packs: Mapping[str, Pack]) -> Look:
    """Return what ``sample`` shows; ``packs`` are those that could be extended."""
    documents = list(_documents(sample.store))
    counts = sample.store.counts()
    read = [line for line in sample.report.whole if line.outcome == "read"]
    sizes: Counter[str] = Counter()
    for document in documents:
        sizes[document.language] += len(document.text)
    total = max(1, sizes.total())
    return Look(
        files=len(read),
        refused=tuple(f"{line.path}: {line.reason}" for line in sample.report.refused),
        documents=counts.documents,
        passages=counts.passages,
        languages={name: size / total for name, size in sizes.most_common()},
        likely=tuple(Packs(packs).likely([f"{d.title}\n{d.text}" for d in documents])),
        profiles=Counter(line.profile for line in read),
        patterns=_patterns({line.path: line.profile for line in read}),
        places=Counter(d.jurisdiction for d in documents if d.jurisdiction),
        names=tuple(candidates((d.source, f"{d.title}\n{d.text}") for d in documents)),
    )


def _documents(store: Store) -> Iterator[Document]:
    """Yield the documents that count, of each file the first."""
    seen: Counter[str] = Counter()
    for summary in store.documents():
        file = summary.source.partition("#")[0]
        seen[file] += 1
        if seen[file] <= _OF_A_FILE:
            yield store.document(summary.id)


def _patterns(read: Mapping[str, str]) -> dict[str, str]:
    """Return the folders most of whose files one profile reads, but not all, with that profile.

    Where all are recognised alike there is nothing to say.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for path, profile in read.items():
        inside = PurePosixPath(*PurePosixPath(path).parts[1:-1])
        folders[inside.as_posix()].append(profile)
    offered = {}
    for folder, profiles in sorted(folders.items()):
        name, count = Counter(profiles).most_common(1)[0]
        agreed = count / len(profiles)
        if name != FALLBACK and len(profiles) >= _LEAST_FILES and _AGREED <= agreed < 1:
            offered["*" if folder == "." else f"{folder}/*"] = name
    return offered
