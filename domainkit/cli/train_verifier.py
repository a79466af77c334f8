"""``domainkit train verifier``: fit the small model that judges statements no source repeats."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import locate
from domainkit.assistant.folder import Layout
from domainkit.cli.output import err, out, print_json
from domainkit.cli.train_retriever import app
from domainkit.store.documents import Store
from domainkit.training import verifier as training

__all__ = ["app", "verifier"]

EPILOG = "Example: domainkit train verifier · domainkit train verifier --from scifact"
_PASSAGES = 2000  # of the owner's documents: more than its statements are drawn from


@app.command(epilog=EPILOG)
def verifier(
    *,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Learn from this folder's claims_evidence.jsonl too."),
    ] = None,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Fit a verifier on sentences of the assistant's documents, as they are and made wrong.

    It is written to .domainkit/verifier.json, with a report of how it did on claims held out.
    """
    layout = Layout(locate(assistant))
    with err.status("reading the documents ..."), closing(Store.open(layout.store)) as store:
        passages = [entry.passage for entry in islice(store.entries(), _PASSAGES)]
        pairs = [*training.perturbed(passages)]
        pairs += training.judged(source, "train") if source else []
    with err.status(f"fitting on {len(pairs)} pairs ..."):
        made = training.fit(pairs)
    path = layout.verifier
    made.save(path)
    if json:
        print_json({"path": str(path), **made.report})
        return
    out.print(f"{path}: fitted on {len(pairs)} pairs", markup=False)
    out.print(
        f"on claims held out: macro-F1 {made.report['macro_f1']:.3f}, precision of the surest "
        f"support {made.report['precision_of_supported']:.3f}"
    )
