"""``domainkit ingest``: read documents into the assistant, one line a file, nothing in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from domainkit.assistant import Assistant, locate, wiring
from domainkit.cli import ingest_report
from domainkit.cli.output import EXIT_CODES, err, print_json
from domainkit.errors import IngestionError, PackError
from domainkit.guards.privacy import masked_kinds
from domainkit.ingestion import explain as explaining
from domainkit.ingestion.options import Options
from domainkit.ingestion.report import FileReport, project

app = typer.Typer(add_completion=False)

EPILOG = (
    "Example: domainkit ingest · domainkit ingest ~/contracts --json · "
    "domainkit ingest --explain law.pdf. "
    "Left out of folders: names that begin with a dot, README, SOURCES.yaml and *.meta.yaml."
)

_ASK = "-"
SECRETS = (
    "Of encrypted files: @FILE takes passwords from a file, one a line; - asks for it; "
    "one typed here can be seen by others on this machine."
)


@app.command(epilog=EPILOG)
def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH...]",
            help="Files and folders; the assistant's documents and its pack's knowledge if none.",
        ),
    ] = None,
    *,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first file that cannot be read.")
    ] = False,
    sync: Annotated[
        bool, typer.Option("--sync", help="Forget files that are gone from the disk.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the indexes anew, as for another embedder.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be read; store nothing.")
    ] = False,
    password: Annotated[str, typer.Option(metavar="PASSWORD|@FILE|-", help=SECRETS)] = "",
    workers: Annotated[
        int | None,
        typer.Option(
            min=0, max=64, help="How many files are read at once; 0: one a core, 4 at most."
        ),
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Show how FILE would be read and divided; then stop."),
    ] = None,
) -> None:
    """Read documents into the assistant.

    Only new and changed files are read. Leaves with 0 when every file was read and with 4 when
    one was refused; what was read is kept.
    """
    options = Options(passwords=passwords(password), strict=strict, sync=sync, details=json)
    if explain is not None:
        _explain(explain, assistant, options, json=json)
        return
    numbers = {"ingestion.workers": workers}
    with (
        closing(Assistant.open(locate(assistant), overrides=numbers)) as opened,
        _progress() as (files, passages),
    ):
        report = opened.ingest(
            paths or (),
            options=options,
            rebuild=rebuild,
            dry_run=dry_run,
            on_file=files,
            on_passages=passages,
        )
    if json:
        print_json(project(report))
    else:
        ingest_report.show(report, dry_run=dry_run)
    if report.refused:
        raise typer.Exit(EXIT_CODES[IngestionError])


def _explain(path: Path, assistant: Path | None, options: Options, *, json: bool) -> None:
    patterns, limits = {}, options.limits
    mask: tuple[str, ...] = ()
    try:
        opened = Assistant.open(locate(assistant))
        patterns, limits = opened.pack.manifest.profiles, wiring.limits(opened.settings.ingestion)
        mask = masked_kinds(opened.pack)
    except PackError:
        if assistant is not None:
            raise  # otherwise: explaining needs no assistant
    explained = explaining.explain(
        path, patterns=patterns, passwords=options.passwords, limits=limits, mask=mask
    )
    if json:
        print_json([ingest_report.explained(item) for item in explained])
    else:
        for item in explained:
            ingest_report.show_explained(item)


def passwords(given: str) -> tuple[str, ...]:
    """Return what ``--password`` gives: one, those of a file, or what is typed in."""
    if given == _ASK:
        given = typer.prompt("password of the encrypted files", hide_input=True, err=True)
    elif given.startswith("@"):
        path = Path(given[1:])
        try:
            return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line)
        except (OSError, UnicodeDecodeError) as error:
            raise IngestionError(
                f"the password file {path} cannot be read", hint="give a UTF-8 text file"
            ) from error
    return (given,) if given else ()


@contextmanager
def _progress() -> Iterator[tuple[Callable[[FileReport], None], Callable[[int, int], None]]]:
    """Show on stderr how many files are read, then how many passages are indexed."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bars = Progress(
        *columns,
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bars as progress:
        reading = progress.add_task("reading", total=None)
        indexing = progress.add_task("indexing", total=None, visible=False)

        def files(line: FileReport) -> None:
            progress.update(reading, completed=line.number, total=line.total)

        def passages(done: int, total: int) -> None:
            progress.update(indexing, completed=done, total=total, visible=True)

        yield files, passages
