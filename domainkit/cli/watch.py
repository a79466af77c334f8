"""``domainkit watch``: follow folders, and keep the assistant up to date with them."""

from __future__ import annotations

import signal
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.text import Text

from domainkit.assistant import Assistant, locate
from domainkit.assistant.watching import follow
from domainkit.cli.ingest import SECRETS, passwords
from domainkit.cli.ingest_report import line
from domainkit.cli.output import err, out, print_line
from domainkit.ingestion.report import FileReport, project_file

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit watch · domainkit watch ~/contracts --json. "
    "Ctrl-C stops; what was read is kept."
)


@app.command(epilog=EPILOG)
def watch(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FOLDER...]", help="Folders; the assistant's documents if none."),
    ] = None,
    *,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print each change as a line of JSON.")
    ] = False,
    password: Annotated[str, typer.Option(metavar="PASSWORD|@FILE|-", help=SECRETS)] = "",
) -> None:
    """Follow folders and keep the assistant up to date with them, one line a change.

    Files that are new or changed are read, renamed ones keep their identity, and files that are
    gone are forgotten. Runs until Ctrl-C.
    """
    # Ctrl-C too: a shell that starts it in the background has it ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    with closing(Assistant.open(locate(assistant))) as opened:
        followed = folders or [opened.layout.documents]
        names = ", ".join(map(str, followed))
        found = follow(
            opened,
            followed,
            passwords=passwords(password),
            on_ready=lambda: err.print(f"Watching {names}. Ctrl-C stops.", markup=False),
            on_busy=lambda why: err.print(f"waiting: {why}", markup=False),
        )
        try:
            for file in found:
                _show(file, json=json)
        except KeyboardInterrupt:
            err.print("Stopped; what was read is kept.")


def _show(file: FileReport, *, json: bool) -> None:
    now = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    if json:
        print_line({"time": now, **project_file(file)})
    else:
        out.print(Text.assemble((f"{now[11:19]} ", "dim"), line(file)))


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
