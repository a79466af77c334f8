"""``manifest.json``: what the indexes of a folder were built from, and how far."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from domainkit.errors import StaleIndex
from domainkit.retrieval.files import replacing

NAME = "manifest.json"
REBUILD = "rebuild it: domainkit ingest --rebuild"


@dataclass(frozen=True, slots=True)
class IndexManifest:
    """What indexes hold. ``embedder`` and ``vectors`` are empty without vectors.

    Everything up to ``generation`` of the store is indexed, and of what came later every passage
    up to ``key``: an update that was cut short goes on from there.
    """

    analysis: str
    embedder: str = ""
    dim: int = 0
    vectors: str = ""
    generation: int = 0
    key: int = 0

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the manifest of ``folder``; None where there is none.

        Raises:
            StaleIndex: when it is damaged, or of another shape.
        """
        path = folder / NAME
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise StaleIndex(
                f"{path} is damaged, or of another version of domainkit: {error}", hint=REBUILD
            ) from error

    def write(self, folder: Path) -> None:
        """Put this manifest in ``folder``."""
        with replacing(folder / NAME) as file:
            file.write(json.dumps(dataclasses.asdict(self), indent=2).encode())
