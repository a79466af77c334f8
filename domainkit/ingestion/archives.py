"""Looks into zip packages before any parser does, and refuses what would burst on unpacking.

Word, Excel, PowerPoint, OpenDocument and e-book files are zip packages. The sizes a package
declares are held against limits; ``zipfile`` itself reads no more of a member than it declares.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from domainkit.errors import IngestionError
from domainkit.ingestion import limits

_MOST_MEMBERS = 20_000
# The densest of 255 real files unpacks to 23 times its size, its densest member to 33 times.
# Bombs begin at a thousand; small members may be as dense as they like.
_MOST_RATIO = 250
_SMALL = 16 << 20
_ENCRYPTED = 0x1

# What ``zipfile`` raises for packages and members that are cut off, damaged or contradictory,
# and for compression it does not know.
BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)


def members(path: Path) -> list[str]:
    """Return the names of what the package ``path`` holds, once its sizes are within limits.

    Raises:
        IngestionError: when it is damaged, encrypted, or unpacks to more than is reasonable.
    """
    try:
        with ZipFile(path) as package:
            found = package.infolist()
    except (FileNotFoundError, PermissionError):
        raise
    except (*BROKEN, ValueError, OSError) as error:  # OSError: it points before its beginning
        raise IngestionError(
            f"it is a damaged zip archive ({error})", hint="copy or download it again"
        ) from error
    _check(found)
    return [member.filename for member in found]


def content(path: Path, name: str) -> bytes:
    """Return one member of a package whose ``members`` were found to be within limits.

    Raises:
        IngestionError: when there is none, or it is damaged.
    """
    try:
        with ZipFile(path) as package:
            return package.read(name)
    except KeyError as error:
        raise IngestionError(f"it lacks its part '{name}'", hint=_AGAIN) from error
    except BROKEN as error:
        raise IngestionError(f"its part '{name}' is damaged ({error})", hint=_AGAIN) from error


_AGAIN = "copy or download it again, or save it anew from its program"


def _check(found: Sequence[ZipInfo]) -> None:
    if any(member.flag_bits & _ENCRYPTED for member in found):
        raise IngestionError("it is encrypted", hint="save it without a password")
    if len(found) > _MOST_MEMBERS:
        raise IngestionError(f"it holds {len(found):,} parts, more than {_MOST_MEMBERS:,}")
    size, most = sum(member.file_size for member in found), limits.current().expanded
    if size > most:
        raise IngestionError(
            f"it unpacks to {size >> 20:,} MiB, more than {most >> 20:,}",
            hint="split it, or allow more: domainkit.toml, [ingestion] expanded_mib",
        )
    for member in found:
        dense = member.file_size > _MOST_RATIO * max(member.compress_size, 1)
        if dense and member.file_size > _SMALL:
            times = member.file_size // max(member.compress_size, 1)
            raise IngestionError(
                f"its part '{member.filename}' unpacks to {times:,} times its size: "
                "such files are made to exhaust what opens them"
            )
