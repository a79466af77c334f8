"""Installs an archive: verified, signed by a key its reader trusts, and put into its place."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from domainkit.errors import PackError
from domainkit.packs import archive as archives
from domainkit.packs import installed, loader, trust
from domainkit.packs.archive import MANIFEST, Archive
from domainkit.packs.installed import Installed


def vouched(archive: Archive, given: Sequence[str] = ()) -> str:
    """Return whose key signed ``archive``, by the name it is trusted under.

    Args:
        archive: what was read.
        given: public keys that are trusted this once.

    Raises:
        PackError: when nobody signed it, or a key that is not trusted.
    """
    if archive.signer is None:
        raise PackError(
            f"{archive.path}: is not signed, so nobody vouches for it",
            hint=f"ask its maker for: domainkit pack build {archive.manifest.name} --key FILE",
        )
    whose = trust.owner(archive.signer, given)
    if whose is None:
        raise PackError(
            f"{archive.path}: is signed by {archive.signer}, a key you do not trust",
            hint="if its owner confirms that key to you: "
            f"domainkit pack trust {archive.signer} --name OWNER",
        )
    return whose


def install(path: Path, given: Sequence[str] = ()) -> tuple[Installed, bool]:
    """Verify the archive ``path`` and install it; return it, and whether it is new here.

    Args:
        path: the archive.
        given: public keys that are trusted this once.

    Raises:
        PackError: when the archive is not whole, its signer is not trusted or another than that
            of the versions before, its parent is not here, or that version is, and differs.
    """
    archive = archives.read(path)
    vouched(archive, given)
    name, version = archive.manifest.name, archive.manifest.version
    before = installed.versions(name)
    _refuse_another_signer(archive, before, given)
    for one in before:
        if one.version == version:
            _refuse_another_content(archive, one)
            return one, False
    work = installed.stage()
    try:
        archives.unpack(archive, work / name)
        loader.load(work / name)  # its parent is here, and what it says can be used
        place = installed.place(work / name, name, version)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Installed(name, version, place), True


def _refuse_another_signer(
    archive: Archive, before: Sequence[Installed], given: Sequence[str]
) -> None:
    known = {one.signer for one in before}
    if known and archive.signer not in known and archive.signer not in given:
        raise PackError(
            f"{archive.path}: is signed by {archive.signer}; {before[0].name} {before[0].version} "
            f"was signed by {before[0].signer}",
            hint="if its owner confirms the new key: "
            f"domainkit pack install {archive.path} --trust {archive.signer}",
        )


def _refuse_another_content(archive: Archive, one: Installed) -> None:
    receipt = one.folder / MANIFEST
    if not receipt.is_file() or receipt.read_bytes() != archive.entries[MANIFEST]:
        raise PackError(
            f"{archive.path}: {one.name} {one.version} is installed, and its files are others",
            hint=f"domainkit pack diff {one.name}@{one.version} {archive.path}; "
            "a new content needs a new version",
        )
