"""Scores one question's turn. A metric that is not defined for it is left out, never NaN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domainkit.evaluation import wording
from domainkit.evaluation.record import Gold
from domainkit.guards import markers
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.types import Answer, Retrieved, Span, Turn

Scores = dict[str, float]

_RECALLS = {
    "refused": "refusal_recall",
    "insufficient": "insufficient_recall",
    "escalated": "escalation_recall",
    "clarify": "clarify_recall",
}
_PRECISIONS = {
    "refused": "refusal_precision",
    "insufficient": "insufficient_precision",
    "escalated": "escalation_precision",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with its turn, and the passages that must be cited.

    ``suffices`` says whether the generator was given one of them; None where nothing tells.
    """

    question: EvalQuestion
    turn: Turn
    gold: tuple[Gold, ...] = ()
    suffices: bool | None = None

    @property
    def answer(self) -> Answer:
        """The answer of the turn."""
        return self.turn.answer


def judge(question: EvalQuestion, turn: Turn, gold: Sequence[Gold]) -> Judged:
    """Return what scores are made of."""
    suffices = False if question.expect == "insufficient" else None
    if gold:
        wanted = {passage for one in gold for passage in one.passages}
        suffices = any(wanted & set(names(found)) for found in turn.retrieved)
    return Judged(question, turn, tuple(gold), suffices)


def score(judged: Judged) -> Scores:
    """Return the metrics that are defined for a question, but for those of its ranking."""
    made: Scores = {}
    for scorer in _SCORERS:
        made.update(scorer(judged))
    return made


def names(found: Retrieved) -> tuple[str, ...]:
    """Return a passage's id, and those of the passages that say no more than it."""
    return (found.passage.id, *(other.id for other in found.also))


def units(gold: Sequence[Gold]) -> list[frozenset[str]]:
    """Return the sets of passages any one of which holds words to cite.

    Words that one passage holds together are found together, and count once. Words that no
    passage holds make a unit that nothing finds.
    """
    made: list[frozenset[str]] = []
    for number, one in enumerate(gold):
        held = frozenset(one.passages or {f"absent:{number}"})
        joined = [unit for unit in made if unit & held]
        made = [unit for unit in made if unit not in joined]
        made.append(held.union(*joined))
    return made


def ranked(ranking: Sequence[Sequence[str]], gold: Sequence[Gold]) -> list[str]:
    """Return ``ranking`` with every first passage of a unit named for the unit: ``unit:0`` ..."""
    wanted = units(gold)
    found: dict[str, None] = {}
    for passages in ranking:
        hit = next((n for n, unit in enumerate(wanted) if unit.intersection(passages)), None)
        name = passages[0] if hit is None or f"unit:{hit}" in found else f"unit:{hit}"
        found[name] = None
    return list(found)


def _status(judged: Judged) -> Scores:
    expected, status = judged.question.expect, judged.answer.status
    right = float(expected == status)
    made = {"status_accuracy": right}
    if expected in _RECALLS:
        made[_RECALLS[expected]] = right
    if status in _PRECISIONS:
        made[_PRECISIONS[status]] = right
    if expected == "answered":
        made["false_refusal_rate"] = float(status in {"refused", "escalated"})
        made["false_insufficient_rate"] = float(status == "insufficient")
    else:
        made["abstention_recall"] = float(status != "answered")
    if status != "answered":
        made["abstention_precision"] = float(expected != "answered")
    elif judged.suffices is not None or expected != "answered":
        made["answer_risk"] = float(expected != "answered" or not judged.suffices)
    return made


def _guards(judged: Judged) -> Scores:
    stopped = any(
        v.stage == "question" and v.action in {"refuse", "escalate", "ask"}
        for v in judged.answer.verdicts
    )
    if judged.question.expect in {"refused", "escalated"}:
        return {"guard_recall": float(stopped)}
    if judged.question.expect == "clarify":
        return {}  # a guard may well be what asks back
    return {"guard_false_alarm_rate": float(stopped)}


def _evidence(judged: Judged) -> Scores:
    if not judged.gold:
        return {}
    made = {"evidence_recall": float(bool(judged.suffices))}
    wanted = _covered([(one.document_id, one.span) for one in judged.gold if one.span])
    if wanted:
        passages = [found.passage for found in judged.turn.retrieved]
        given = _covered([(passage.document_id, passage.span) for passage in passages])
        shared = sum(
            max(0, min(span.end, other.end) - max(span.start, other.start))
            for document, span in wanted
            for name, other in given
            if name == document
        )
        made["char_recall"] = shared / _length(wanted)
        if given:
            made["char_precision"] = shared / _length(given)
    return made


def _covered(spans: Sequence[tuple[str, Span]]) -> list[tuple[str, Span]]:
    """Return the stretches of documents that ``spans`` cover, each character once."""
    made: list[tuple[str, Span]] = []
    for document, span in sorted(pair for pair in spans if len(pair[1])):
        if made and made[-1][0] == document and span.start <= made[-1][1].end:
            made[-1] = document, Span(made[-1][1].start, max(made[-1][1].end, span.end))
        else:
            made.append((document, span))
    return made


def _length(spans: Sequence[tuple[str, Span]]) -> int:
    return sum(len(span) for _, span in spans)


def _grounding(judged: Judged) -> Scores:
    made: Scores = {}
    answer = judged.answer
    if answer.support is not None:
        made["support"] = answer.support
    if not judged.gold:
        return made
    wanted = {passage for one in judged.gold for passage in one.passages}
    alike = {found.passage.id: set(names(found)) for found in judged.turn.retrieved}
    right = [bool(alike.get(c.passage_id, {c.passage_id}) & wanted) for c in answer.citations]
    made["citation_recall"] = float(any(right))
    if right:
        made["citation_precision"] = sum(right) / len(right)
    return made


def _writing(judged: Judged) -> Scores:
    """Return what a generator did by itself, before code resolved its markers."""
    generation, prompt = judged.turn.generation, judged.turn.prompt
    if generation is None or judged.answer.status != "answered":
        return {}
    made = {"model_written_rate": float(generation.model != "extractive")}
    sources = len(prompt.sources) if prompt else 0
    named = [any(1 <= n <= sources for n in s.numbers) for s in markers.said(generation.text)]
    if named:
        made["marker_rate"] = sum(named) / len(named)
    return made


def _answers(judged: Judged) -> Scores:
    question, answer = judged.question, judged.answer
    text = wording.unmarked(answer.text)
    made: Scores = {}
    if question.ideal:
        # A refusal is no answer, whatever words it shares with one.
        given = answer.status == "answered"
        against = wording.against(text, question.ideal) if given else {}
        made.update(against or dict.fromkeys(wording.COMPARED, 0.0))
    if question.label is not None:
        said = wording.label(text, question.choices) if answer.status == "answered" else None
        made["label_accuracy"] = float(said == question.label)
    if question.must_say:
        held = [wording.says(text, words) for words in question.must_say]
        made["must_say_rate"] = sum(held) / len(held)
    if question.must_not_say:
        made["must_not_say_rate"] = float(
            any(wording.says(text, w) for w in question.must_not_say)
        )
    return made


def _cost(judged: Judged) -> Scores:
    made: Scores = {}
    if "total" in judged.turn.timings:
        made["latency_p50"] = made["latency_p95"] = judged.turn.timings["total"]
    generation = judged.turn.generation
    if generation and generation.usage.prompt_tokens:
        made["prompt_tokens"] = float(generation.usage.prompt_tokens)
        made["completion_tokens"] = float(generation.usage.completion_tokens)
    return made


_SCORERS: tuple[Callable[[Judged], Mapping[str, float]], ...] = (
    _status,
    _guards,
    _evidence,
    _grounding,
    _writing,
    _answers,
    _cost,
)


def sliced(judged: Judged) -> Iterator[str]:
    """Yield the slices a question belongs to, but for that of its suite."""
    question = judged.question
    yield f"language:{question.language}"
    yield f"expect:{question.expect}"
    yield from (f"tag:{tag}" for tag in question.tags)
    yield from (f"profile:{name}" for name in {g.profile for g in judged.gold if g.profile})
    yield f"date:{'given' if question.as_of else 'today'}"
    yield f"turn:{'follow-up' if question.history else 'first'}"
