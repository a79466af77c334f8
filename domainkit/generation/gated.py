"""The verdict of the gate on an adapter: kept beside its weights, asked for before it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from domainkit.errors import ModelError
from domainkit.generation.adapters import Adapter
from domainkit.packs.schemas.adapter import PAGE, VERDICT, Verdict


def read(adapter: Adapter) -> Verdict | None:
    """Return the gate's verdict on the weights that ``adapter`` has; None where there is none.

    The assistant's own verdict on a pack's adapter comes before the one that the pack brings.

    Raises:
        ModelError: when the record cannot be read.
    """
    return next((v for v in _all(adapter) if v.weights == adapter.manifest.weights), None)


def _all(adapter: Adapter) -> Iterator[Verdict]:
    """Yield the verdicts that are kept, of whatever weights, the assistant's own first."""
    for path in dict.fromkeys((adapter.kept / VERDICT, adapter.folder / VERDICT)):
        if path.is_file():
            try:
                yield Verdict.model_validate_json(path.read_text(encoding="utf-8"))
            except (ValidationError, UnicodeDecodeError) as error:
                raise ModelError(
                    f"{path}: not a verdict of the gate",
                    hint=f"domainkit adapters gate {adapter.manifest.name}",
                ) from error


def check_passed(adapter: Adapter) -> None:
    """Check that ``adapter`` has passed the gate.

    Raises:
        ModelError: when it has not been judged, or was refused; the message says why.
    """
    name, verdict = adapter.manifest.name, read(adapter)
    if verdict is None:
        said = "the gate judged other weights than it has now"
        if not any(_all(adapter)):
            said = "whether it answers better is not known"
        raise ModelError(
            f"the adapter '{name}' has passed no gate: {said}",
            hint=f"domainkit adapters gate {name}, or activate it as it is: --ungated",
        )
    if not verdict.passed:
        raise ModelError(
            f"the gate refused the adapter '{name}': {'; '.join(verdict.reasons)}",
            hint=f"see {_page(adapter)}, or activate it nevertheless: --ungated",
        )


def write(adapter: Adapter, verdict: Verdict) -> None:
    """Keep ``verdict`` beside the weights of ``adapter``, for programs and for people."""
    put(verdict, adapter.kept)


def put(verdict: Verdict, folder: Path) -> None:
    """Write ``verdict`` to ``folder``, as JSON and as a page."""
    folder.mkdir(parents=True, exist_ok=True)
    text = verdict.model_dump_json(by_alias=True, indent=2) + "\n"
    (folder / VERDICT).write_text(text, encoding="utf-8")
    (folder / PAGE).write_text(markdown(verdict), encoding="utf-8")


def _page(adapter: Adapter) -> Path:
    own = adapter.kept / PAGE
    return own if own.is_file() else adapter.folder / PAGE


def markdown(verdict: Verdict) -> str:
    """Return the report: the verdict, why, and every metric with its test."""
    said = "passed" if verdict.passed else "refused"
    lines = [
        f"# Gate: {verdict.adapter} {said}",
        "",
        f"- {verdict.at.isoformat(timespec='seconds')} by `{verdict.command}`",
        f"- base {verdict.base}; weights `{verdict.weights}`; prompts `{verdict.prompt}`",
        f"- languages {', '.join(verdict.languages)}; questions "
        + ", ".join(f"{name} `{digest[:12]}`" for name, digest in verdict.suites.items()),
        *(f"- refused: {reason}" for reason in verdict.reasons),
        "",
        "| area | metric | base | adapter | difference, 95 % | p | test | questions | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in verdict.measured:
        mark = "better" if one.gained else "worse" if one.lost else ""
        lines.append(
            f"| {one.area} | {one.metric} | {one.before:.3f} | {one.after:.3f} "
            f"| {one.after - one.before:+.3f} [{one.low:+.3f}, {one.high:+.3f}] "
            f"| {one.chance:.4f} | {one.test} | {one.count} | {mark} |"
        )
    lines += [
        "",
        "Promoted is what is better by more than chance in one metric of the domain (Holm's "
        f"correction) and in none worse by more than {verdict.margin:g} or by more than chance "
        "(p below .05). The interval says how much worse it may truly be.",
        "",
    ]
    return "\n".join(lines)
