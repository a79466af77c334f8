"""One file that holds a pack: built with the same bytes everywhere, and verified to the last one.

It is a zip that is not compressed (``stored_zip``). ``MANIFEST.json`` comes first and names each
file with its SHA-256; ``SIGNATURE.json`` signs the manifest; the files follow by path. Because
there is one way to write an archive, whatever differs from it is found by writing it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from domainkit.errors import PackError
from domainkit.packs import contents, installed, lint, signing, stored_zip
from domainkit.packs.chain import Link, follow
from domainkit.packs.checking import validated
from domainkit.packs.files import read_yaml
from domainkit.packs.installed import Installed
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.schemas.archive import REFERENCE, ArchiveManifest, Signature

SUFFIX = ".pack.zip"
MANIFEST, SIGNATURE = contents.RECEIPTS
LARGEST = 200_000_000  # bytes; the largest pack that ships weighs 0.8 MB
_HINT = "get it again from where it comes from, or ask its maker"


@dataclass(frozen=True, slots=True)
class Archive:
    """A verified archive: what it says it is, whose key signed it, and its files' bytes."""

    path: Path
    manifest: ArchiveManifest
    signer: str | None
    entries: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """The pack and its version, as a child's ``extends`` names it."""
        return f"{self.manifest.name}@{self.manifest.version}"

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest: two archives of the same files have the same."""
        return hashlib.sha256(self.entries[MANIFEST]).hexdigest()


def build(folder: Path, *, key: Path | None) -> tuple[bytes, contents.Contents]:
    """Return the archive of the pack in ``folder``, and which files it holds.

    Args:
        folder: of a pack that ``domainkit pack check`` finds sound.
        key: the private key that signs it; None leaves it unsigned.

    Raises:
        PackError: when the pack is unsound, holds links or code, or the key cannot sign.
    """
    if problems := lint.check(folder):
        raise PackProblems(problems, hint=f"domainkit pack check {folder}")
    own = follow(folder)[0]
    _refuse_folder_as_parent(own)
    held = contents.members(folder)
    files = {name: path.read_bytes() for name, path in held.files.items()}
    said = {
        "format": 1,
        **{key: own.values.get(key) for key in ("name", "version", "title", "extends")},
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in files.items()
        },
    }
    entries = {MANIFEST: _json(said)}
    if key is not None:
        public, signature = signing.sign(key, entries[MANIFEST])
        entries[SIGNATURE] = _json({"format": 1, "key": public, "signature": signature})
    return stored_zip.written({**entries, **files}), held


def read(path: Path) -> Archive:
    """Return the archive ``path`` once everything in it is verified. Nothing is written.

    Its signature is checked against the key it names; whether that key is trusted is another
    question (``domainkit.packs.trust``).

    Raises:
        PackProblems: naming every file that differs, is unsafe, or is none of a pack.
        PackError: when it is no archive.
    """
    data = _bytes(path)
    entries, faults = stored_zip.entries_of(path, data)
    if faults:
        raise PackProblems(faults, hint=_HINT)
    archive = _checked(path, entries)
    ordered = {name: entries[name] for name in (MANIFEST, SIGNATURE) if name in entries}
    ordered |= {name: entries[name] for name in sorted(entries.keys() - ordered.keys())}
    if stored_zip.written(ordered) != data:
        fault = Problem(installed.shown(path), "", "holds bytes that are none of its files")
        raise PackProblems([fault], hint=_HINT)
    return archive


def held(one: Installed) -> Archive:
    """Return what an installed pack was installed from, once its files are verified to be that.

    Raises:
        PackProblems: naming every file that differs.
        PackError: when it is a copy of a pack that shipped, which has no archive.
    """
    if not (one.folder / MANIFEST).is_file():
        raise PackError(
            f"{one.folder}: was kept from a pack that shipped, not installed from an archive",
            hint=f"domainkit pack diff {one.name}@{one.version} {one.name}",
        )
    files = contents.members(one.folder)
    found = {name: one.folder / name for name in contents.RECEIPTS} | files.files
    entries = {name: path.read_bytes() for name, path in found.items() if path.is_file()}
    others = [
        Problem(installed.shown(one.folder), name, "is no file of a pack")
        for name in files.left_out
    ]
    return _checked(one.folder, entries, others)


def _checked(path: Path, entries: Mapping[str, bytes], others: Sequence[Problem] = ()) -> Archive:
    """Return the archive of ``entries`` once its signature and every file are verified.

    Raises:
        PackProblems: naming what differs, and ``others``.
    """
    faults = list(others)
    manifest = _part(path, entries, MANIFEST, ArchiveManifest)
    faults += _differing(path, manifest, entries)
    signer = None
    if SIGNATURE in entries:
        signature = _part(path, entries, SIGNATURE, Signature)
        signer = signature.key
        if not signing.signed(signature.key, signature.signature, entries[MANIFEST]):
            text = f"the signature is not that of {MANIFEST} by {signature.key}"
            faults.insert(0, Problem(installed.shown(path), SIGNATURE, text))
    if faults:
        raise PackProblems(faults, hint=_HINT)
    return Archive(path, manifest, signer, entries)


def unpack(archive: Archive, folder: Path) -> None:
    """Write the files of ``archive`` into the new folder ``folder``.

    Raises:
        PackError: when ``domain.yaml`` is of another pack than the manifest.
    """
    for name, data in archive.entries.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    said = read_yaml(folder / contents.MANIFEST, f"{archive.path.name}/{contents.MANIFEST}")
    for key in ("name", "version", "title", "extends"):
        if said.get(key) != getattr(archive.manifest, key):
            raise PackError(
                f"{archive.path}: {contents.MANIFEST} and {MANIFEST} name another {key}: "
                f"{said.get(key)!r} and {getattr(archive.manifest, key)!r}",
                hint=_HINT,
            )


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Archive, Path]]:
    """Give a verified archive and a folder that holds its pack for the while."""
    archive = read(path)
    with TemporaryDirectory(prefix="domainkit-pack-") as work:
        folder = Path(work) / archive.manifest.name
        unpack(archive, folder)
        yield archive, folder


def is_archive(name: str | Path) -> bool:
    """Return whether ``name`` is a file that may be an archive, rather than a pack's name."""
    return str(name).endswith(".zip") and Path(name).expanduser().is_file()


def _refuse_folder_as_parent(own: Link) -> None:
    parent = own.values.get("extends")
    if parent is not None and not REFERENCE.fullmatch(str(parent)):
        raise PackError(
            f"{own.shown(contents.MANIFEST)}:extends: '{parent}' is a folder, which an archive "
            "does not bring along",
            hint="build and install the parent, and extend it by its name",
        )


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise PackError(f"{path}: is larger than {LARGEST:,} bytes", hint=_HINT)
        return path.read_bytes()
    except OSError as error:
        raise PackError(
            f"{path}: {error.strerror}", hint=f"give the path of a file that ends in {SUFFIX}"
        ) from error


def _differing(
    path: Path, manifest: ArchiveManifest, entries: Mapping[str, bytes]
) -> list[Problem]:
    """Return a problem for each file that is not as ``manifest`` says."""
    faults = []
    for name, member in manifest.files.items():
        data = entries.get(name)
        if data is None:
            faults.append(Problem(installed.shown(path), stored_zip.shown(name), "is missing"))
        elif (digest := hashlib.sha256(data).hexdigest()) != member.sha256:
            text = f"has changed: its sha256 is {digest}, not {member.sha256}"
            faults.append(Problem(installed.shown(path), stored_zip.shown(name), text))
        elif len(data) != member.size:
            faults.append(
                Problem(installed.shown(path), stored_zip.shown(name), f"has {len(data)} bytes")
            )
    for name in sorted(entries.keys() - manifest.files.keys() - {*contents.RECEIPTS}):
        faults.append(
            Problem(installed.shown(path), stored_zip.shown(name), f"is not named in {MANIFEST}")
        )
    if contents.MANIFEST not in manifest.files:
        faults.append(Problem(installed.shown(path), contents.MANIFEST, "is missing"))
    return faults


def _part(path: Path, entries: Mapping[str, bytes], name: str, schema: Any) -> Any:
    if name not in entries:
        raise PackError(
            f"{path}: holds no {name}, so it is no archive of a pack",
            hint="domainkit pack build writes one",
        )
    shown = f"{installed.shown(path)}/{name}"
    try:
        values = json.loads(entries[name])
    except (ValueError, RecursionError) as error:
        raise PackProblems([Problem(shown, "", f"is not JSON: {error}")], hint=_HINT) from error
    if not isinstance(values, dict) or _json(values) != entries[name]:
        raise PackProblems([Problem(shown, "", "is not as an archive writes it")], hint=_HINT)
    return validated(schema, values, lambda _: shown)
