"""Opens XML files: nothing outside them is read, no entity of their own is expanded."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion.readers.scripts import raised

_ENTITY = re.compile(rb"<!ENTITY\s")
_RAISED = ("sup", "superscript")
_SPACE = re.compile(r"\s+")


def xml_root(path: Path) -> Any:
    """Return the root element of the XML file ``path``.

    Raises:
        IngestionError: when it is damaged, or defines entities, which is how files are made that
            unfold without end.
    """
    xml: Any = load("lxml.etree", needed_for="reading XML")
    data = path.read_bytes()
    if _ENTITY.search(data[: 1 << 16]):
        raise IngestionError("the XML defines entities of its own", hint="save it without a DTD")
    parser = xml.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return xml.fromstring(data, parser)
    except xml.XMLSyntaxError as error:
        raise IngestionError(f"the XML is damaged ({error})") from error


def name(node: Any) -> str:
    """Return an element's name without its namespace; empty for what is no element."""
    return str(node.tag).rpartition("}")[2] if isinstance(node.tag, str) else ""


def said(node: Any) -> str:
    """Return all an element says, on one line."""
    return _SPACE.sub(" ", "".join(pieces(node))).strip()


def pieces(node: Any) -> list[str]:
    """Return the text of an element and of all below it, piece by piece."""
    if not isinstance(node.tag, str):  # an entity such as &nbsp;, or an instruction
        text = str(node.text or "")
        return [html.unescape(text)] if text.startswith("&") else []
    if name(node) in _RAISED:
        return [raised("".join(node.itertext()).strip())]
    found = [node.text or ""]
    for child in node:
        found += pieces(child)
        found.append(child.tail or "")
    return found
