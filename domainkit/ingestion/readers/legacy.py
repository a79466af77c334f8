"""Reads Word and PowerPoint files of before 2007 (doc, ppt), which LibreOffice converts."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from domainkit.errors import IngestionError
from domainkit.ingestion.compound import OFFICE_PROGRAMS, legacy
from domainkit.ingestion.readers.within import read_in_place_of
from domainkit.types import Document

_SECONDS = 120


class LegacyReader:
    """Files whose format only old Office programs and LibreOffice know."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the documents of ``path``, converted by LibreOffice where that is installed.

        Raises:
            IngestionError: when LibreOffice is not installed, or cannot convert the file.
        """
        kind = legacy(path)
        program = next(filter(None, map(shutil.which, OFFICE_PROGRAMS)), None)
        if program is None:
            raise IngestionError(
                f"it is {kind.called}: LibreOffice must convert it, and is not installed",
                hint=f"install LibreOffice, or save the file as {kind.modern}",
            )
        with TemporaryDirectory(prefix="domainkit-") as folder:
            made = _converted(program, path, kind.modern, Path(folder))
            yield from read_in_place_of(made, path)


def _converted(program: str, path: Path, modern: str, folder: Path) -> Path:
    """Return the converted file, made in ``folder`` by a LibreOffice with settings of its own."""
    settings = (folder / "settings").as_uri()
    command = [
        program,
        f"-env:UserInstallation={settings}",
        "--headless",
        "--norestore",
        "--convert-to",
        modern,
        "--outdir",
        str(folder),
        str(path),
    ]
    try:
        subprocess.run(  # noqa: S603 (a program of the system and a file the user named)
            command, capture_output=True, timeout=_SECONDS, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise IngestionError(f"LibreOffice did not convert it in {_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        why = f" ({said[-1]})" if said else ""
        raise IngestionError(f"LibreOffice could not convert it{why}") from error
    made = folder / f"{path.stem}.{modern}"
    if not made.is_file():
        raise IngestionError("LibreOffice could not convert it", hint=f"save it as {modern}")
    return made
