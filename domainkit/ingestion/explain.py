"""Shows how a file would be read, before anything of it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from domainkit.errors import IngestionError
from domainkit.ingestion.limits import DEFAULT, Limits, applied
from domainkit.ingestion.options import Options
from domainkit.ingestion.parsing import Task
from domainkit.ingestion.profile import Profiles, Recognition, assigned
from domainkit.ingestion.readings import Readings
from domainkit.types import Document, Passage

# Of a file of records, only the first few are shown.
_RECORDS = 3


@dataclass(frozen=True, slots=True)
class Explanation:
    """A document as it would be stored, its passages, and which profile reads it and why."""

    document: Document
    passages: tuple[Passage, ...]
    recognition: Recognition


def explain(
    path: Path,
    *,
    profiles: Profiles | None = None,
    profile: str | None = None,
    patterns: Mapping[str, str] | None = None,
    passwords: Sequence[str] = (),
    limits: Limits = DEFAULT,
    mask: Sequence[str] = (),
) -> list[Explanation]:
    """Return how ``path`` would be read; of a file of records, the first three.

    Args:
        path: a file.
        profiles: those that ship with domainkit by default.
        profile: reads the file instead of the one that would be recognised.
        patterns: folders and globs that assign profiles, as in ``Options.assigned``.
        passwords: tried on an encrypted file.
        limits: of what reading it may take.
        mask: kinds of personal data that are masked, as in ``Options.mask``.

    Raises:
        IngestionError: when there is no such file, or it cannot be read.
    """
    profiles = profiles or Profiles.load()
    chosen = profile or assigned(patterns or {}, path.as_posix())
    task = Task(path, path.name, "", chosen)
    options = Options(passwords=tuple(passwords), workers=1, limits=limits, mask=tuple(mask))
    try:
        with applied(limits), closing(Readings(profiles, options)) as readings:
            parts = list(islice(readings.of(task), _RECORDS))
    except OSError as error:
        raise IngestionError(
            f"{path} cannot be read ({error.strerror})", hint="check the path"
        ) from error
    return [
        Explanation(
            part.document,
            part.passages,
            Recognition(profiles.get(part.document.profile), part.confidence, part.signs),
        )
        for part in parts
    ]
