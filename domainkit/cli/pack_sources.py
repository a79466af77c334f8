"""``pack show --sources`` and ``pack fetch``: where texts come from, and what can be fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from domainkit.cli.output import err, out, print_json
from domainkit.errors import PackError
from domainkit.packs import corpora
from domainkit.packs.corpora import Fetched
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.sources import Sources


def show(pack: Pack, *, as_json: bool) -> None:
    """Print the texts a pack ships and the corpora it names, each with licence and origin."""
    found = corpora.sources(pack)
    if as_json:
        print_json(_as_json(found))
        return
    shipped = Table(box=None, pad_edge=False)
    for heading in ("file", "licence", "date", "origin"):
        shipped.add_column(heading, overflow="fold")
    for source in found.sources:
        shipped.add_row(source.path, source.licence, str(source.date), Text(source.origin))
    out.print(shipped)
    if not found.corpora:
        return
    out.print("\nto fetch")
    for corpus in found.corpora:  # an address is on a line of its own, to be copied
        known = f"sha256 {corpus.sha256[:12]}" if corpus.sha256 else "no checksum"
        about = (corpus.name, corpus.language, corpus.licence, known, f"checked {corpus.checked}")
        for line in ("  ".join(about), f"  {corpus.url}", f"  {corpus.note}"):
            if line.strip():
                out.print(line, markup=False)
    err.print(f"domainkit pack fetch {pack.name} [NAME...] brings them", markup=False)


def fetch(pack: Pack, names: Sequence[str], into: Path, *, as_json: bool) -> None:
    """Fetch what is called ``names``, or all, into ``into``; print what became of each.

    Raises:
        PackError: when one could not be fetched, after all the others were tried.
    """
    done = []
    for corpus in corpora.chosen(pack, names):
        done.append(corpora.fetch(corpus, into))
        if not as_json:
            out.print(_told(done[-1]), markup=False)
    if as_json:
        print_json([_row(one) for one in done])
    if failed := [one.corpus.name for one in done if one.outcome == "failed"]:
        raise PackError(
            f"{pack.name}: could not be fetched: {', '.join(failed)}",
            hint=f"save each from its address (pack show {pack.name} --sources) into {into}",
        )


def _told(one: Fetched) -> str:
    if one.outcome == "failed":
        return f"failed    {one.corpus.name}: {one.why} ({one.corpus.url})"
    return f"{one.outcome:<9} {one.path}  {one.corpus.licence}"


def _row(one: Fetched) -> dict[str, Any]:
    return {
        "name": one.corpus.name,
        "outcome": one.outcome,
        "path": one.path,
        "url": one.corpus.url,
        "licence": one.corpus.licence,
        "why": one.why or None,
    }


def _as_json(found: Sources) -> dict[str, Any]:
    return {
        "sources": [source.model_dump(mode="json") for source in found.sources],
        "corpora": [corpus.model_dump(mode="json") for corpus in found.corpora],
    }
