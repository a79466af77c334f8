"""``domainkit train vocabulary``: a base with pieces of its own for a domain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from domainkit.cli.output import err, out, print_json
from domainkit.cli.train_ranker import app
from domainkit.training import vocabulary as growing

__all__ = ["app"]


@app.command(
    epilog="Example: domainkit train vocabulary models/base laws.txt --pieces 2000 --out law"
)
def vocabulary(
    base: Annotated[Path, typer.Argument(exists=True, help="The model: a GGUF or a folder.")],
    text: Annotated[
        list[Path], typer.Argument(exists=True, help="Texts of the domain, or built rows.")
    ],
    *,
    to: Annotated[Path, typer.Option("--out", help="The folder of the new base.")],
    pieces: Annotated[int, typer.Option(min=1, max=100_000, help="The most new pieces.")] = 2000,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Give a base new pieces for the words of a domain, so that its text takes fewer tokens.

    A recipe whose base is the new folder trains their rows beside the rest.
    """
    with err.status("learning pieces ..."):
        lines = [line for path in text for line in growing.lines_of(path)]
        made = growing.write(base, lines, pieces, to)
    if json:
        print_json({"folder": to, "added": len(made.pieces), "saved": made.saved, "made": made})
        return
    out.print(f"{len(made.pieces)} pieces added, in {to}", markup=False)
    out.print(
        f"tokens a character on text held out: {made.before:.3f} before, {made.after:.3f} after "
        f"({made.saved:.0%} fewer)"
    )
    out.print(f"next: domainkit train --base {to}", markup=False)
