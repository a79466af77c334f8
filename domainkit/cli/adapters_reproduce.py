"""``domainkit adapters reproduce``: does its recipe give the adapter again?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from domainkit.cli.adapters import Folder, Json, Name, opened
from domainkit.cli.adapters_export import app
from domainkit.cli.output import err, out, print_json
from domainkit.cli.progress import watching
from domainkit.errors import TrainingError
from domainkit.packs import loader
from domainkit.training import reproduction

__all__ = ["app"]


@app.command(epilog="Example: domainkit adapters reproduce NAME --steps 3")
def reproduce(
    name: Name,
    *,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Compare this many steps, not the whole run.")
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option(metavar="PACK", help="It was trained for this pack: train --domain PACK."),
    ] = None,
    base: Annotated[
        Path | None, typer.Option(exists=True, help="The base, where the recipe names another.")
    ] = None,
    assistant: Folder = None,
    json: Json = False,
) -> None:
    """Train an adapter's recipe again and compare the losses; nothing is kept.

    It is an error when they differ on the same kind of machine with the same libraries.
    """
    found = opened(assistant)
    adapter = found.adapters.get(name)
    # What a pack brings was trained for that pack: adapters/<base>/ stands in its folder.
    brought = adapter.folder.parents[1] if adapter.pack else None
    pack = loader.load(domain) if domain else loader.load(brought) if brought else found.pack
    with err.status("composing the examples ..."):
        made = reproduction.planned(
            adapter,
            pack,
            prompt_tokens=found.settings.generation.prompt_tokens,
            base=base,
            models=found.settings.models.cache,
        )
    with watching() as watch:
        told = reproduction.again(
            adapter, made, steps=steps, now=datetime.now(UTC), progress=watch
        )
    if json:
        print_json({**asdict(told), "exact": told.exact})
    else:
        out.print(_said(told), markup=False, soft_wrap=True)
        for other in told.differing:
            out.print(f"other than then: {other}", markup=False)
    if not told.exact and not told.differing:
        raise TrainingError(
            f"'{name}' is not what its recipe gives: losses are up to {told.apart:.5f} apart",
            hint=f"domainkit adapters show {name} says what it was made of",
        )


def _said(told: reproduction.Reproduction) -> str:
    weights = {True: ", the weights are the same to the byte", False: ", the weights differ"}
    return (
        f"{told.equal} of {told.steps} losses are the same (the run has {told.of}); the largest "
        f"difference is {told.apart:.5f}" + ("" if told.weights is None else weights[told.weights])
    )
