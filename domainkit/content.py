"""Finds the packs, templates and reading profiles that ship with domainkit.

The only module that knows that a wheel carries them in ``domainkit/_bundled`` and a checkout
beside the package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from domainkit.errors import PackError

Kind = Literal["domains", "ingest", "templates"]


def root(kind: Kind) -> Path:
    """Return the folder that holds the shipped content of ``kind``.

    Raises:
        PackError: when the installation lacks it.
    """
    package = Path(__file__).parent
    for base in (package / "_bundled", package.parent):
        checkout = base == package.parent
        if (base / kind).is_dir() and (not checkout or (base / "pyproject.toml").is_file()):
            return base / kind
    raise PackError(
        f"this installation of domainkit lacks its '{kind}' folder",
        hint="reinstall it: pip install --force-reinstall domainkit",
    )
