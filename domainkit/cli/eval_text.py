"""How an evaluation looks on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.table import Table

from domainkit.cli.output import out, print_json, safe
from domainkit.evaluation.evaluate import Evaluation
from domainkit.evaluation.record import Change, GateOutcome, PassageChange, Run, Score
from domainkit.evaluation.summary import described
from domainkit.packs.schemas.gates import LESS

MATTERS = 0.05  # the usual level of significance; what is beyond it may well be chance
SHOWN = 10


def show(run: Run) -> None:
    """Print the scores over all questions, and what became of the gates."""
    out.print(
        f"{run.pack} {run.pack_version}: {run.questions} questions, {run.cached} of them asked "
        f"before, in {(run.ended - run.started).total_seconds():.1f} s",
        markup=False,
    )
    out.print(_table([score for score in run.scores if not score.slice and score.count]))
    without = [score.metric for score in run.scores if not score.slice and not score.count]
    if without:
        out.print(f"no question defines: {', '.join(without)}", markup=False)
    for notice in run.notices:
        out.print(f"note: {safe(notice)}", markup=False)
    if run.partial:
        out.print("gates are judged of whole runs only", markup=False)
    show_comparison(run)
    for outcome in run.gates:
        out.print(f"{'passed' if outcome.passed else 'FAILED'}  {gate(outcome)}", markup=False)


def show_comparison(run: Run) -> None:
    """Print what is better and worse than in the run it was compared with, and what changed."""
    if run.against is None:
        return
    moved = [c for c in run.comparisons if c.difference and not c.slice and c.chance < MATTERS]
    differs = ", ".join(run.differs[:5]) + (" …" if len(run.differs) > 5 else "")
    out.print(
        f"against {run.against}: {len(run.changes)} answers changed; "
        f"what differs: {differs or 'nothing'}",
        markup=False,
    )
    for one in moved:
        better = (one.difference < 0) == (one.metric in LESS)
        out.print(
            f"  {'better' if better else 'WORSE'}  {one.metric} {one.before:.3f} -> "
            f"{one.after:.3f} ({one.low:+.3f} to {one.high:+.3f}; by chance {one.chance:.3f}, "
            f"{one.test}, {one.count} questions)",
            markup=False,
        )
    if not moved and run.changes:
        out.print("  no metric moved by more than chance allows", markup=False)
    show_changes(run, most=SHOWN)
    if len(run.changes) > SHOWN:
        out.print(f"  … all of them: domainkit eval compare {run.against} {run.id}", markup=False)


def show_changes(run: Run, *, most: int) -> None:
    """Print which answers changed, and which passages caused it."""
    for change in run.changes[:most]:
        out.print(f"  {_changed(change)}", markup=False)


def _changed(change: Change) -> str:
    status = (
        change.before if change.before == change.after else f"{change.before} -> {change.after}"
    )
    causes = [f"{p.kind} {safe(place(p))}{', cited' if p.cited else ''}" for p in change.passages]
    why = "; ".join(causes[:3]) or "from the same passages"
    return f"{change.id} ({status}; {', '.join(change.what)}): {why}"


def place(change: PassageChange) -> str:
    """Return where a passage stands: title and locator."""
    return f"{change.title} · {change.locator}" if change.locator else change.title


def gate(outcome: GateOutcome) -> str:
    """Return one line: the metric and slice, what it was, and what it must be."""
    bound = f"at least {outcome.least}" if outcome.least is not None else f"at most {outcome.most}"
    if outcome.value is None:
        return f"{outcome.name}: no question measures it, {bound} is required"
    return f"{outcome.name} is {outcome.value:.3f} of {outcome.count}, {bound} is required"


def asked(run: Run) -> str:
    """Return how many questions a run asked, and what they were narrowed to."""
    return (
        f"{run.questions} ({', '.join(run.partial)} only)" if run.partial else f"{run.questions}"
    )


def gates(run: Run) -> str:
    """Return how many gates passed."""
    if not run.gates:
        return "none"
    return f"{sum(gate.passed for gate in run.gates)} of {len(run.gates)} passed"


def show_plan(evaluation: Evaluation, *, json: bool) -> None:
    """Print which questions would be asked, and which answers are kept already."""
    planned = evaluation.plan()
    kept, seconds = sum(one.kept for one in planned), evaluation.seconds(planned)
    if json:
        rows = [
            {"id": p.asked.question.id, "suite": p.asked.suite, "kept": p.kept} for p in planned
        ]
        told = {"questions": len(planned), "kept": kept, "seconds": seconds}
        print_json({**told, "asked": rows})
        return
    for one in planned:
        state = "kept" if one.kept else "ask"
        row = one.asked.question
        out.print(f"{state:<5} {row.id}  {safe(row.question)}", markup=False)
    for name, count in Counter(one.asked.suite for one in planned).items():
        out.print(f"{name}: {count} questions", markup=False)
    about = "" if seconds is None else f"; some {seconds:.0f} s, as the last run went"
    out.print(f"{len(planned) - kept} to ask, {kept} kept{about}", markup=False)


def _table(scores: Sequence[Score]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("metric", "value", "95 % interval", "of", "baseline"):
        table.add_column(name, no_wrap=True)
    for score in scores:
        table.add_row(score.metric, *described(score))
    return table
