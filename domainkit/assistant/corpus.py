"""An assistant's documents: read into the store, indexed, searched, quoted and forgotten."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from domainkit.assistant import certificate, embedding, evaluated, wiring
from domainkit.assistant.certificate import Certificate
from domainkit.assistant.folder import Layout
from domainkit.errors import StaleIndex
from domainkit.guards import evidence
from domainkit.guards.privacy import masked_kinds
from domainkit.ingestion import report_page
from domainkit.ingestion.folder import ingest
from domainkit.ingestion.options import Options
from domainkit.ingestion.places import Places, Source
from domainkit.ingestion.rehearsal import rehearsal
from domainkit.ingestion.report import FileReport, Report
from domainkit.packs.pack import Pack
from domainkit.protocols import Embedder
from domainkit.retrieval.cited import Cited
from domainkit.retrieval.glossary import Glossary
from domainkit.retrieval.indexes import Indexes
from domainkit.retrieval.retriever import Mode, Retriever
from domainkit.retrieval.surroundings import grown
from domainkit.settings import Settings
from domainkit.store import forgetting, lock
from domainkit.store.documents import Store
from domainkit.store.forgetting import Target
from domainkit.store.surveys import survey
from domainkit.types import Citation, Filter, Question, Retrieved

OnFile = Callable[[FileReport], None]
OnPassages = Callable[[int, int], None]

# Seconds a command waits for another that writes: most are done by then.
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, which of its files are still on the disk, and the proof if asked for."""

    name: str
    passages: int
    still_on_disk: tuple[str, ...] = ()
    certificate: Certificate | None = None
    path: Path | None = None


class Corpus:
    """The documents of one assistant. Opened on first use; safe to search from many threads."""

    def __init__(self, pack: Pack, settings: Settings, layout: Layout) -> None:
        self._pack = pack
        self._settings = settings
        self._layout = layout
        self._opening = threading.RLock()
        self._opened: tuple[Store, Indexes, Retriever] | None = None
        self._made: tuple[Embedder | None] | None = None

    @property
    def store(self) -> Store:
        """The store.

        Raises:
            IndexNotFound: when nothing has been ingested.
        """
        return self._open()[0]

    @property
    def retriever(self) -> Retriever:
        """What finds passages."""
        return self._open()[2]

    @property
    def embedder(self) -> Embedder | None:
        """What makes the vectors; None where words alone are searched.

        Raises:
            ModelError: when it is not fetched.
        """
        with self._opening:
            if self._made is None:
                self._made = (embedding.embedder(self._settings, self._pack, self._layout),)
            return self._made[0]

    def retrieve(
        self, question: Question, k: int | None, *, mode: Mode = "hybrid"
    ) -> list[Retrieved]:
        """Return the passages in force for ``question``, best first."""
        scope = Filter(as_of=question.as_of, jurisdiction=question.jurisdiction)
        try:
            return self.retriever.retrieve(question, k=k, mode=mode, filter=scope)
        except StaleIndex:
            if not self._switched():
                raise
            return self.retriever.retrieve(question, k=k, mode=mode, filter=scope)

    def evidence(
        self, question: Question, k: int | None
    ) -> tuple[tuple[Retrieved, ...], dict[str, float]]:
        """Return the passages found for ``question``, and what tells whether they suffice.

        What the pack lets them grow by comes behind them, and is not measured.
        """
        given = k or self._pack.manifest.retrieval.k
        wide = self.retrieve(question, max(given, evidence.WIDE))
        idf, rarity = self.retriever.rarities(question)
        measured = evidence.measure(question.search_text, wide, idf, rarity=rarity, given=given)
        return tuple(grown(self.store, wide[:given], self._pack.manifest.retrieval.grow)), measured

    def placed(self, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        """Return ``citations`` with the file and the page on which the quoted words begin."""
        documents = {c.document_id: self.store.document(c.document_id) for c in citations}
        return tuple(
            replace(
                citation,
                source=documents[citation.document_id].source,
                page=documents[citation.document_id].page_at(citation.quote_span.start),
            )
            for citation in citations
        )

    def ingest(
        self,
        paths: Sequence[Path | Source],
        *,
        options: Options,
        rebuild: bool,
        dry_run: bool,
        on_file: OnFile | None,
        on_passages: OnPassages | None,
    ) -> Report:
        """Read ``paths`` into the store, index what changed, return what became of each file."""
        if dry_run:
            with rehearsal(self._layout.store) as copy:
                return self._read(paths, copy, options, on_file)
        _ = self.embedder  # before anything is read: a missing model is said at once
        self.close()
        with self.writing(), closing(Store.open(self._layout.store, create=True)) as store:
            report = self._read(paths, store, options, on_file)
            if options.details or report.changed or not self._layout.report.is_file():
                report = replace(report, surveys=survey(store))
                self._write(report)
            self._index(store, rebuild, on_passages)
        return report

    def _index(self, store: Store, rebuild: bool, progress: OnPassages | None) -> None:
        try:
            with closing(self.indexes(store, self.embedder)) as indexes:
                (indexes.rebuild if rebuild else indexes.update)(progress)
        except StaleIndex:
            if rebuild or not self._switched():
                raise
            self._index(store, rebuild, progress)

    def _write(self, report: Report) -> None:
        """Write the report as a page, in the place of the one before it."""
        now = datetime.now().astimezone()
        page = report_page.page(report, name=self._layout.root.name, when=now)
        self._layout.report.write_text(page, encoding="utf-8")

    def _read(
        self,
        paths: Sequence[Path | Source],
        store: Store,
        options: Options,
        on_file: OnFile | None,
    ) -> Report:
        assigned = {**self._pack.manifest.profiles, **options.assigned}
        numbers = self._settings.ingestion
        return ingest(
            [*paths] or self._own(),
            store,
            base=self._layout.root,
            options=replace(
                options,
                assigned=assigned,
                workers=numbers.workers,
                limits=wiring.limits(numbers),
                mask=masked_kinds(self._pack),
            ),
            progress=on_file,
        )

    def forget(self, document: str, *, prove: bool = False) -> Forgotten:
        """Remove a file, one record of it, or a document by its id, from store and indexes.

        Raises:
            StoreError: when there is no such document; the hint lists the nearest sources.
        """
        embedder = self.embedder  # before anything is removed: a missing model is said at once
        self.close()
        with self.writing(), closing(Store.open(self._layout.store)) as store:
            target = forgetting.find(store, document)
            drawn = certificate.draw(store, target, self._layout.generated) if prove else None
            passages = forgetting.forget(store, target)
            self._layout.report.unlink(missing_ok=True)  # it names what was forgotten
            evaluated.forget(
                self._layout.evaluations, (*target.documents, target.path, target.name)
            )
            for left in (self._layout.next_indexes, self._layout.former_indexes):
                shutil.rmtree(left, ignore_errors=True)  # a switch that died: they hold its words
            with closing(self.indexes(store, embedder)) as indexes:
                indexes.update()
                if drawn is None:
                    return Forgotten(target.name, passages, self._on_disk(store, target))
                indexes.freshen(whole=True)
                store.clean()
                proof = certificate.certify(
                    store,
                    indexes,
                    target,
                    drawn,
                    folder=self._layout.generated,
                    still_on_disk=self._on_disk(store, target),
                )
        path = proof.write(self._layout.certificates)
        return Forgotten(target.name, passages, proof.still_on_disk, proof, path)

    def _on_disk(self, store: Store, target: Target) -> tuple[str, ...]:
        """Return the files of ``target`` that an ingest would read again."""
        places = Places(store, self._layout.root)
        names = (target.path, *target.copies)
        return tuple(name for name in names if places.find(name).is_file())

    def _switched(self) -> bool:
        """Take up the embedder that another process has promoted since; tell whether one was."""
        with self._opening:
            before, self._made = self._made, None
            if changed := before is None or _named(before[0]) != _named(self.embedder):
                self.close()
            return changed

    def close(self) -> None:
        """Let go of the store and the indexes; they are opened anew when needed."""
        with self._opening:
            if self._opened:
                store, indexes, _ = self._opened
                indexes.close()
                store.close()
                self._opened = None

    def _own(self) -> list[Path | Source]:
        """Return the owner's documents and the pack's own knowledge."""
        named = self._pack.manifest.knowledge.values()
        found = ((self._pack.find(item.path), item.profile) for item in named)
        knowledge = [Source(path, profile) for path, profile in found if path]
        return [Source(self._layout.documents, optional=bool(knowledge)), *knowledge]

    def _open(self) -> tuple[Store, Indexes, Retriever]:
        with self._opening:
            if self._opened is None:
                store = Store.open(self._layout.store)
                indexes = Indexes.open(
                    self._layout.indexes,
                    store=store,
                    embedder=self.embedder,
                    vectors=self._settings.retrieval.vectors,
                    lagging=lock.held(self._layout.generated),
                    options=wiring.vector_options(self._settings),
                )
                numbers = self._pack.manifest.retrieval
                retriever = Retriever(
                    store,
                    indexes,
                    self.embedder,
                    numbers,
                    Glossary(self._pack.glossary),
                    cited=Cited(store, self._pack.authorities, self._pack.works),
                    reranker=wiring.reranker(self._settings, numbers, self._pack),
                )
                self._opened = store, indexes, retriever
            return self._opened

    def indexes(self, store: Store, embedder: Embedder | None) -> Indexes:
        """Return the indexes, to be brought up to ``store``."""
        return Indexes.open(
            self._layout.indexes,
            store=store,
            embedder=embedder,
            vectors=self._settings.retrieval.vectors,
            options=wiring.vector_options(self._settings),
            writable=True,
        )

    def writing(self) -> AbstractContextManager[None]:
        """Be the one process that writes; wait a while for another to end."""
        return lock.writing(self._layout.generated, patience=PATIENCE)


def _named(embedder: Embedder | None) -> str:
    return embedder.id if embedder else ""
