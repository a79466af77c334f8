"""``pack diff``: what changed between two packs, versions or archives, as a reviewer reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from domainkit.cli.output import err, out, print_json, safe
from domainkit.errors import PackError
from domainkit.packs import archive, difference, loader
from domainkit.packs.difference import Change
from domainkit.packs.pack import Pack

_MARKS = {"added": "+", "removed": "-", "changed": "~"}
_STYLES = {"+": "green", "-": "red", "@": "dim"}
_SHORT = 110  # characters of a value that is shown; --json has all of it
_ROWS = frozenset({"evaluation", "training"})


def diff(
    before: Annotated[
        str, typer.Argument(metavar="A", help="A pack: name, NAME@VERSION, folder or archive.")
    ],
    after: Annotated[
        str | None,
        typer.Argument(metavar="[B]", help="Another; if none, what A changes of its parent."),
    ] = None,
    *,
    text: Annotated[
        bool, typer.Option("--text", help="Show the changed lines of knowledge too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Show what changed between two packs: prompts, guards, glossary, texts, settings, gates."""
    with opened(before) as first:
        if after is None:
            if len(first.folders) == 1:
                raise PackError(
                    f"{before}: extends no pack to be held against",
                    hint=f"domainkit pack diff {before} ANOTHER",
                )
            changes = difference.compare(loader.load(first.folders[1]), first)
        else:
            with opened(after) as second:
                changes = difference.compare(first, second)
    if as_json:
        print_json({"a": before, "b": after, "changes": difference.project(changes)})
        return
    show(changes, texts=text)
    err.print(f"{len(changes) or 'no'} difference{'s' * (len(changes) != 1)}", markup=False)


@contextmanager
def opened(name: str) -> Iterator[Pack]:
    """Give the pack called ``name``, or the one in the archive of that path, for the while."""
    if archive.is_archive(name):
        with archive.unpacked(Path(name).expanduser()) as (_, folder):
            yield loader.load(folder)
    else:
        yield loader.load(name)


def show(changes: Sequence[Change], *, texts: bool) -> None:
    """Print ``changes``, area by area; of knowledge the changed lines only with ``texts``."""
    for area in difference.AREAS:
        own = [change for change in changes if change.area == area]
        if own:
            out.print(Text(area, style="bold"))
        for change in own:
            _print(change, texts=texts or area != "knowledge")


def _print(change: Change, *, texts: bool) -> None:
    mark = _MARKS[change.kind]
    line = f"  {mark} {change.name}"
    if told := _told(change):
        line += f"  {told}"
    out.print(Text(safe(line), style=_STYLES.get(mark, "")))
    if texts and change.kind == "changed":
        for part in change.lines:
            out.print(Text(safe(f"      {part}"), style=_STYLES.get(part[:1], "")))


def _told(change: Change) -> str:
    """Return what stood there and stands now, as short as it can be said."""
    if change.area in _ROWS:
        row = change.after or change.before
        return _said(row.get("question", "")) if isinstance(row, dict) else ""
    if change.lines or change.area in {"knowledge", "prompts", "recipes"}:
        return _counted(change)
    if isinstance(change.before, list) and isinstance(change.after, list):
        return _items(change.before, change.after)
    if change.kind == "changed":
        return f"{_said(change.before)} → {_said(change.after)}"
    return _said(change.after if change.kind == "added" else change.before)


def _counted(change: Change) -> str:
    counts = [sum(line.startswith(sign) for line in change.lines) for sign in "+-"]
    parts = [
        f"{n} line{'s' * (n != 1)} {word}"
        for n, word in zip(counts, ("in", "out"), strict=True)
        if n
    ]
    old, new = change.before or {}, change.after or {}
    if change.kind == "changed":
        parts += [
            f"{key}: {_said(old.get(key))} → {_said(new.get(key))}"
            for key in ("path", "profile", "licence")
            if old.get(key) != new.get(key)
        ]
    return ", ".join(parts) or ("other bytes" if change.kind == "changed" else "")


def _items(before: Sequence[Any], after: Sequence[Any]) -> str:
    gone = [item for item in before if item not in after]
    come = [item for item in after if item not in before]
    if not gone and not come:
        return "in another order"
    parts = [
        f"{mark} {_said(item)}" for mark, items in (("+", come), ("-", gone)) for item in items
    ]
    return "; ".join(parts)


def _said(value: Any) -> str:
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    said = " ".join(said.split())
    return said if len(said) <= _SHORT else f"{said[: _SHORT - 1]}…"
