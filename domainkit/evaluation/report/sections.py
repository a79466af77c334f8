"""The middle of the report: gates, scores with their intervals, plots and slices, as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from domainkit.evaluation.comparison import compare
from domainkit.evaluation.record import Comparison, GateOutcome, Run, Score
from domainkit.evaluation.report import plots
from domainkit.evaluation.report.escaping import plain
from domainkit.packs.schemas.gates import LESS, METRICS

if TYPE_CHECKING:
    from domainkit.evaluation.report.page import Reported

# Of the many metrics those a reader looks at first, where they are measured.
HEADLINES = ("status_accuracy", "citation_recall", "support", "ndcg@10", "abstention_recall")
SURE = 0.05  # of a difference as great by chance: above it nothing is called better or worse
# These are no shares: a line from 0 to 1 would say nothing of them.
_COSTS = ("latency_p50", "latency_p95", "prompt_tokens", "completion_tokens")


def sections(made: Reported, before: Reported | None) -> Iterator[str]:
    """Yield what stands between the first screen and the questions."""
    run = made.run
    if run.gates:
        yield f"<h2>Gates</h2>{_gates(run)}"
    moved = compare(before.items, made.items) if before else ()
    whole = {one.metric: one for one in moved if not one.slice}
    yield f"<h2>Scores</h2>{_scores(run, before.run if before else None, whole)}"
    if apart := [one for one in moved if one.slice and verdict(one) != "alike"]:
        yield f"<h2>Slices that moved</h2>{_moved(apart)}"
    yield f"<h2>Plots</h2>{_plots(made, before)}"
    yield f"<h2>By slice</h2>{''.join(_slices(run, before.run if before else None))}"


def origins(run: Run) -> str:
    """Return what is needed to make the run again."""
    rows = [("command", run.command), ("configuration", run.configuration)]
    rows += [("pack", f"{run.pack} {run.pack_version}, {run.pack_fingerprint}")]
    rows += [("seed", str(run.seed)), ("store", f"generation {run.generation}")]
    rows += [(f"hash of {name}", value) for name, value in run.data.items()]
    rows += [*run.environment.items(), *run.settings.items()]
    return described_list((name, plain(value)) for name, value in rows)


def described_list(rows: Iterable[tuple[str, str]]) -> str:
    """Return names and what they are; the second of each row is HTML, the first is text."""
    shown = "".join(f"<dt>{plain(name)}</dt><dd>{value}</dd>" for name, value in rows)
    return f"<dl>{shown}</dl>"


def gate_line(gate: GateOutcome) -> str:
    """Return a gate in a line: what it asks, and what was."""
    bound = f"at least {gate.least:g}" if gate.least is not None else f"at most {gate.most:g}"
    if gate.value is None:
        return f"{plain(gate.name)}: no question measures it; {bound} is required"
    return f"{plain(gate.name)} is {gate.value:.3f} of {gate.count}; {bound} is required"


def _gates(run: Run) -> str:
    rows = "".join(
        f'<tr><td class="{"ok" if gate.passed else "bad"}">'
        f"{'✓ passed' if gate.passed else '✗ FAILED'}</td><td>{gate_line(gate)}"
        f"<small>{plain(METRICS.get(gate.metric, ''))}</small></td></tr>"
        for gate in sorted(run.gates, key=lambda gate: gate.passed)
    )
    return f"<table><tr><th>Outcome</th><th>Gate</th></tr>{rows}</table>"


def _scores(run: Run, before: Run | None, changed: Mapping[str, Comparison]) -> str:
    head = (
        "<tr><th>Metric</th><th class=n>Value</th><th>95 % interval</th><th class=n>Questions</th>"
        "<th>Baseline</th>"
        + ("<th class=n>Before</th><th>Change</th>" if before else "")
        + "</tr>"
    )
    rows = []
    for score in run.scores:
        if score.slice or score.value is None:
            continue
        then = before.score(score.metric) if before else None
        rows.append(_row(score, then, changed.get(score.metric), compared=before is not None))
    return f'<div class="wide"><table>{head}{"".join(rows)}</table></div>'


def _row(score: Score, then: Score | None, change: Comparison | None, *, compared: bool) -> str:
    better = "less is better" if score.metric in LESS else ""
    low, high = score.low or 0.0, score.high or 0.0
    mini = ""
    if score.metric not in _COSTS and score.value is not None:
        mini = plots.interval(low, score.value, high, baseline=score.baseline)
    baseline = (
        "" if score.baseline is None else f"{_number(score.baseline)} {plain(score.baseline_of)}"
    )
    cells = (
        f"<td>{plain(score.metric)}<small>{plain(METRICS.get(score.metric, ''))}"
        f"{f'; {better}' if better else ''}</small></td>"
        f"<td class=n>{_number(score.value)}</td>"
        f"<td>{mini}<small>{_number(low)} to {_number(high)}</small></td>"
        f"<td class=n>{score.count}</td><td>{baseline}</td>"
    )
    if compared:
        cells += (
            f"<td class=n>{_number(then.value if then else None)}</td><td>{_told(change)}</td>"
        )
    return f"<tr>{cells}</tr>"


def _told(change: Comparison | None) -> str:
    if change is None:
        return "–"
    if not change.difference and change.low == change.high:
        return f'<span class="dim">the same</span><small>{change.count} questions in both</small>'
    said = verdict(change)
    kind = {"better": "ok", "worse": "bad"}.get(said, "dim")
    return (
        f'<span class="{kind}">{said}</span> {change.difference:+.3f}'
        f"<small>{change.low:+.3f} to {change.high:+.3f}, p {change.chance:.3f} ({change.test}), "
        f"{change.count} questions in both</small>"
    )


def verdict(change: Comparison) -> str:
    """Return what a reader may conclude: better, worse, or alike where chance may well do it."""
    if change.chance > SURE or not change.difference:
        return "alike"
    return "better" if (change.difference > 0) != (change.metric in LESS) else "worse"


def _moved(changes: Iterable[Comparison]) -> str:
    rows = "".join(
        f"<tr><td>{plain(one.slice)}</td><td>{plain(one.metric)}</td>"
        f"<td class=n>{_number(one.before)}</td><td class=n>{_number(one.after)}</td>"
        f"<td>{_told(one)}</td></tr>"
        for one in changes
    )
    head = "<th>Slice</th><th>Metric</th><th class=n>Before</th><th class=n>Now</th>"
    return f'<div class="wide"><table><tr>{head}<th>Change</th></tr>{rows}</table></div>'


def _plots(made: Reported, before: Reported | None) -> str:
    # What is drawn last lies above: this run's circles stand within the squares of the one before.
    runs = [*([(before.run, "b")] if before else []), (made.run, "a")]
    risk = [plots.Series(r.id, r.curves.get("risk", ()), s) for r, s in runs]
    said = [plots.Series(r.id, r.curves.get("reliability", ()), s) for r, s in runs]
    costs = [_costs(r, s) for r, s in runs]
    key = "Round and blue: this run. Square and orange: the run before. " if before else ""
    figures = (
        (
            plots.risk(risk),
            "Risk and coverage: were only the surest questions answered, how often would it be "
            "without a passage that answers.",
        ),
        (
            plots.reliability(said),
            "Reliability: on the dashed line, what was said of the sources comes true.",
        ),
        (
            plots.scatter(costs, x="median seconds an answer", y="status accuracy"),
            "Quality and time: a point a slice. Hold the pointer over one for its name.",
        ),
    )
    shown = "".join(
        f"<figure>{svg}<figcaption>{key}{text}</figcaption></figure>" for svg, text in figures
    )
    return f'<div class="plots">{shown}</div>'


def _costs(run: Run, style: str) -> tuple[plots.Series, list[str]]:
    names, points = [], []
    for part in dict.fromkeys(score.slice for score in run.scores):
        time, worth = run.score("latency_p50", part), run.score("status_accuracy", part)
        if time and worth and time.value is not None and worth.value is not None:
            names.append(part or "all")
            points.append((time.value, worth.value))
    return plots.Series(run.id, points, style), names


def _slices(run: Run, before: Run | None) -> Iterator[str]:
    for number, metric in enumerate(HEADLINES):
        bars = [
            _bar(score, before.score(metric, score.slice) if before else None)
            for score in run.scores
            if score.metric == metric and score.value is not None
        ]
        if len(bars) > 1:
            svg = plots.bars(bars, title=metric)
            yield (
                f"<details{' open' if not number else ''}><summary>{plain(metric)}: "
                f"{plain(METRICS[metric])}</summary>{svg}</details>"
            )


def _bar(score: Score, then: Score | None) -> plots.Bar:
    return plots.Bar(
        score.slice or "all",
        score.value or 0.0,
        score.low or 0.0,
        score.high or 0.0,
        score.count,
        then.value if then else None,
    )


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.0f}"
