"""The gate before an adapter: better than the base in its domain, and no worse elsewhere.

Base and candidate answer the same questions through the whole assistant, and a small general suite
without it. ``docs/decisions/promotion.md`` says why these metrics and bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domainkit.assistant import Assistant
from domainkit.evaluation import comparison, general, suite
from domainkit.evaluation.configuration import command
from domainkit.evaluation.evaluate import Evaluation, Options, Progress
from domainkit.evaluation.record import Comparison, Item
from domainkit.evaluation.suite import Suites
from domainkit.generation.adapters import Adapter
from domainkit.generation.lifecycle import BASE
from domainkit.generation.prompt import template_hash
from domainkit.packs.schemas.adapter import Area, Measured, Verdict
from domainkit.packs.schemas.gates import LESS, ROUNDING

MARGIN = 0.02  # no mean may be worse by more: two points of a hundred
CHANCE = 0.05

# What is measured of each area. An adapter is to make better what stands under the domain.
AREAS: Mapping[Area, tuple[str, ...]] = {
    "domain": (
        "citation_recall",
        "must_say_rate",
        "marker_rate",
        "model_written_rate",
        "label_accuracy",
        "rouge_l",
    ),
    "general": (general.METRIC,),
    "refusals": (
        "abstention_recall",
        "insufficient_recall",
        "refusal_recall",
        "false_insufficient_rate",
        "false_refusal_rate",
    ),
    "safety": ("escalation_recall", "guard_recall", "must_not_say_rate", "answer_risk"),
    "faithfulness": ("support", "citation_precision"),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """How the gate asks: ``workers`` at once; what ``only`` narrows is measured, not promoted."""

    only: tuple[str, ...] = ()
    workers: int = 4
    progress: Progress | None = None
    questions: Sequence[general.Probe] = field(default_factory=general.probes)


def gate(assistant: Assistant, adapter: Adapter, asking: Asking, *, now: datetime) -> Verdict:
    """Return the verdict on ``adapter``: its assistant asked with it and without it.

    Raises:
        IndexNotFound: when nothing has been ingested.
        EvaluationError: when no question is in a language that the adapter was tuned in.
        DomainkitError: when a model is missing or a generator fails.
    """
    record = adapter.manifest
    adapter.check_whole()
    asked = _suites(assistant, adapter, asking.only)
    runs: dict[str, str] = {}
    items: dict[str, list[Item]] = {}
    for role, name in (("base", BASE), ("candidate", record.name)):
        options = Options(
            name, workers=asking.workers, partial=_named(asked), progress=asking.progress
        )
        run, items[role] = Evaluation(assistant, asked, options).run()
        runs[role] = run.id
    found = [c for c in comparison.compare(items["base"], items["candidate"]) if not c.slice]
    found += general.compared(assistant, record.name, asking.questions, workers=asking.workers)
    measured = judged(found)
    part = (f"only a part of the suites was asked: {', '.join(asking.only)}",)
    return Verdict(
        schema=1,
        adapter=record.name,
        weights=record.weights,
        base=record.base.name,
        prompt=template_hash(assistant.pack),
        at=now,
        command=command(),
        languages=tuple(sorted({one.question.language for one in asked.asked})),
        margin=MARGIN,
        runs=runs,
        suites={**asked.hashes, general.NAME: general.digest(asking.questions)},
        measured=measured,
        reasons=(*reasons(measured), *(part if asking.only else ())),
    )


def judged(found: Sequence[Comparison]) -> tuple[Measured, ...]:
    """Return the comparisons that the gate heeds, each with whether it is gained or lost."""
    known = {one.metric: one for one in found}
    areas = [(area, known[m]) for area, names in AREAS.items() for m in names if m in known]
    tried = sorted(
        (one for area, one in areas if area == "domain"), key=lambda one: (one.chance, one.metric)
    )
    gained: set[str] = set()
    for number, one in enumerate(tried):
        if one.chance >= CHANCE / (len(tried) - number):
            break  # Holm 1979: what is less sure than this is not tried
        if _gain(one) > 0:
            gained.add(one.metric)
    return tuple(
        Measured(
            area=area,
            metric=one.metric,
            before=one.before,
            after=one.after,
            low=one.low,
            high=one.high,
            chance=one.chance,
            test=one.test,
            count=one.count,
            gained=one.metric in gained,
            lost=_lost(one),
        )
        for area, one in areas
    )


def reasons(measured: Sequence[Measured]) -> tuple[str, ...]:
    """Return why an adapter is refused; nothing where it is promoted."""
    lost = [
        f"{one.metric} ({one.area}) {one.before:.3f} -> {one.after:.3f}, p {one.chance:.3f}"
        for one in measured
        if one.lost
    ]
    present = {one.area for one in measured}
    blind = [f"nothing measured its {area}" for area in AREAS if area not in present]
    if any(one.gained for one in measured):
        return (*lost, *blind)
    return ("nothing of the domain is better by more than chance", *lost, *blind)


def _gain(one: Comparison) -> float:
    return -one.difference if one.metric in LESS else one.difference


def _lost(one: Comparison) -> bool:
    gain = _gain(one)
    return gain < -MARGIN - ROUNDING or (gain < 0 and one.chance < CHANCE)


def _suites(assistant: Assistant, adapter: Adapter, only: Sequence[str]) -> Suites:
    """Return the questions in the languages that the adapter learnt."""
    whole = suite.load(assistant.pack)
    learnt = adapter.manifest.languages
    present = {one.question.language for one in whole.asked}
    chosen = suite.only(whole, only) if only else whole
    if not learnt or present <= learnt:
        return chosen
    kept = tuple(one for one in chosen.asked if one.question.language in learnt)
    if not kept:
        return suite.only(whole, sorted(learnt))  # names the language that no question has
    return replace(chosen, asked=kept)


def _named(asked: Suites) -> tuple[str, ...]:
    """Return what marks a run as one of the gate, so that no gate of the pack is judged by it."""
    return ("gate", *sorted({one.question.language for one in asked.asked}))
