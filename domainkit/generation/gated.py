"""The verdict of the gate on an adapter: kept beside its weights, asked for before it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, ValidationError

from domainkit.errors import ModelError
from domainkit.generation.adapters import Adapter
from domainkit.packs.schemas.base import Strict

VERDICT = "gate.json"
PAGE = "gate.md"

Area = Literal["domain", "general", "refusals", "safety", "faithfulness"]


class Measured(Strict):
    """One metric of the base and of the candidate over the same questions, with a paired test.

    ``chance`` is how likely so great a difference is by chance; ``low`` and ``high`` are the 95 %
    interval of the difference. ``gained`` says that it is better by more than chance, several
    metrics being tried at once (Holm); ``lost`` that it is worse: by more than the margin, or by
    more than chance.
    """

    area: Area
    metric: str
    before: float
    after: float
    low: float
    high: float
    chance: float
    test: str
    count: int
    gained: bool = False
    lost: bool = False


class Verdict(Strict):
    """What the gate found of the adapter whose weights have the SHA-256 ``weights``.

    ``prompt`` hashes the prompts it was asked by, ``runs`` are the evaluations by role, ``suites``
    the SHA-256 of the questions, ``reasons`` why it was refused: none where it passed.
    """

    schema_number: Literal[1] = Field(alias="schema")
    adapter: str
    weights: str
    base: str
    prompt: str
    at: datetime
    command: str
    languages: tuple[str, ...]
    margin: float
    runs: dict[str, str]
    suites: dict[str, str]
    measured: tuple[Measured, ...]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the adapter may answer."""
        return not self.reasons


def read(adapter: Adapter) -> Verdict | None:
    """Return the gate's verdict on the weights that ``adapter`` has; None where there is none.

    Raises:
        ModelError: when the record cannot be read.
    """
    path = adapter.folder / VERDICT
    if not path.is_file():
        return None
    try:
        found = Verdict.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path}: not a verdict of the gate",
            hint=f"domainkit adapters gate {adapter.manifest.name}",
        ) from error
    return found if found.weights == adapter.manifest.weights else None


def check_passed(adapter: Adapter) -> None:
    """Check that ``adapter`` has passed the gate.

    Raises:
        ModelError: when it has not been judged, or was refused; the message says why.
    """
    name, verdict = adapter.manifest.name, read(adapter)
    if verdict is None:
        raise ModelError(
            f"the adapter '{name}' has passed no gate: whether it answers better is not known",
            hint=f"domainkit adapters gate {name}, or activate it as it is: --ungated",
        )
    if not verdict.passed:
        raise ModelError(
            f"the gate refused the adapter '{name}': {'; '.join(verdict.reasons)}",
            hint=f"see {adapter.folder / PAGE}, or activate it nevertheless: --ungated",
        )


def write(adapter: Adapter, verdict: Verdict) -> None:
    """Keep ``verdict`` beside the weights of ``adapter``, for programs and for people."""
    text = verdict.model_dump_json(by_alias=True, indent=2) + "\n"
    (adapter.folder / VERDICT).write_text(text, encoding="utf-8")
    (adapter.folder / PAGE).write_text(markdown(verdict), encoding="utf-8")


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
