"""``pack key``, ``trust``, ``build``, ``verify`` and ``install``: packs as signed archives."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from domainkit.cli.output import err, out, print_json
from domainkit.errors import PackError
from domainkit.packs import archive as archives
from domainkit.packs import catalog, installed, installing, signing
from domainkit.packs import trust as trusting
from domainkit.packs.archive import Archive
from domainkit.packs.chain import follow

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Given = Annotated[
    list[str] | None,
    typer.Option("--trust", metavar="KEY|FILE", help="Trust this public key this once."),
]
File = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A file ending in .pack.zip.")]


def key(
    out_: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where the private key goes; yours if none."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a pair of keys to sign packs with; nothing is ever overwritten."""
    path = (out_ or signing.default_key()).expanduser()
    public = signing.generate(path)
    if as_json:
        print_json({"private": path, "public": public})
        return
    out.print(f"private key  {path}  (keep it to yourself)", markup=False)
    out.print(f"public key   {public}", markup=False)


def trust(
    public: Annotated[str, typer.Argument(metavar="KEY|FILE", help="A public key, or its file.")],
    name: Annotated[str, typer.Option("--name", help="Whose key it is.")],
    as_json: Json = False,
) -> None:
    """Trust the packs that a key signs, from now on."""
    word = signing.public(public)
    path = trusting.add(word, name)
    if as_json:
        print_json({"key": word, "name": trusting.owner(word), "file": path})
        return
    out.print(f"trusted: {word} {trusting.owner(word)}  ({path})", markup=False)


def build(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="A pack's name, or its folder.")],
    *,
    private: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="The private key that signs; yours if none."),
    ] = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Sign nothing; nobody can install it then.")
    ] = False,
    out_: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The archive; NAME-VERSION.pack.zip if none."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write one signed archive of a pack: the same pack gives the same bytes."""
    folder = catalog.locate(pack)
    data, held = archives.build(
        folder, key=None if unsigned else (private or signing.default_key()).expanduser()
    )
    path = out_ or Path(_file_name(folder))
    _write(path, data)
    read = archives.read(path)
    if as_json:
        print_json({**_told(read), "size": len(data), "sha256": _sha256(data),
                    "left_out": held.left_out})  # fmt: skip
        return
    counts = Counter(name.partition("/")[0] for name in held.files if "/" in name)
    within = ", ".join(f"{folder} {count}" for folder, count in sorted(counts.items()))
    out.print(f"{path}  {len(held.files)} files, {len(data):,} bytes", markup=False)
    if within:
        out.print(f"among them {within}", markup=False)
    out.print(f"sha256 {_sha256(data)}", markup=False)
    out.print(f"signed by {read.signer}" if read.signer else "not signed", markup=False)
    if held.left_out:
        err.print(f"left out, as no part of a pack: {', '.join(held.left_out)}", markup=False)


def verify(
    archive: Annotated[
        str, typer.Argument(metavar="ARCHIVE", help="An archive, or an installed NAME@VERSION.")
    ],
    given: Given = None,
    as_json: Json = False,
) -> None:
    """Check the signature and every file of an archive or an installed pack; name what differs."""
    name, _, version = archive.partition("@")
    installed_ = [one for one in installed.versions(name) if one.version == version]
    read = (
        archives.held(installed_[0]) if installed_ else archives.read(Path(archive).expanduser())
    )
    whose = installing.vouched(read, _keys(given))
    if as_json:
        print_json({**_told(read), "signer": whose})
        return
    out.print(f"{read.name}: whole, {len(read.manifest.files)} files", markup=False)
    out.print(f"signed by {_signer(read, whose)}", markup=False)


def install(archive: File, given: Given = None, as_json: Json = False) -> None:
    """Verify an archive and put its pack where it is found by name."""
    keys = _keys(given)
    one, new = installing.install(archive.expanduser(), keys)
    name = f"{one.name}@{one.version}"
    if as_json:
        print_json({"name": one.name, "version": one.version, "folder": one.folder,
                    "key": one.signer, "new": new})  # fmt: skip
        return
    out.print(f"{'installed' if new else 'already installed'}: {name}  {one.folder}", markup=False)
    out.print(f"domainkit new my-assistant --domain {name}", markup=False)


def _keys(given: list[str] | None) -> tuple[str, ...]:
    return tuple(signing.public(word) for word in given or ())


def _file_name(folder: Path) -> str:
    said = follow(folder)[0].values
    return f"{said.get('name')}-{said.get('version')}{archives.SUFFIX}"


def _write(path: Path, data: bytes) -> None:
    """Write the archive whole or not at all; one of other bytes is kept.

    Raises:
        PackError: when it cannot be written.
    """
    if path.is_file() and path.read_bytes() == data:
        return
    try:
        if path.exists():
            raise PackError(
                f"{path} is there already, and is another archive",
                hint="raise the version in domain.yaml, or give another file with --out",
            )
        partial = path.with_name(f"{path.name}.partial")
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise PackError(
            f"{path}: {error.strerror}", hint="give a file you may write: --out FILE"
        ) from error


def _told(read: Archive) -> dict[str, Any]:
    return {
        "archive": read.path,
        "name": read.manifest.name,
        "version": read.manifest.version,
        "key": read.signer,
        "manifest_sha256": read.digest,
        "files": list(read.manifest.files),
    }


def _signer(read: Archive, whose: str) -> str:
    return f"{whose} ({read.signer})" if whose else str(read.signer)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
