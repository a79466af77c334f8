"""Asks an assistant every question of its suites, scores what it answers, and keeps the record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from domainkit.assistant import Assistant
from domainkit.evaluation import comparison, configuration, impact, scoring, summary
from domainkit.evaluation.configuration import Configuration, digest
from domainkit.evaluation.gold import GoldFinder
from domainkit.evaluation.items import Planned, items, unresolved
from domainkit.evaluation.kept import Asking, Kept
from domainkit.evaluation.log import Log
from domainkit.evaluation.record import RUNS, Item, Run, Runs
from domainkit.evaluation.suite import Asked, Suites
from domainkit.packs.chain import follow
from domainkit.packs.loader import layers, resolve
from domainkit.packs.schemas.gates import Gates
from domainkit.types import Message, Retrieved

RANKED = 100
SEED = 0  # of the resampling; nothing else is drawn

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to evaluate: with which adapter, how many questions at once, whether to ask anew.

    ``against`` is the run to compare with, the last one of the same questions by default.
    ``partial`` names what the suites were narrowed to: no gate is judged then.
    """

    adapter: str | None = None
    against: str | None = None
    workers: int = 2
    fresh: bool = False
    partial: tuple[str, ...] = ()
    progress: Progress | None = None


@dataclass
class Evaluation:
    """One assistant and its suites, ready to be asked."""

    assistant: Assistant
    suites: Suites
    options: Options = field(default_factory=Options)

    def __post_init__(self) -> None:
        self._folder = self.assistant.layout.evaluations
        self._kept = Kept(self._folder)
        self._configured: Configuration | None = None

    @property
    def _extractive(self) -> bool:
        """Whether the documents' own sentences answer anyway: no baseline need be asked."""
        settings = self.assistant.settings
        return "extractive" in {settings.tier, settings.generation.engine}

    @property
    def configuration(self) -> Configuration:
        """What decides the answers but the questions."""
        if self._configured is None:
            self._configured = configuration.of(self.assistant, adapter=self.options.adapter)
        return self._configured

    def plan(self) -> list[Planned]:
        """Return what will be asked, without asking.

        Raises:
            IndexNotFound: when nothing has been ingested.
        """
        return [self._planned(asked) for asked in self.suites.asked]

    def seconds(self, planned: Sequence[Planned]) -> float | None:
        """Return how long asking what is planned may take, as the last run went; None without one.

        Other models than it asked may of course be slower.
        """
        runs = Runs(self._folder / RUNS)
        for run in map(runs.read, reversed(runs.ids())):
            if run.questions > run.cached:
                each = (run.ended - run.started).total_seconds() / (run.questions - run.cached)
                return each * sum(not one.kept for one in planned)
        return None

    def run(self) -> tuple[Run, list[Item]]:
        """Return the run and its items, kept in the assistant's folder.

        Raises:
            IndexNotFound: when nothing has been ingested.
            DomainkitError: when a model is missing or a generator fails.
        """
        started = datetime.now(UTC)
        if self.options.against:
            Runs(self._folder / RUNS).find(self.options.against)  # before anything is asked
        planned = self.plan()
        finder = GoldFinder(self.assistant.corpus.store, self.assistant.folder)
        golds = [
            tuple(finder.find(source, one.asked.folders) for source in question.must_cite)
            for one in planned
            for question in (one.asked.question,)
        ]
        askings = self._ask_all(planned)
        made = items(planned, golds, askings)
        runs = Runs(self._folder / RUNS)
        run = compared(runs, self._run(started, made), made, against=self.options.against)
        runs.write(run, made)
        Log(self._folder).add(run)
        return run, made

    def _planned(self, asked: Asked) -> Planned:
        row = asked.question
        question = self.assistant.question(
            row.question,
            history=[Message(turn.role, turn.content) for turn in row.history],
            as_of=row.as_of,
            jurisdiction=row.jurisdiction,
        )
        parts = [
            self.configuration.fingerprint,
            question.text,
            [[message.role, message.content] for message in question.history],
            self.configuration.season(question.as_of),
            question.jurisdiction,
        ]
        key = digest(parts)
        return Planned(asked, question, key, not self.options.fresh and self._kept.has(key))

    def _ask_all(self, planned: Sequence[Planned]) -> list[Asking]:
        """Return what came of each question; several are asked at once."""
        tell = self.options.progress or _silent
        plain = _plain(self.assistant)
        with ThreadPoolExecutor(max_workers=max(1, self.options.workers)) as pool:
            futures: list[Future[Asking]] = [pool.submit(self._ask, one, plain) for one in planned]
            try:
                for done, future in enumerate(as_completed(futures), start=1):
                    future.result()
                    tell(done, len(futures))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return [future.result() for future in futures]

    def _ask(self, one: Planned, plain: Assistant) -> Asking:
        if one.kept and (found := self._kept.find(one.key)):
            return found
        turn = self.assistant.ask(one.question, adapter=self.options.adapter)
        written = turn.generation is not None and not self._extractive
        sought = turn.question
        cites = bool(one.asked.question.must_cite)
        asking = Asking(
            turn,
            plain.ask(one.question) if written else turn,
            _named(self.assistant.retrieve(sought, k=RANKED)) if cites else (),
            _named(self.assistant.retrieve(sought, k=RANKED, mode="lexical")) if cites else (),
        )
        self._kept.keep(one.key, asking)
        return asking

    def _run(self, started: datetime, made: Sequence[Item]) -> Run:
        assistant, configured = self.assistant, self.configuration
        scores = summary.summarise(made)
        partial = self.options.partial
        counts = assistant.counts()
        gates = () if partial else summary.judged(gates_of(assistant.folder), scores)
        return Run(
            id=_id(started, configured),
            started=started,
            ended=datetime.now(UTC),
            command=configuration.command(),
            configuration=configured.fingerprint,
            configured=configured.parts,
            pack=assistant.pack.name,
            pack_version=assistant.pack.manifest.version,
            pack_fingerprint=assistant.pack.fingerprint,
            generation=assistant.corpus.store.generation,
            documents=counts.documents,
            passages=counts.passages,
            seed=SEED,
            data={**self.suites.hashes, "documents": configured.parts["documents"]},
            models=configuration.models(assistant, self.options.adapter),
            settings={key: str(v) for key, v in _flat(configuration.decisive(assistant.settings))},
            environment={**configuration.environment(), "workers": str(self.options.workers)},
            questions=len(made),
            cached=sum(item.cached for item in made),
            partial=partial,
            notices=(*self.suites.notices, *unresolved(made)),
            scores=scores,
            gates=gates,
            curves=summary.curves(made),
        )


def compared(runs: Runs, run: Run, made: Sequence[Item], *, against: str | None) -> Run:
    """Return ``run`` with what is better and worse than in another, and what answers changed.

    Raises:
        EvaluationError: when there is no run ``against``.
    """
    other = runs.find(against) if against else comparison.before(runs, run)
    if other is None:
        return run
    earlier, before = runs.read(other), list(runs.items(other))
    return replace(
        run,
        against=other,
        comparisons=comparison.compare(before, made),
        changes=impact.changes(before, made),
        differs=impact.differing(earlier.configured, run.configured),
    )


def gates_of(folder: Path) -> Gates:
    """Return the gates of the assistant in ``folder``: its own, and those of the packs above.

    Raises:
        PackProblems: naming the file and key that is wrong.
    """
    return resolve(Gates, layers(follow(folder), "eval/gates.yaml"))[0]


def _plain(assistant: Assistant) -> Assistant:
    """Return the assistant whose answers are the documents' own sentences, over one corpus."""
    writing = assistant.settings.generation.model_copy(
        update={"engine": "extractive", "adapter": ""}
    )
    settings = assistant.settings.model_copy(update={"generation": writing})
    return Assistant(assistant.folder, assistant.pack, settings, corpus=assistant.corpus)


def _named(found: Sequence[Retrieved]) -> tuple[tuple[str, ...], ...]:
    return tuple(scoring.names(one) for one in found)


def _flat(values: dict[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _id(started: datetime, configured: Configuration) -> str:
    return f"{started:%Y%m%dT%H%M%SZ}-{configured.fingerprint[:6]}{uuid.uuid4().hex[:2]}"


def _silent(done: int, total: int) -> None:
    """Report nothing."""
