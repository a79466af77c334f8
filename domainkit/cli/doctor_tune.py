"""``domainkit doctor --tune``: measure once how this machine best runs the assistant's models."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domainkit import settings
from domainkit.assistant import engines
from domainkit.cli.output import err, out, print_json
from domainkit.errors import ModelError
from domainkit.generation import header
from domainkit.generation.engine_options import Found, Tried, remember
from domainkit.generation.tuning import ANSWER, PROMPT, tune
from domainkit.packs import loader


def run(folder: Path, *, json: bool) -> None:
    """Measure every GGUF that writes for the assistant in ``folder``, remember and print it.

    Raises:
        ModelError: when none of them is here.
    """
    asked, pack = settings.load(folder), loader.load(folder)
    models = engines.models(asked, pack)
    if not models:
        raise ModelError(
            "no model of the assistant's is here as GGUF, so there is nothing to measure",
            hint="domainkit models fetch smollm2-135m-instruct",
        )
    found = {}
    for name, path in models.items():
        err.print(f"{name}: measuring, about three minutes", markup=False)
        found[name] = tune(path, today=datetime.now(UTC).date(), report=_say)
        remember(header.read(path).digest, found[name], cache=engines.machine_folder(asked))
    if json:
        print_json({"tuned": described(found)})
    else:
        show(found)


def known(folder: Path) -> dict[str, Found]:
    """Return what was measured before for the models of the assistant in ``folder``."""
    asked, pack = settings.load(folder), loader.load(folder)
    models = engines.models(asked, pack).items()
    found = {name: engines.measured(path, asked) for name, path in models}
    return {name: each for name, each in found.items() if each}


def described(found: dict[str, Found]) -> dict[str, Any]:
    """Return what was found as JSON-ready data."""
    return {name: each.model_dump(mode="json") for name, each in found.items()}


def show(found: dict[str, Found]) -> None:
    """Print what suits this machine, a line a model."""
    for name, each in found.items():
        options = getattr(each, each.engine)
        told = ", ".join(f"{key} {value}" for key, value in options if value)
        out.print(
            f"{name}: {each.engine} ({told or 'its own options'}), {each.seconds:.1f} s for "
            f"{PROMPT} tokens read and {ANSWER} written; measured on {each.on}",
            markup=False,
        )


def _say(tried: Tried) -> None:
    err.print(f"{tried.engine}, {tried.options}: {tried.seconds:.2f} s", markup=False)
