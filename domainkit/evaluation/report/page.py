"""A run as one page of HTML that opens from the disk: no request leaves it, nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from string import Template

from domainkit.evaluation import impact
from domainkit.evaluation.record import Item, Run
from domainkit.evaluation.report import findings, sections
from domainkit.evaluation.report.escaping import plain
from domainkit.evaluation.report.items import render


@dataclass(frozen=True, slots=True)
class Reported:
    """A run with its items."""

    run: Run
    items: Sequence[Item] = field(repr=False)


def page(made: Reported, before: Reported | None = None) -> str:
    """Return the report of ``made``; beside it ``before``, where two runs are compared.

    Args:
        made: the run reported.
        before: the run it is held against.
    """
    run = made.run
    style, script = _part("page.css"), _part("page.js")
    found = findings.findings(made.items)
    title = f"Evaluation of {run.pack} {run.pack_version}"
    against = f", held against {before.run.id}" if before else ""
    return Template(_part("page.html")).substitute(
        title=plain(title),
        subtitle=plain(f"Run {run.id}, {run.started:%Y-%m-%d %H:%M} UTC{against}"),
        policy=escape(_policy(style, script)),
        style=style,
        script=script,
        verdict=_verdict(run, found),
        screen="".join(_screen(made, found)),
        sections="".join(sections.sections(made, before)),
        kinds=_kinds(found, compared=before is not None),
        items="".join(_items(made, before)),
        made=sections.origins(run),
    )


def _part(name: str) -> str:
    return resources.files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return a policy that runs this page's own style and script, and loads nothing at all."""

    def hashed(text: str) -> str:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return f"'sha256-{digest}'"

    return (
        f"default-src 'none'; style-src {hashed(style)}; script-src {hashed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _verdict(run: Run, found: Sequence[findings.Finding]) -> str:
    harmful = sum(len(one.items) for one in found if one.kind.harmful)
    harm = f"{harmful} answers that may do harm" if harmful != 1 else "1 answer that may do harm"
    failed = [gate for gate in run.gates if not gate.passed]
    if run.partial:
        state, said = "none", "Partial run: no gate was judged"
    elif not run.gates:
        state, said = "none", "No gates are set"
    elif failed:
        state, said = "bad", f"FAILED: {len(failed)} of {len(run.gates)} gates"
    else:
        state, said = ("none" if harmful else "ok"), f"All {len(run.gates)} gates passed"
    mark = {"bad": "✗", "ok": "✓", "none": "!"}[state]
    return (
        f'<p class="verdict {state}"><b>{mark} {said}</b><span>{run.questions} questions, '
        f"{harm if harmful else 'no answer of a harmful kind was found'}</span></p>"
    )


def _screen(made: Reported, found: Sequence[findings.Finding]) -> Iterator[str]:
    """Yield the four boxes a safety officer reads first."""
    run = made.run
    models = [(name, plain(model)) for name, model in run.models.items()]
    tested = [("assistant", f"{plain(run.pack)} {plain(run.pack_version)}"), *models]
    tested.append(("configuration", f"<code>{plain(run.configuration[:12])}</code>"))
    yield _box("What was tested", sections.described_list(tested))
    yield _box("On what", sections.described_list(_material(made)))
    yield _box("What failed", _failed(run, found))
    limits = list(findings.limits(run, made.items))
    told = "".join(f"<li>{plain(text)}</li>" for text in limits)
    yield _box("With what limits", f"<ul>{told}</ul>" if told else "<p>None was found.</p>")


def _material(made: Reported) -> Iterator[tuple[str, str]]:
    run = made.run
    suites = dict.fromkeys(item.suite for item in made.items)
    languages: dict[str, int] = {}
    for item in made.items:
        languages[item.question.language] = languages.get(item.question.language, 0) + 1
    spoken = ", ".join(f"{count} {name}" for name, count in sorted(languages.items()))
    yield "questions", f"{run.questions} ({plain(spoken)})"
    yield "suites", plain(", ".join(suites))
    yield "documents", f"{run.documents:,}, {run.passages:,} passages"
    seconds = (run.ended - run.started).total_seconds()
    yield "took", f"{seconds:,.0f} s; {run.cached} answers were kept from before"


def _failed(run: Run, found: Sequence[findings.Finding]) -> str:
    gates = "".join(
        f'<li><span class="bad">✗</span> {sections.gate_line(gate)}</li>'
        for gate in run.gates
        if not gate.passed
    )
    wrong = "".join(
        f'<li><span class="count">{len(one.items)}</span> of {one.of}: '
        f'<a href="#items" data-kind="{one.kind.id}">{escape(one.kind.title)}</a></li>'
        for one in found
        if one.items
    )
    clean = [one for one in found if one.kind.harmful and not one.items]
    fine = "; ".join(f"{escape(one.kind.title.lower())} (of {one.of})" for one in clean)
    parts = [
        f"<h3>Gates</h3><ul>{gates}</ul>" if gates else "",
        f"<ul>{wrong}</ul>" if wrong else "<p>Nothing.</p>",
        f'<p class="dim">None: {fine}.</p>' if fine else "",
    ]
    return "".join(parts)


def _box(title: str, body: str) -> str:
    return f'<section class="box"><h3>{title}</h3>{body}</section>'


def _kinds(found: Sequence[findings.Finding], *, compared: bool) -> str:
    choices = [("", "all"), ("wrong", "anything wrong"), ("right", "nothing wrong")]
    choices += [("changed", "changed between the runs")] if compared else []
    choices += [(f.kind.id, f"{f.kind.title} ({len(f.items)})") for f in found if f.items]
    return "".join(f'<option value="{name}">{escape(said)}</option>' for name, said in choices)


def _items(made: Reported, before: Reported | None) -> Iterator[str]:
    """Yield every item, what is wrong first."""
    others = {item.id: item for item in before.items} if before else {}
    changed = {one.id: one for one in impact.changes(before.items if before else (), made.items)}
    names = ("this run", before.run.id if before else "")
    order = sorted(made.items, key=lambda item: not findings.kinds(item))
    for item in order:
        other = others.get(item.id)
        named = names if other else ("", "")
        yield render(item, other, change=changed.get(item.id), names=named)
