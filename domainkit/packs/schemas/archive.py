"""``MANIFEST.json`` and ``SIGNATURE.json`` of an archive: its files, and who vouches for them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from domainkit.packs.schemas.base import Format, Strict
from domainkit.packs.schemas.manifest import Name

# How a pack is named: by its name alone, or at one version.
REFERENCE = re.compile(r"(?P<name>[a-z][a-z0-9-]{0,63})(?:@(?P<version>\d+\.\d+\.\d+))?")


class Member(Strict):
    """One file: the SHA-256 of its bytes, and how many they are."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


class ArchiveManifest(Strict):
    """The pack an archive holds, and each of its files by its path."""

    format: Format
    name: Name
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: str
    extends: Annotated[str, Field(pattern=f"^{REFERENCE.pattern}$")] | None = None
    files: dict[str, Member]


class Signature(Strict):
    """Whose key signed the bytes of ``MANIFEST.json``, and the signature in base64."""

    format: Format
    key: str
    signature: str
