"""Opens Office packages (docx, pptx, xlsx): their XML parts and the relations between them."""

from __future__ import annotations

import io
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion import archives

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
# The 'Strict' variant of the formats differs from the usual one by its namespaces alone.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_USUAL = rb"http://schemas.openxmlformats.org/\1/2006/"


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: the last word of the relation's type, and another part's name."""

    kind: str
    target: str


class OfficePackage:
    """An Office file as parts. No part is read before the package's sizes were checked."""

    def __init__(self, path: Path) -> None:
        """Open the package.

        Raises:
            IngestionError: when it is damaged, or unpacks to more than is reasonable.
        """
        self._path = path
        self._xml: Any = load("lxml.etree", needed_for="reading Office files")
        self._names = set(archives.members(path))
        self._parser = self._xml.XMLParser(resolve_entities=False, no_network=True)

    def main(self) -> str:
        """Return the name of the part that is the document itself."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.target
        raise IngestionError("it lacks the part that is the document itself")

    def bytes(self, name: str) -> bytes:
        """Return a part as it stands."""
        return archives.content(self._path, name)

    def root(self, name: str) -> Any:
        """Return the root element of an XML part.

        Raises:
            IngestionError: when the part is missing or damaged.
        """
        try:
            return self._xml.fromstring(usual(self.bytes(name)), self._parser)
        except self._xml.XMLSyntaxError as error:
            raise IngestionError(f"its part '{name}' is damaged ({error})") from error

    def nothing(self) -> Any:
        """Return an element that holds nothing, for a part the file does without."""
        return self._xml.Element("nothing")

    def relations(self, part: str) -> dict[str, Relation]:
        """Return what ``part`` refers to, by the ids it uses; what lies outside is left out."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self._names:
            return {}
        found = {}
        for one in self.root(rels):
            target = unquote(one.get("Target", ""))
            if not isinstance(one.tag, str) or one.get("TargetMode") == "External" or not target:
                continue
            target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if target in self._names:
                kind = one.get("Type", "").rpartition("/")[2]
                found[one.get("Id", "")] = Relation(kind, target)
        return found

    def title(self) -> str:
        """Return the title its author gave the document; empty when there is none."""
        for relation in self.relations("").values():
            if relation.kind == "core-properties":
                for node in self.root(relation.target).iter("{*}title"):
                    return node.text or ""
        return ""


def usual(data: bytes) -> bytes:
    """Return an XML part with the namespaces of the 'Strict' variant as the usual ones."""
    return _STRICT.sub(_USUAL, data)


def transitional(path: Path) -> io.BytesIO:
    """Return a copy of the package ``path`` with its XML parts as other libraries know them."""
    copy = io.BytesIO()
    with ZipFile(path) as package, ZipFile(copy, "w") as written:
        for name in package.namelist():
            data = package.read(name)
            written.writestr(name, usual(data) if name.endswith((".xml", ".rels")) else data)
    copy.seek(0)
    return copy
