"""``domainkit pack``: list, show, check, build and install domain packs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from domainkit.cli import pack_archive, pack_diff, pack_sources, pack_suites
from domainkit.cli.output import EXIT_CODES, err, out, print_json
from domainkit.errors import PackError
from domainkit.packs import adapterfiles, catalog, lint, loader, render, trust
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.adapter import WEIGHTS

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="List, show, check, build, verify and install domain packs.",
)

Name = Annotated[str, typer.Argument(metavar="PACK", help="A pack's name, or the path of one.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@app.command("list", epilog="Example: domainkit pack list")
def list_(as_json: Json = False) -> None:
    """List the packs that ship with domainkit, installed ones and those of plugins."""
    rows = [_row(entry) for entry in catalog.entries()]
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("pack", "version", "languages", "from", "title"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        languages = ", ".join(row.get("languages", ()))
        said = row.get("title") or f"cannot be used: {row['problem']}"
        table.add_row(row["name"], row.get("version", ""), languages, Text(_from(row)), Text(said))
    out.print(table)


@app.command(
    epilog="Example: domainkit pack show medical · All of it: domainkit pack show . --resolved"
)
def show(
    pack: Name,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print all of it as YAML, with each value's origin.")
    ] = False,
    sources: Annotated[
        bool, typer.Option("--sources", help="List its texts, and the corpora it can fetch.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a pack is; --resolved shows everything, parents and defaults included."""
    loaded = loader.load(pack)
    if sources:
        pack_sources.show(loaded, as_json=as_json)
    elif as_json:
        whole = {"resolved": render.resolved(loaded), "origins": loaded.origins}
        print_json({**_summary(loaded), **(whole if resolved else {})})
    elif resolved:
        out.print(render.as_yaml(loaded), end="", markup=False)
    else:
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for key, value in _summary(loaded).items():
            table.add_row(key, Text(_said(value)))
        out.print(table)


@app.command(epilog="Example: domainkit pack check . · By name: domainkit pack check legal")
def check(pack: Name, as_json: Json = False) -> None:
    """List everything that is wrong with a pack, as file, key and problem."""
    found = lint.check(pack)
    if as_json:
        problems = [{"file": p.file, "key": p.key, "problem": p.text} for p in found]
        print_json({"pack": pack, "ok": not found, "problems": problems})
    else:
        for problem in found:
            out.print(str(problem), markup=False)
        err.print(f"{pack}: {len(found) or 'no'} problem{'s' * (len(found) != 1)}", markup=False)
    if found:
        raise typer.Exit(EXIT_CODES[PackError])


@app.command(epilog="Example: domainkit pack fetch legal · domainkit pack fetch legal eu-gdpr")
def fetch(
    pack: Name,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="All it names if none.")
    ] = None,
    into: Annotated[
        Path, typer.Option("--into", help="The folder that receives the files.")
    ] = Path("documents"),
    as_json: Json = False,
) -> None:
    """Fetch the corpora a pack names, and say which could not be reached."""
    pack_sources.fetch(loader.load(pack), names or (), into, as_json=as_json)


for _command, _example in (
    (pack_archive.key, "pack key · For a team: domainkit pack key --out team.key"),
    (pack_archive.trust, "pack trust clinic.key.pub --name 'The clinic'"),
    (pack_archive.build, "pack build . · domainkit pack build my-pack --key team.key"),
    (
        pack_archive.verify,
        "pack verify my-1.0.0.pack.zip · domainkit pack verify my@1.0.0",
    ),
    (pack_archive.install, "pack install my-pack-1.0.0.pack.zip"),
    (
        pack_diff.diff,
        "pack diff my-pack@1.0.0 my-pack@1.1.0 · Your own changes: domainkit pack diff .",
    ),
    (pack_suites.test, "pack test my-pack · domainkit pack test . --only injection"),
):
    app.command(epilog=f"Example: domainkit {_example}")(_command)


def _row(entry: catalog.Entry) -> dict[str, Any]:
    name, where = entry.name, {"origin": entry.origin, "detail": entry.detail}
    try:
        loaded = loader.load(name)
    except PackError as error:
        return {"name": name, **where, "problem": str(error)}
    manifest = loaded.manifest
    return {
        "name": name,
        **where,
        "version": manifest.version,
        "title": manifest.title,
        "languages": manifest.languages,
        "extends": manifest.extends,
        "folder": loaded.folder,
    }


def _from(row: dict[str, Any]) -> str:
    """Return where a pack comes from, as a person reads it."""
    if row["origin"] == "installed":
        if not row["detail"]:
            return "a kept copy"
        return f"installed, signed by {trust.trusted().get(row['detail']) or row['detail'][:20]}"
    return row["detail"] if row["origin"] == "plugin" else "domainkit"


def _summary(pack: Pack) -> dict[str, Any]:
    manifest = pack.manifest
    return {
        "name": pack.name,
        "version": manifest.version,
        "title": manifest.title,
        "folder": pack.folder,
        "extends": manifest.extends,
        "languages": manifest.languages,
        "jurisdictions": manifest.jurisdictions,
        "audience": manifest.scope.audience,
        "in": manifest.scope.inside,
        "out": manifest.scope.outside,
        "guards": sorted(pack.guards),
        "authorities": sorted(pack.authorities),
        "glossary": len(pack.glossary),
        "knowledge": list(manifest.knowledge),
        "models": {
            tier: sorted({*models.generator.values(), *models.embedder.values()})
            for tier, models in manifest.models.items()
        },
        "adapters": [
            f"{path.parent.name}: {decimal(path.stat().st_size)}"
            for folder in pack.folders
            for path in sorted((folder / adapterfiles.FOLDER).glob(f"*/{WEIGHTS}"))
        ],
        "fingerprint": pack.fingerprint,
    }


def _said(value: Any) -> str:
    """Return a value of the summary as a person reads it."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_said(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        separator = "\n" if any(" " in str(item) for item in value) else ", "
        return separator.join(map(str, value)) or "-"
    return "-" if value is None or value == "" else str(value)
