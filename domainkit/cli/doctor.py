"""``domainkit doctor``: find what is amiss with the documents and their indexes, and mend it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from domainkit.assistant import Assistant, locate
from domainkit.cli import doctor_tune
from domainkit.cli.output import out, print_json
from domainkit.errors import StoreError
from domainkit.store.findings import Finding

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit doctor · domainkit doctor --repair · domainkit doctor --tune. "
    "Leaves with 0 when nothing is amiss or all of it was mended, else with 5."
)


@app.command(epilog=EPILOG)
def doctor(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is found.")] = False,
    tune: Annotated[
        bool,
        typer.Option("--tune", help="Measure how this machine best runs the models, once."),
    ] = False,
    every: Annotated[
        bool, typer.Option("--every", help="Look into every entry of the indexes, not a sample.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
) -> None:
    """Find damage, drift between store and indexes, and leftovers of processes that died.

    With ``--tune``, measure instead how this machine best runs the models; engines remember it.
    """
    folder = locate(assistant)
    if tune:
        doctor_tune.run(folder, json=json)
        return
    with closing(Assistant.open(folder)) as opened:
        found = opened.examine(repair=repair, every=every)
    known = doctor_tune.known(folder)
    if json:
        print_json({"findings": found, "sound": not found, "tuned": doctor_tune.described(known)})
    else:
        _show(found)
        doctor_tune.show(known)
    left = sum(not finding.mended for finding in found)
    if left:
        raise StoreError(f"{left} findings are not mended", hint="domainkit doctor --repair")


def _show(found: list[Finding]) -> None:
    for finding in found:
        word, style = ("mended", "green") if finding.mended else ("amiss", "bold red")
        number = f" ({finding.number:,})" if finding.number > 1 else ""
        said = f"  {finding.problem}{number}; {finding.remedy}"
        out.print(Text.assemble((f"{word:<8}", style), (finding.place, "bold"), said))
    if not found:
        out.print("The store and its indexes agree; nothing is damaged or left over.")
