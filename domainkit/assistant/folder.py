"""An assistant's folder: what stands where, and how to find it from below."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from domainkit import settings
from domainkit.errors import PackError


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of an assistant's folder. Everything generated stands under ``.domainkit``."""

    root: Path

    @property
    def documents(self) -> Path:
        """The owner's documents."""
        return self.root / "documents"

    @property
    def generated(self) -> Path:
        """Everything that was generated."""
        return self.root / ".domainkit"

    @property
    def store(self) -> Path:
        """The database that is the truth."""
        return self.generated / "store.sqlite"

    @property
    def indexes(self) -> Path:
        """What is derived from the store, and can be rebuilt from it."""
        return self.generated / "indexes"

    @property
    def next_indexes(self) -> Path:
        """Those of another embedder, until they are ready to take the place of ``indexes``."""
        return self.generated / "indexes-next"

    @property
    def former_indexes(self) -> Path:
        """Those that others have just taken the place of, until they are deleted."""
        return self.generated / "indexes-before"

    @property
    def report(self) -> Path:
        """What became of the files of the last ingest, as a page a person reads."""
        return self.root / ".domainkit" / "ingest-report.html"

    @property
    def verifier(self) -> Path:
        """The fitted verifier, with its report."""
        return self.root / ".domainkit" / "verifier.json"

    @property
    def adapters(self) -> Path:
        """The tuned LoRA adapters, one folder each."""
        return self.generated / "adapters"

    @property
    def brought(self) -> Path:
        """What is made of adapters that packs bring, one folder each: forms for engines."""
        return self.generated / "brought"

    @property
    def embedders(self) -> Path:
        """The tuned embedders, one folder each."""
        return self.generated / "embedders"

    @property
    def evaluations(self) -> Path:
        """The runs of its evaluation, their log, and the answers kept for the next one."""
        return self.generated / "eval"

    @property
    def certificates(self) -> Path:
        """What was forgotten, and the proof of it."""
        return self.generated / "certificates"


def locate(start: Path | None = None) -> Path:
    """Return the nearest folder, from ``start`` upward, that holds ``domainkit.toml``.

    Args:
        start: where to begin; the working folder by default.

    Raises:
        PackError: when ``start`` is no folder, or no folder up to the root is an assistant.
    """
    here = (start or Path.cwd()).resolve()
    if not here.is_dir():
        raise PackError(
            f"{here}: there is no such folder",
            hint="domainkit new my-assistant --domain medical, or give another --assistant DIR",
        )
    for folder in (here, *here.parents):
        if (folder / settings.FILE).is_file():
            return folder
    raise PackError(
        f"{here}: no {settings.FILE} here or in any folder above, so this is no assistant",
        hint="domainkit new my-assistant --domain medical, or give --assistant DIR",
    )
