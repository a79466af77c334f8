"""Makes items of questions and what came of asking them: scores, baselines, slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from domainkit.evaluation import ranking, scoring, summary
from domainkit.evaluation.kept import Asking
from domainkit.evaluation.record import Gold, Item
from domainkit.evaluation.suite import Asked
from domainkit.types import Answer, Question, Turn


@dataclass(frozen=True, slots=True)
class Planned:
    """A question that will be asked, the key of its answer, and whether that is kept already."""

    asked: Asked
    question: Question
    key: str
    kept: bool


def items(
    planned: Sequence[Planned], golds: Sequence[tuple[Gold, ...]], askings: Sequence[Asking]
) -> list[Item]:
    """Return the item of each question, with what must be cited and what came of asking it."""
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


def unresolved(items: Sequence[Item]) -> Iterator[str]:
    """Yield a notice of questions whose words to cite stand in no document."""
    absent = [item.id for item in items if any(not gold.passages for gold in item.gold)]
    if absent:
        named = ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")
        yield f"the documents do not hold what {len(absent)} questions must cite: {named}"
