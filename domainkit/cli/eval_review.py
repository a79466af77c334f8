"""``domainkit eval review``: a person takes or leaves draft questions, by key or on a page."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from domainkit.assistant import Assistant, locate
from domainkit.cli import keys
from domainkit.cli.eval_group import app
from domainkit.cli.output import err, out, print_json, safe
from domainkit.errors import EvaluationError
from domainkit.evaluation.drafts import (
    FILE,
    SUITE,
    Draft,
    Drafts,
    append,
    decided,
    judged,
    questions,
)
from domainkit.evaluation.proposing import same
from domainkit.ingestion.places import Places
from domainkit.server.local_page import LocalPage
from domainkit.server.review_page import ReviewPage

EPILOG = "Example: domainkit eval review · in the browser: domainkit eval review --page"
_KEYS = {"a": "accept", "e": "edit", "r": "reject", "s": "skip", "q": "quit", keys.END: "quit"}


@app.command(epilog=EPILOG)
def review(
    *,
    page: Annotated[
        bool, typer.Option("--page", help="On a page in the browser of this machine.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page; 0: any free one.")] = 0,
    browser: Annotated[
        bool, typer.Option(help="Open the browser; without it the address is shown.")
    ] = True,
    assistant: Annotated[
        Path | None, typer.Option(help="The assistant's folder, not the nearest one upward.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was decided as JSON.")] = False,
) -> None:
    """Take or leave the drafts, one by one; what is taken is judged from then on.

    Accepted questions are written to eval/drafted.jsonl. Stop at any time: what was decided is
    kept.
    """
    with closing(Assistant.open(locate(assistant))) as opened:
        desk = Desk(opened)
        if not desk.waiting():
            err.print("no draft waits: domainkit eval draft", markup=False)
        elif page:
            _on_page(desk, port=port, browser=browser)
        else:
            _by_key(desk)
    if json:
        print_json(desk.summary())
    else:
        taken, left, waiting = (desk.summary()[key] for key in ("accepted", "rejected", "waiting"))
        out.print(f"{taken} accepted, {left} rejected, {waiting} wait", markup=False)
        if taken:
            out.print(f"written to {desk.suite}; judge by them: domainkit eval", markup=False)


class Desk:
    """The drafts of one sitting, and what becomes of a decision."""

    def __init__(self, opened: Assistant) -> None:
        self._drafts = Drafts(opened.layout.evaluations / FILE)
        self.suite = opened.folder / "eval" / SUITE
        self._folders = opened.pack.folders
        places = Places(opened.corpus.store, opened.folder)
        self._place: Callable[[str], Path] = places.find
        self._skipped: set[str] = set()
        self._counts = {"accepted": 0, "rejected": 0}

    def waiting(self) -> list[Draft]:
        """Return the drafts that are neither decided nor skipped in this sitting."""
        known = self._drafts.read()
        return [d for d in known if d.state == "proposed" and d.id not in self._skipped]

    def decide(self, name: str, action: str, question: str = "") -> None:
        """Accept, reject or skip the draft ``name``; ``question`` is what it was edited to.

        Raises:
            EvaluationError: when the question cannot be judged by, or is trained on.
        """
        draft = next(one for one in self.waiting() if one.id == name)
        if action == "skip":
            self._skipped.add(name)
            return
        today = datetime.now(UTC).astimezone().date()
        if action == "accept":
            made = decided(draft, "accepted", on=today, question=question)
            self._refuse_known(made)
            append(self.suite, judged(made, place=self._place, on=today))
        else:
            made = decided(draft, "rejected", on=today)
        self._drafts.decide(made)
        self._counts["accepted" if action == "accept" else "rejected"] += 1

    def summary(self) -> dict[str, int | str]:
        """Return what was decided in this sitting, and how many drafts wait."""
        waiting = sum(draft.state == "proposed" for draft in self._drafts.read())
        return {**self._counts, "waiting": waiting, "suite": str(self.suite)}

    def _refuse_known(self, draft: Draft) -> None:
        known = {same(text) for folder in self._folders for text in questions(folder)}
        if same(draft.question) in known:
            raise EvaluationError(
                f"'{draft.question}' is judged by, or trained on, already",
                hint="ask it otherwise, or reject it",
            )


def _by_key(desk: Desk) -> None:
    total = len(desk.waiting())
    while waiting := desk.waiting():
        draft = waiting[0]
        _show(draft, total - len(waiting) + 1, total)
        action = _KEYS.get(keys.pressed().lower(), "")
        if action == "quit":
            return
        try:
            if action == "edit":
                err.print("question: ", end="")
                desk.decide(draft.id, "accept", sys.stdin.readline())
            elif action:
                desk.decide(draft.id, action)
        except EvaluationError as error:
            err.print(f"error: {safe(str(error))}", markup=False)


def _show(draft: Draft, number: int, total: int) -> None:
    before, quote, after = draft.text.partition(draft.quote)
    text = Text.assemble(safe(before), (safe(quote), "bold underline"), safe(after))
    where = f"{draft.title}, {draft.locator} ({draft.path})"
    err.print(f"\n{number} of {total}, from a {draft.origin}", style="dim")
    err.print(Text(safe(draft.question), "bold"))
    if draft.must_say:
        err.print(f"a right answer says: {safe(', '.join(draft.must_say))}", markup=False)
    err.print(f"\n{safe(where)}", style="dim", markup=False)
    err.print(text)
    err.print("\n[a]ccept  [e]dit and accept  [r]eject  [s] later  [q]uit", markup=False)


def _on_page(desk: Desk, *, port: int, browser: bool) -> None:
    def ready(url: str) -> None:
        err.print(f"Review on {url} (this machine only). Ctrl-C stops.", markup=False)
        if browser:
            webbrowser.open(url)

    try:
        LocalPage(ReviewPage(desk.waiting, desk.decide), port=port).run(ready)
    except KeyboardInterrupt:
        err.print("Stopped; what was decided is kept.")
