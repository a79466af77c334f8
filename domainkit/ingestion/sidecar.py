"""Reads what is said of a file beside it, in ``<file>.meta.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.packs.checking import validated
from domainkit.packs.files import read_yaml
from domainkit.packs.problems import PackProblems
from domainkit.packs.schemas.sidecar import Sidecar

SUFFIX = ".meta.yaml"
_NOTHING = Sidecar()


def beside(path: Path) -> Path | None:
    """Return the sidecar of ``path``: ``law.pdf.meta.yaml`` before ``law.meta.yaml``; or None."""
    for name in (path.name, path.stem):
        sidecar = path.with_name(name + SUFFIX)
        if sidecar.is_file():
            return sidecar
    return None


def read(path: Path) -> Sidecar:
    """Return what is said of the file ``path`` beside it; an empty one where nothing is.

    Raises:
        IngestionError: with every fault of the sidecar, a misspelt key with the nearest known one.
    """
    file = beside(path)
    if file is None:
        return _NOTHING

    def shown(_key: Sequence[object]) -> str:
        return file.name

    try:
        return validated(Sidecar, read_yaml(file, file.name) or {}, shown)
    except PackProblems as error:
        said = "; ".join(map(str, error.problems))
        raise IngestionError(said, hint=f"correct {file.name}, then: domainkit ingest") from error


def orphans(names: Sequence[str]) -> list[str]:
    """Return those of a folder's ``names`` that are sidecars of no file in it."""
    files = {name for name in names if not name.endswith(SUFFIX)}
    described = files | {Path(name).stem for name in files}
    return [n for n in names if n.endswith(SUFFIX) and n.removesuffix(SUFFIX) not in described]
