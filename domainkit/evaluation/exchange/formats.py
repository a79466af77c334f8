"""The forms that ``domainkit eval import`` reads: one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from domainkit.errors import EvaluationError
from domainkit.evaluation.exchange import beir, law, medicine, safety
from domainkit.evaluation.exchange.imported import Imported
from domainkit.registry import nearest

Read = Callable[[Path], Imported]

READERS: Mapping[str, Read] = {
    "beir": beir.imported,
    "bioasq": medicine.bioasq,
    "lawbench": law.lawbench,
    "legalbench-rag": law.legalbench_rag,
    "medmcqa": medicine.medmcqa,
    "medqa": medicine.medqa,
    "mirage": medicine.mirage,
    "mmlu": medicine.mmlu,
    "pubmedqa": medicine.pubmedqa,
    "xstest": safety.xstest,
}
WRITTEN = ("beir", "lm-eval")


def read(path: Path, form: str) -> Imported:
    """Return the questions of ``path``, which is of the form ``form``.

    Raises:
        EvaluationError: for an unknown form, and for what is not of it.
    """
    if form not in READERS:
        raise EvaluationError(
            f"there is no form '{form}' to import", hint=nearest(form, sorted(READERS))
        )
    if not path.exists():
        raise EvaluationError(f"{path}: there is no such file or folder", hint="check the path")
    made = READERS[form](path)
    if not made.questions:
        raise EvaluationError(
            f"{path} holds no question of the form '{form}'", hint="is it of that --format?"
        )
    return made
