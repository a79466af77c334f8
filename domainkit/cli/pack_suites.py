"""``pack test``: asks a pack's own suites of an assistant made from it, and judges its gates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from domainkit.assistant import Assistant
from domainkit.cli import eval_run, eval_text, pack_diff
from domainkit.cli.output import err, print_json
from domainkit.errors import PackError
from domainkit.evaluation import suite
from domainkit.evaluation.codec import encode
from domainkit.evaluation.evaluate import Evaluation, Options
from domainkit.evaluation.record import Run
from domainkit.packs import archive, scaffold
from domainkit.packs.pack import Pack
from domainkit.settings import Tier


def test(
    pack: Annotated[
        str, typer.Argument(metavar="PACK", help="A pack: name, NAME@VERSION, folder or archive.")
    ],
    *,
    tier: Annotated[Tier, typer.Option(help="Which models answer.")] = "extractive",
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG|ID", help="Ask only these questions; no gate is judged then."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=32, help="How many questions are asked at once.")
    ] = 2,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Make the assistant here and keep it, to look at it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Ask the pack's own questions of an assistant made from it; leaves with 10 if a gate fails.

    By default the documents' own sentences answer, which needs no model; --tier names others.
    """
    with (
        pack_diff.opened(pack) as loaded,
        _made(loaded, pack, keep) as folder,
        closing(Assistant.open(folder, overrides={"tier": tier})) as assistant,
    ):
        run = _run(assistant, tuple(only or ()), workers)
    if as_json:
        print_json(encode(run) | {"passed": run.passed})
    else:
        eval_text.show(run)
        if not run.gates and not run.partial:
            err.print("the pack has no eval/gates.yaml, so nothing can fail", markup=False)
    kept = f"domainkit eval show {run.id} --assistant {keep}"
    eval_run.check(run, hint=kept if keep else f"domainkit pack test {pack} --keep DIR")


@contextmanager
def _made(pack: Pack, named: str, keep: Path | None) -> Iterator[Path]:
    """Give the folder of a new assistant of ``pack``; it is deleted afterwards unless kept."""
    name = str(pack.folder) if archive.is_archive(named) else named
    with TemporaryDirectory(prefix="domainkit-test-") as work:
        folder = (keep or Path(work) / pack.name).expanduser().resolve()
        first = pack.manifest.languages[0]
        planned = scaffold.plan(
            pack.name, domain=name, language=first, folder=folder, base=Path.cwd()
        )
        scaffold.write(planned)
        yield folder


def _run(assistant: Assistant, only: tuple[str, ...], workers: int) -> Run:
    asked = suite.load(assistant.pack)
    asked = suite.only(asked, only) if only else asked
    report = assistant.ingest()
    if refused := report.refused:
        raise PackError(
            f"{refused[0].path}: {refused[0].reason}, so the pack's texts are not whole",
            hint=f"domainkit pack check {assistant.pack.folders[1]}",
        )
    with eval_run.progress() as shown:
        options = Options(workers=workers, partial=only, progress=shown)
        return Evaluation(assistant, asked, options).run()[0]
