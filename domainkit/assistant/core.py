"""The path from a question to its turn, and from a folder of files to what can be asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from domainkit import settings as settings_module
from domainkit.assistant import asking, dating, guarding, wiring
from domainkit.assistant.adapting import Adapting
from domainkit.assistant.conversation import condense
from domainkit.assistant.corpus import Corpus, Forgotten, OnFile, OnPassages
from domainkit.assistant.doctor import Doctor
from domainkit.assistant.folder import Layout
from domainkit.assistant.repair import Repair
from domainkit.assistant.stopwatch import Stopwatch
from domainkit.assistant.writing import write
from domainkit.generation.prompt import compose
from domainkit.guards import citations, evidence
from domainkit.ingestion.options import Options
from domainkit.ingestion.places import Source
from domainkit.ingestion.report import Report
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.retrieval.retriever import Mode
from domainkit.settings import Settings
from domainkit.store.findings import Finding
from domainkit.store.records import Counts
from domainkit.text import detect
from domainkit.types import Answer, Message, Prompt, Question, Retrieved, Turn


class Assistant:
    """One assistant, opened once and asked often. Safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        pack: Pack,
        settings: Settings,
        *,
        corpus: Corpus | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.folder = folder
        self.pack = pack
        self.settings = settings
        self.layout = Layout(folder)
        self.adapting = Adapting(settings, pack, self.layout)
        self._today = today
        self.corpus = corpus or Corpus(pack, settings, self.layout)  # another's, or its own
        self._guards = guarding.pipeline(pack, self.corpus, self.layout)
        self._writers: dict[tuple[str, bool], wiring.Writer] = {}
        self._building = threading.Lock()

    @classmethod
    def open(cls, folder: Path, *, overrides: Mapping[str, Any] | None = None) -> Assistant:
        """Return the assistant in ``folder``; models and indexes are opened on first use.

        Args:
            folder: an assistant's folder (see ``locate``).
            overrides: settings given as flags, such as ``{"generation.engine": "extractive"}``.

        Raises:
            PackError: when ``domain.yaml`` or a pack it extends is wrong.
            SettingsError: when ``domainkit.toml``, a variable or a flag is wrong.
        """
        settings = settings_module.load(folder, overrides=overrides)
        return cls(folder, loader.load(folder), settings)

    def question(
        self,
        text: str,
        *,
        history: Sequence[Message] = (),
        as_of: date | None = None,
        jurisdiction: str | None = None,
    ) -> Question:
        """Return a question that can be asked, for ``as_of``, the day it names, or today.

        Raises:
            QuestionError: when the text is empty or longer than ``MAX_QUESTION`` characters.
        """
        text = asking.checked(text)
        question = Question(
            text=text,
            history=tuple(history),
            as_of=as_of or self._today(),
            jurisdiction=jurisdiction,
            language=detect(text),
        )
        return question if as_of else dating.dated(question, self.pack)

    def retrieve(
        self, question: Question, *, k: int | None = None, mode: Mode = "hybrid"
    ) -> list[Retrieved]:
        """Return the passages found for ``question``, best first.

        Args:
            question: made by ``question``.
            k: how many passages; the pack's number by default.
            mode: which indexes to ask.

        Raises:
            IndexNotFound: when nothing has been ingested.
            StaleIndex: when the indexes do not belong to the store or the embedder.
            StoreError: when ``mode`` is dense and there are no vectors.
        """
        return self.corpus.retrieve(dating.sought(question, self.corpus, self.pack), k, mode=mode)

    def ask(self, question: Question, *, k: int | None = None, adapter: str | None = None) -> Turn:
        """Return the whole turn of ``question``; a refusal is an answer, not an error.

        Raises:
            DomainkitError: when nothing is ingested, a model is missing or a generator fails.
        """
        for event in self.stream(question, k=k, adapter=adapter):
            if isinstance(event, Turn):
                return event
        raise AssertionError("a stream ends with its turn")

    def stream(
        self,
        question: Question,
        *,
        k: int | None = None,
        adapter: str | None = None,
        cancel: Event | None = None,
    ) -> Generator[str | Turn, None, None]:
        """Yield sentences as they are released, then the turn; stop soon after ``cancel``.

        A sentence is released once its citations have been checked.
        """
        watch = Stopwatch()
        adapter = self.adapting.named(question.language, asked=adapter)
        question = condense(self._guards.masked(question))
        with watch("guards"):
            verdicts = self._guards.question(question)
            stopped = self._guards.stopped(question, verdicts)
        if stopped:
            yield Turn(question, (), None, None, stopped, watch.read())
            return
        question = self._sought(question, tuned=(tuned := adapter is not None))
        with watch("retrieve"):
            retrieved, measured = self.corpus.evidence(question, k)
            vectors = any("dense" in found.via for found in retrieved)
            fitted = self.pack.sufficiency.model(question.language, vectors=vectors)
            named = bool(retrieved) and all("cited" in found.via for found in retrieved)
            sufficiency = 1.0 if named else evidence.sufficiency(measured, fitted)
        least = max((verdict.least for verdict in verdicts), default=0.0)
        if not measured or sufficiency < max(fitted.threshold, least):
            lacking = self._guards.insufficient(
                question, retrieved, sufficiency=sufficiency, verdicts=verdicts
            )
            yield Turn(question, retrieved, None, None, lacking, watch.read())
            return
        with watch("load"):
            # What a law says is quoted; no model need say it again.
            writer = wiring.extractive() if named else self._writer(question.language, tuned=tuned)
        composed = self._composing(question, writer)
        prompt = composed(retrieved)
        repair = Repair(self._guards.rewrites, composed) if self._guards.rewrites else None

        def finish(text: str) -> Answer:
            draft = citations.draft(question, prompt, text)
            answer = self._guards.finish(draft, sufficiency=sufficiency, verdicts=verdicts)
            return replace(answer, citations=self.corpus.placed(answer.citations))

        with watch("write"):
            doing = partial(write, writer, prompt, finish, release=self._guards.released)
            doing = partial(doing, repair=repair, complete=self._guards.completes)
            written = yield from doing(adapter=None if named else adapter, cancel=cancel)
        yield Turn(question, retrieved, prompt, written.generation, written.answer, watch.read())

    def ingest(
        self,
        paths: Sequence[Path | Source] = (),
        *,
        options: Options | None = None,
        rebuild: bool = False,
        dry_run: bool = False,
        on_file: OnFile | None = None,
        on_passages: OnPassages | None = None,
    ) -> Report:
        """Read documents into the store, bring the indexes up to it, return what became of each.

        Args:
            paths: files and folders; none reads ``documents/`` and the pack's own knowledge.
            options: passwords and strictness; profiles assigned in ``domain.yaml`` are added.
            rebuild: make the indexes anew, as after a change of embedder.
            dry_run: report what would become of each file; neither store nor indexes change.
            on_file: called after each file.
            on_passages: called with the passages indexed so far and those to index.

        Raises:
            StaleIndex: when the indexes were made by another embedder and ``rebuild`` is false.
            IngestionError: at the first refused file, when ``options.strict``.
        """
        return self.corpus.ingest(
            paths,
            options=options or Options(),
            rebuild=rebuild,
            dry_run=dry_run,
            on_file=on_file,
            on_passages=on_passages,
        )

    def forget(self, document: str, *, prove: bool = False) -> Forgotten:
        """Remove a document, by its id or its source, from the store and every index.

        Args:
            document: a file, one record of it (``file#record``), or a document's id.
            prove: erase all remains of it, look for its text in every byte that is kept, and
                write a certificate.

        Raises:
            StoreError: when there is no such document; the hint lists the nearest sources.
        """
        return self.corpus.forget(document, prove=prove)

    def examine(self, *, repair: bool = False, every: bool = False) -> list[Finding]:
        """Return what is amiss with the documents and their indexes.

        Args:
            repair: mend it, and say what was mended.
            every: look into every entry of the indexes, not a sample.

        Raises:
            IndexNotFound: when nothing has been ingested.
            StoreError: when another process is writing.
            ModelError: when the embedder is not fetched.
        """
        return Doctor(self.corpus, self.layout, repair=repair, every=every).findings()

    def warm(self) -> None:
        """Open the indexes and load the models now, so that the first question need not wait.

        Raises:
            IndexNotFound: when nothing has been ingested.
            StaleIndex: when the indexes do not belong to the store or the embedder.
            ModelError: when a model the settings name is not fetched.
        """
        self.retrieve(self.question(self.pack.manifest.title))
        self._first_writer()

    def counts(self) -> Counts:
        """Return how many documents and passages are held.

        Raises:
            IndexNotFound: when nothing has been ingested.
        """
        return self.corpus.store.counts()

    def models(self) -> dict[str, str | None]:
        """Return the ids of the generator of the first language and of the embedder, if any."""
        embedder = self.corpus.embedder
        return {
            "generator": self._first_writer().generator.id,
            "embedder": embedder.id if embedder else None,
        }

    def close(self) -> None:
        """Release the store and the indexes."""
        self.corpus.close()

    def _composing(
        self, question: Question, writer: wiring.Writer
    ) -> Callable[[Sequence[Retrieved]], Prompt]:
        """Return what makes of sources the prompt of ``question`` for ``writer``."""
        budget = writer.budget(self.settings.generation)
        made = partial(compose, self.pack, question, budget=budget, count=writer.count)
        return partial(made, names=self.corpus.retriever.names(question))

    def _sought(self, question: Question, *, tuned: bool) -> Question:
        if question.condensed and self.settings.generation.condense != "rules":
            writer = self._writer(question.language, tuned=tuned)
            question = asking.rewritten(question, self.pack, writer)
        return dating.sought(question, self.corpus, self.pack)

    def _first_writer(self) -> wiring.Writer:
        language = self.pack.manifest.languages[0]
        return self._writer(language, tuned=self.adapting.named(language) is not None)

    def _writer(self, language: str, *, tuned: bool) -> wiring.Writer:
        with self._building:
            key = (language, tuned)
            if key not in self._writers:
                self._writers[key] = (
                    wiring.tuned_writer(self.settings, self.pack, language, self.adapting.adapters)
                    if tuned
                    else wiring.writer(self.settings, self.pack, language)
                )
            return self._writers[key]
