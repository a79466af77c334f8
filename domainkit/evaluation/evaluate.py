"""Asks an assistant every question of its suites, scores what it answers, and keeps the record."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from domainkit.assistant import Assistant
from domainkit.evaluation import configuration, ranking, scoring, summary
from domainkit.evaluation.configuration import Configuration, digest
from domainkit.evaluation.gold import GoldFinder
from domainkit.evaluation.kept import Asking, Kept
from domainkit.evaluation.record import Gold, Item, Run, Runs
from domainkit.evaluation.suite import Asked, Suites
from domainkit.packs.chain import follow
from domainkit.packs.loader import layers, resolve
from domainkit.packs.schemas.gates import Gates
from domainkit.types import Answer, Message, Question, Retrieved, Turn

RANKED = 100
SEED = 0  # of the resampling; nothing else is drawn
RUNS = "runs"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to evaluate: with which adapter, how many questions at once, whether to ask anew.

    ``partial`` names what the suites were narrowed to: no gate is judged then.
    """

    adapter: str | None = None
    workers: int = 2
    fresh: bool = False
    partial: tuple[str, ...] = ()
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A question that will be asked, the key of its answer, and whether that is kept already."""

    asked: Asked
    question: Question
    key: str
    kept: bool


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

    def run(self) -> tuple[Run, list[Item]]:
        """Return the run and its items, kept in the assistant's folder.

        Raises:
            IndexNotFound: when nothing has been ingested.
            DomainkitError: when a model is missing or a generator fails.
        """
        started = datetime.now(UTC)
        planned = self.plan()
        finder = GoldFinder(self.assistant.corpus.store, self.assistant.folder)
        golds = [
            tuple(finder.find(source, one.asked.folders) for source in question.must_cite)
            for one in planned
            for question in (one.asked.question,)
        ]
        askings = self._ask_all(planned)
        items = _items(planned, golds, askings)
        run = self._run(started, items, golds)
        Runs(self._folder / RUNS).write(run, items)
        return run, items

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
        written = turn.generation is not None and turn.generation.model != "extractive"
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

    def _run(self, started: datetime, items: Sequence[Item], golds: Sequence[object]) -> Run:
        assistant, configured = self.assistant, self.configuration
        scores = summary.summarise(items)
        partial = self.options.partial
        counts = assistant.counts()
        gates = () if partial else summary.judged(gates_of(assistant.folder), scores)
        return Run(
            id=_id(started, configured),
            started=started,
            ended=datetime.now(UTC),
            command=configuration.command(),
            configuration=configured.fingerprint,
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
            questions=len(items),
            cached=sum(item.cached for item in items),
            partial=partial,
            notices=(*self.suites.notices, *_unresolved(items)),
            scores=scores,
            gates=gates,
            curves=summary.curves(items),
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
    plain = Assistant(assistant.folder, assistant.pack, settings)
    plain.corpus = assistant.corpus
    return plain


def _items(
    planned: Sequence[Planned], golds: Sequence[tuple[Gold, ...]], askings: Sequence[Asking]
) -> list[Item]:
    together = list(zip(planned, golds, askings, strict=True))
    hybrid = _ranked([(gold, asking.ranking) for _, gold, asking in together])
    by_words = _ranked([(gold, asking.by_words) for _, gold, asking in together])
    status, label = _commonest(planned)
    made = []
    for number, (one, gold, asking) in enumerate(together):
        question = one.asked.question
        judged = scoring.judge(question, asking.turn, gold)
        plain = scoring.score(scoring.judge(question, asking.plain, gold))
        naive = scoring.score(replace(judged, turn=_naive(asking.turn)))
        kinds = {summary.WORDS: by_words[number], summary.SENTENCES: plain, summary.ALL: naive}
        baseline = {
            metric: kinds[kind][metric]
            for metric, kind in summary.BASELINES.items()
            if metric in kinds.get(kind, {})
        }
        baseline["status_accuracy"] = float(question.expect == status)
        if question.label is not None:
            baseline["label_accuracy"] = float(question.label == label)
        made.append(
            Item(
                id=question.id,
                suite=one.asked.suite,
                question=question,
                turn=asking.turn,
                gold=gold,
                ranking=tuple(passages[0] for passages in asking.ranking),
                ranking_by_words=tuple(passages[0] for passages in asking.by_words),
                suffices=judged.suffices,
                slices=(*scoring.sliced(judged), f"suite:{one.asked.suite}"),
                scores={**scoring.score(judged), **hybrid[number]},
                baseline=baseline,
                cached=one.kept,
            )
        )
    return made


def _ranked(
    found: Sequence[tuple[tuple[Gold, ...], Sequence[Sequence[str]]]],
) -> list[dict[str, float]]:
    """Return the scores of each ranking; empty where nothing must be cited."""
    cited = {str(number): gold for number, (gold, _) in enumerate(found) if gold}
    qrels = {
        name: {f"unit:{unit}": 1 for unit in range(len(scoring.units(gold)))}
        for name, gold in cited.items()
    }
    rankings = {name: scoring.ranked(found[int(name)][1], gold) for name, gold in cited.items()}
    scores = ranking.by_question(rankings, qrels) if cited else {}
    return [scores.get(str(number), {}) for number in range(len(found))]


def _naive(turn: Turn) -> Turn:
    """Return ``turn`` as of an assistant that has no guards and answers everything."""
    return replace(turn, answer=Answer("answered", ""), generation=None)


def _commonest(planned: Sequence[Planned]) -> tuple[str, str | None]:
    """Return the commonest expected status, and the commonest label."""
    statuses = Counter(one.asked.question.expect for one in planned)
    labels = Counter(q.label for one in planned if (q := one.asked.question).label is not None)
    return statuses.most_common(1)[0][0], next(iter(labels.most_common(1)), (None, 0))[0]


def _named(found: Sequence[Retrieved]) -> tuple[tuple[str, ...], ...]:
    return tuple(scoring.names(one) for one in found)


def _unresolved(items: Sequence[Item]) -> Iterator[str]:
    """Yield a notice of questions whose words to cite stand in no document."""
    absent = [item.id for item in items if any(not gold.passages for gold in item.gold)]
    if absent:
        named = ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")
        yield f"the documents do not hold what {len(absent)} questions must cite: {named}"


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
