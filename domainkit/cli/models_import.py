"""``domainkit models import``: older checkpoints in transformers' native layout."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.filesize import decimal

from domainkit.cli.output import err, out, print_json
from domainkit.errors import ModelError
from domainkit.models.importing import run as importing


def bring(folder: Path, to: Path | None, *, json: bool, dry_run: bool) -> None:
    """Import the checkpoint in ``folder`` and print what was written, or would be.

    Raises:
        ModelError: when it cannot be imported.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder} is no folder", hint="give the folder of a whole checkpoint")
    planned = importing.plan(folder)
    target = to or folder.with_name(f"{folder.resolve().name}-native")
    if not dry_run:
        importing.run(planned, target, today=datetime.now(UTC).date(), progress=_tell)
    if json:
        print_json(_described(planned, target, written=not dry_run))
        return
    verb = "would write" if dry_run else "wrote"
    out.print(
        f"{verb} {target}: {planned.tensors:,} tensors, {decimal(planned.size)} from "
        f"{len(planned.files)} files of {planned.kind}, the chat template is {planned.template}'s",
        markup=False,
    )


def _tell(file: str, done: int, total: int) -> None:
    if done:
        err.print(f"{done}/{total} {file}", markup=False)


def _described(planned: importing.Plan, target: Path, *, written: bool) -> dict[str, Any]:
    return {
        "from": str(planned.source),
        "to": str(target),
        "written": written,
        "kind": planned.kind,
        "files": len(planned.files),
        "tensors": planned.tensors,
        "size": planned.size,
        "template": planned.template,
        "config": planned.config,
    }
