"""Reads and writes a zip whose entries are stored as they are, in one way only.

Nothing is compressed, so the bytes depend on no library's version, and an archive can hold no more
than it weighs. What is written has one date and one mode.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from domainkit.errors import PackError
from domainkit.packs import contents
from domainkit.packs.problems import Problem

_MOST = 10_000  # files
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can write
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3
# What zipfile raises for bytes that are no zip, or no zip as it stands.
_MALFORMED = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
    struct.error,
)  # fmt: skip


def written(entries: Mapping[str, bytes]) -> bytes:
    """Return the one zip that holds ``entries``, in this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = _UNIX, _MODE
            file.writestr(info, data)
    return buffer.getvalue()


def entries_of(path: Path, data: bytes) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the bytes of each entry, and what must not stand in an archive; nothing is unpacked.

    What is compressed, a link, too many or more than the archive weighs is not read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            infos = file.infolist()
            faults = [
                Problem(path.name, shown(info.filename), fault)
                for info in infos
                if (fault := _fault(info))
            ]
            faults += [
                Problem(path.name, shown(name), text)
                for name, text in contents.alike([info.filename for info in infos])
            ]
            if len({info.filename for info in infos}) < len(infos):
                faults.append(Problem(path.name, "", "holds two files of one name"))
            if len(infos) > _MOST:
                faults.append(Problem(path.name, "", f"holds more than {_MOST:,} files"))
            if sum(info.file_size for info in infos) > len(data):
                faults.append(Problem(path.name, "", "its files weigh more than itself"))
            entries = {} if faults else _read(path, file, infos, faults)
            return entries, faults
    except _MALFORMED as error:
        raise PackError(
            f"{path}: is no archive of a pack: {error}", hint="domainkit pack build writes one"
        ) from error


def _read(
    path: Path, file: zipfile.ZipFile, infos: list[zipfile.ZipInfo], faults: list[Problem]
) -> dict[str, bytes]:
    entries = {}
    for info in infos:
        try:
            entries[info.filename] = file.read(info)
        except _MALFORMED as error:
            faults.append(Problem(path.name, shown(info.filename), f"has changed: {error}"))
    return entries


def _fault(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "is a link"
    if info.is_dir() or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)):
        return "is no plain file"
    if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
        return "is compressed: the files of a pack are stored as they are"
    if info.flag_bits & 0x1:
        return "is encrypted"
    if info.filename in contents.RECEIPTS:
        return ""
    return contents.unsafe(info.filename)


def shown(name: str) -> str:
    """Return how an error names an entry, whatever stands in its name."""
    return name if name.isprintable() else ascii(name)
