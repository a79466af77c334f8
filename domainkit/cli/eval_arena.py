"""``domainkit eval arena``: people choose between the answers of two runs, blindly."""

from __future__ import annotations

import secrets
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from domainkit.assistant import locate
from domainkit.assistant.folder import Layout
from domainkit.cli.eval_group import app
from domainkit.cli.output import err, out, print_json
from domainkit.evaluation.duels import FILE, Ballot, Ballots, Chosen, Duel, duels, pairs_of
from domainkit.evaluation.preferences import rate
from domainkit.evaluation.record import RUNS, Runs
from domainkit.server.arena_page import ArenaPage
from domainkit.server.local_page import LocalPage

EPILOG = "Example: domainkit eval arena 20261126T09 last · the ratings alone: domainkit eval arena"


@app.command(epilog=EPILOG)
def arena(
    first: Annotated[str, typer.Argument(metavar="[RUN_A]", help="A run.")] = "",
    second: Annotated[
        str, typer.Argument(metavar="[RUN_B]", help="The run it is held against.")
    ] = "last",
    *,
    most: Annotated[int, typer.Option(min=1, help="How many pairs to show.")] = 50,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page; 0: any free one.")] = 0,
    browser: Annotated[
        bool, typer.Option(help="Open the browser; without it the address is shown.")
    ] = True,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the ratings as JSON.")] = False,
) -> None:
    """Have people choose between two runs' answers on a page of this machine, and rate the runs.

    Which run stands where is not shown. Every vote is kept at once; ratings are of all votes so
    far, with 95 % intervals. Without a run, the ratings alone are printed.
    """
    folder = Layout(locate(assistant)).evaluations
    ballots = Ballots(folder / FILE)
    if first:
        runs = Runs(folder / RUNS)
        names = runs.find(first), runs.find(second)
        pairs = pairs_of(list(runs.items(names[0])), list(runs.items(names[1])))
        seed = secrets.randbelow(2**32)
        shown = duels(pairs, names, seed=seed, voted=ballots.read())[:most]
        if shown:
            _serve(shown, ballots, port=port, browser=browser)
        else:
            err.print("no two answers differ that were not voted on", markup=False)
    ratings = rate([ballot.vote for ballot in ballots.read()])
    if json:
        print_json({"votes": len(ballots.read()), "ratings": ratings})
        return
    if not ratings:
        out.print("no vote yet: domainkit eval arena RUN_A RUN_B", markup=False)
    for one in ratings:
        ends = f"{one.low:.0f} to {one.high:.0f}"
        out.print(f"{one.points:5.0f}  ({ends})  {one.name}, {one.votes} votes", markup=False)


def _serve(shown: list[Duel], ballots: Ballots, *, port: int, browser: bool) -> None:
    def vote(duel: Duel, chosen: Chosen) -> None:
        when = datetime.now(UTC).isoformat(timespec="seconds")
        ballots.add(Ballot(duel.pair.id, duel.left, duel.right, chosen, when))

    def ready(url: str) -> None:
        err.print(f"Vote on {url} (this machine only). Ctrl-C stops.", markup=False)
        if browser:
            webbrowser.open(url)

    try:
        LocalPage(ArenaPage(shown, vote), port=port).run(ready)
    except KeyboardInterrupt:
        err.print("Stopped; every vote is kept.")
