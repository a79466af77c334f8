"""Reads XML of any vocabulary: statutes, drug labels, records, feeds.

Most vocabularies say the same things in other words: an element that holds a title or a number
opens a section, one that holds running text is a paragraph, rows of cells are a table. What is
none of these is a field of a record and is said with its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.html import HtmlReader
from domainkit.ingestion.readers.tables import Cell, spread
from domainkit.ingestion.readers.xml_files import name, pieces, said, xml_root
from domainkit.types import Document

# What vocabularies call the heading of a section, its number, and the parts of a table
# (HL7, Akoma Ntoso, USLM, Formex, TEI, DocBook, DITA, RSS, ClinicalTrials.gov).
_TITLES = frozenset(
    "title heading head doctitle longtitle articletitle brief_title headline subject ti ti.art"
    " sti.art".split()
)
_NUMBERS = frozenset("num number no label pnumber enum no.parag".split())
_PARAGRAPHS = frozenset(
    "p para paragraph text content chapeau continuation al alinea line l item li list-item"
    " abstracttext textblock block crossheading def dd dt entry td th cell note footnote".split()
)
_TABLES, _ROWS = ("table", "tbl", "informaltable"), ("tr", "row", "strow")
_CELLS = ("td", "th", "entry", "cell", "stentry")
_ITEMS = frozenset(("item", "li", "listitem", "list-item"))
_MARKUP = re.compile(r"</?(?:p|div|br|a|ul|ol|table|h[1-6]|span|img|b|strong)\b[^>]*>", re.I)
# A field's value so long is a text of its own.
_FIELD = 200
_HEADING = 300
_DEEPEST = 100


class XmlReader:
    """XML files that no other reader knows."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, titled by its first title.

        Raises:
            IngestionError: when the XML is damaged, nested too deeply, or says nothing.
        """
        root = xml_root(path)
        builder = TextBuilder()
        _Walk(builder).add(root, 1)
        titles = (said(node) for node in root.iter() if name(node).lower() in _TITLES)
        title = next(filter(None, titles), path.stem)
        document = builder.build(source=path.name, title=title, meta={})
        if not document.text:
            raise IngestionError(
                f"the XML holds no text between its tags (its root is <{name(root)}>)"
            )
        yield document


class _Walk:
    """Adds element after element to one document."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._html = HtmlReader()
        self._last = ""  # "field" or "item": the next of its kind follows on the next line
        self._number = ""  # of a part without a title: it begins the part's text

    def add(self, node: Any, depth: int, level: int = 0) -> None:
        """Add an element that is no paragraph: its heading, then what it holds."""
        if level > _DEEPEST:
            raise IngestionError(f"its elements are nested more than {_DEEPEST} deep")
        children = [child for child in node if name(child)]
        heads = _heads(children)
        said_so = " ".join(said(head) for head in heads)
        titled = any(name(head).lower() in _TITLES for head in heads)
        if titled:
            self._last = ""
            self._builder.heading(depth, said_so)
        elif heads:
            self._number = f"{self._number} {said_so}".strip()
        named = len({name(child) for child in children}) > 1
        for child in children:
            if child not in heads:
                self._child(child, depth + titled, level + 1, named=named)

    def _child(self, node: Any, depth: int, level: int, *, named: bool) -> None:
        kind = name(node).lower()
        if kind in _TABLES:
            self._table(node)
        elif _is_text(node):
            self._text(node, kind, named=named)
        else:
            self.add(node, depth, level)

    def _text(self, node: Any, kind: str, *, named: bool) -> None:
        text = said(node)
        if not text:
            return
        if _MARKUP.search(text):
            self._last = ""
            self._html.add("".join(pieces(node)), self._builder)
            return
        last, self._last = self._last, ""
        label = node.get("Label") or node.get("label") or ""
        if named and kind not in _PARAGRAPHS and len(text) <= _FIELD:
            self._last, text = "field", f"{name(node)}: {text}"
        elif self._number:
            self._number, text = "", f"{self._number} {text}"
        elif kind in _ITEMS:
            self._last, text = "item", text if text.startswith(("-", "•")) else f"- {text}"
        text = f"{label}: {text}" if label else text
        self._builder.block(text, tight=bool(self._last) and last == self._last)

    def _table(self, node: Any) -> None:
        self._last = ""
        caption = [said(child) for child in node if name(child).lower() in ("caption", *_TITLES)]
        rows = [_cells(row) for row in node.iter() if name(row).lower() in _ROWS]
        self._builder.table(spread(rows), caption=" ".join(caption))


def _heads(children: list[Any]) -> list[Any]:
    """Return the number and the title that head a section, in order; none where none does."""
    numbers = [child for child in children if name(child).lower() in _NUMBERS][:1]
    titles = [child for child in children if name(child).lower() in _TITLES][:1]
    others = [child for child in children if child not in numbers and child not in titles]
    heads = [child for child in (*numbers, *titles) if said(child)]
    return heads if others and sum(len(said(head)) for head in heads) <= _HEADING else []


def _is_text(node: Any) -> bool:
    """Return whether an element is running text: what it holds only marks words of it."""
    children = [child for child in node if name(child)]
    if not children:
        return True
    loose = [node.text, *(child.tail for child in children)]
    return any((text or "").strip() for text in loose) and not any(
        name(inner).lower() in (*_TABLES, "p", "para", "paragraph")
        for inner in node.iterdescendants()
    )


def _cells(row: Any) -> list[Cell]:
    return [
        (said(cell), _span(cell, "colspan"), _span(cell, "rowspan"))
        for cell in row
        if name(cell).lower() in _CELLS
    ]


def _span(cell: Any, which: str) -> int:
    value = cell.get(which) or "1"
    return max(int(value), 1) if value.isdecimal() else 1
