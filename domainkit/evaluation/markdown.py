"""A run as a page of Markdown: scores, gates, slices, and every question that went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domainkit.evaluation.record import Item, Run, Score
from domainkit.evaluation.summary import described
from domainkit.packs.schemas.gates import METRICS

_COLUMNS = ("metric", "value", "95 % interval", "questions", "baseline")


def page(run: Run, items: Sequence[Item] = ()) -> str:
    """Return ``run`` as Markdown; of ``items`` those whose answer had not the expected status."""
    return "\n".join(_lines(run, items))


def _lines(run: Run, items: Sequence[Item]) -> Iterator[str]:
    yield f"# Evaluation of {run.pack} {run.pack_version}"
    yield ""
    yield f"- run: {run.id}, {run.started:%Y-%m-%d %H:%M} UTC, by `{run.command}`"
    yield f"- questions: {run.questions}, {run.cached} of them asked before"
    yield f"- documents: {run.documents}, {run.passages} passages, generation {run.generation}"
    yield from (f"- {name}: {model}" for name, model in run.models.items())
    yield f"- configuration: {run.configuration}"
    yield from (f"- note: {notice}" for notice in run.notices)
    yield from ("", "## Scores", "")
    whole = [score for score in run.scores if not score.slice]
    yield from _table(_COLUMNS, [(s.metric, *described(s)) for s in whole])
    if run.gates:
        yield from ("", "## Gates", "")
        rows = [(g.name, _number(g.value), _bound(g.least, g.most), _passed(g.passed))
                for g in run.gates]  # fmt: skip
        yield from _table(("gate", "value", "required", "outcome"), rows)
    yield from _slices(run.scores)
    wrong = [item for item in items if item.turn.answer.status != item.question.expect]
    if wrong:
        yield from ("", "## Questions answered otherwise than expected", "")
        told = [
            (i.id, i.question.question, i.question.expect, i.turn.answer.status) for i in wrong
        ]
        yield from _table(("id", "question", "expected", "was"), told)
    yield from ("", "## What the metrics are", "")
    yield from (f"- {s.metric}: {METRICS[s.metric]}" for s in whole if s.count)


def _slices(scores: Sequence[Score]) -> Iterator[str]:
    slices = list(dict.fromkeys(score.slice for score in scores if score.slice))
    if slices:
        yield from ("", "## Slices", "")
        rows = [(s.slice, s.metric, *described(s)) for s in scores if s.slice]
        yield from _table(("slice", *_COLUMNS), rows)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield "|" + " --- |" * len(names)
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _bound(least: float | None, most: float | None) -> str:
    return f"at least {least}" if least is not None else f"at most {most}"


def _passed(passed: bool) -> str:
    return "passed" if passed else "FAILED"
