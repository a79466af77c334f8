"""``domainkit upgrade``: move an assistant to another version of its pack, difference first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from domainkit.assistant import locate
from domainkit.assistant.upgrading import Upgraded, upgrade
from domainkit.cli import pack_diff
from domainkit.cli.output import err, out, print_json
from domainkit.errors import PackError
from domainkit.packs import difference, moving
from domainkit.packs.moving import Move

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit upgrade --dry-run · domainkit upgrade · "
    "Back again: domainkit upgrade --to 1.0.0"
)


@app.command("upgrade", epilog=EPILOG)
def command(
    *,
    to: Annotated[
        str | None, typer.Option(metavar="VERSION", help="This version, not the newest known.")
    ] = None,
    pin: Annotated[
        bool, typer.Option("--pin", help="Keep today's version until you move it yourself.")
    ] = False,
    text: Annotated[
        bool, typer.Option("--text", help="Show the changed lines of knowledge too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; never asks.")] = False,
) -> None:
    """Move the assistant to a newer version of its pack, and show the difference first.

    What you changed stays; where the pack changed the same, both are named. The version before
    stays installed, and --to returns to it.
    """
    move = moving.plan(locate(assistant), to=to)
    wanted = move.was != move.to or (not move.pinned and (pin or to is not None))
    if not json:
        _show(move, wanted=wanted, texts=text)
    done = None
    if wanted and not dry_run and _agreed(move, yes=yes, json=json):
        done = upgrade(move)
    if json:
        print_json(_told(move, done))
    elif done is not None:
        _show_done(move, done)


def _show(move: Move, *, wanted: bool, texts: bool) -> None:
    if not wanted:
        follows = "" if move.pinned else ", and follows the pack as it comes: --pin keeps it"
        out.print(f"{move.name} {move.to} is the newest known{follows}", markup=False)
        return
    if move.was == move.to:
        out.print(f"{move.name} {move.to} will be kept until you move it", markup=False)
        return
    out.print(f"{move.name} {move.was or '(not here)'} → {move.to}", markup=False)
    if move.was is None:
        err.print("the version before is not here: nothing can be compared", markup=False)
    pack_diff.show(move.taken, texts=texts)
    if move.kept:
        out.print("\nThe pack changed these; what you say of them stays:", markup=False)
        pack_diff.show(move.kept, texts=texts)
    if move.broken:
        out.print("\nOf what you wrote, this no longer fits:", markup=False)
        for problem in move.broken:
            out.print(f"  {problem}", markup=False)
    if move.left_out:
        out.print(f"\n{move.left_out} changes are of what you left out", markup=False)


def _agreed(move: Move, *, yes: bool, json: bool) -> bool:
    """Return whether the owner wants it.

    Raises:
        PackError: when nobody can be asked.
    """
    if yes:
        return True
    if json or not sys.stdin.isatty():
        raise PackError(
            f"{move.folder}: nobody can be asked here, so nothing was changed",
            hint="domainkit upgrade --dry-run shows it; --yes does it",
        )
    return typer.confirm("Move the assistant?", default=False, err=True)


def _show_done(move: Move, done: Upgraded) -> None:
    out.print(f"\nextends {move.name}@{move.to} now", markup=False)
    if done.report is not None:
        read = sum(line.outcome == "read" for line in done.report.files)
        out.print(
            f"{read} text{'s' * (read != 1)} read, {len(done.forgotten)} forgotten", markup=False
        )
    if move.was == move.to:
        out.print(f"to follow the pack again, write extends: {move.name}", markup=False)
    elif move.was:
        out.print(f"back again: domainkit upgrade --to {move.was}", markup=False)


def _told(move: Move, done: Upgraded | None) -> dict[str, Any]:
    return {
        "pack": move.name,
        "from": move.was,
        "to": move.to,
        "moved": done is not None,
        "changes": difference.project(list(move.taken)),
        "kept": difference.project(list(move.kept)),
        "left_out": move.left_out,
        "broken": [str(problem) for problem in move.broken],
        "forgotten": list(done.forgotten) if done else [],
        "read": [
            line.path
            for line in (done.report.files if done and done.report else ())
            if line.outcome == "read"
        ],
    }
