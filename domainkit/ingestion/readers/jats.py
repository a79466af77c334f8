"""Reads papers in JATS, the XML of PubMed Central and its publishers (xml, nxml)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.tables import Cell, spread
from domainkit.ingestion.readers.xml_files import name, pieces, said, xml_root
from domainkit.types import Document

_SECTIONS = frozenset("sec app ack abstract trans-abstract boxed-text glossary notes".split())
# Parts that have no heading of their own, and what they are called.
_CALLED = {
    "abstract": "Abstract", "trans-abstract": "Abstract", "ack": "Acknowledgements",
    "glossary": "Glossary", "notes": "Notes",
}  # fmt: skip
_BLOCKS = frozenset(
    "p disp-quote list def-list table-wrap fig disp-formula verse-group speech preformat code"
    " supplementary-material fig-group table-wrap-group statement".split()
)
_IDS = {"pmid": "pmid", "pmc": "pmcid", "pmcid": "pmcid", "doi": "doi"}
# What stands in a paragraph and is a block of its own.
_FLOATING = frozenset("table-wrap fig disp-formula list def-list boxed-text disp-quote".split())
_TEX = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)


class JatsReader:
    """Papers: title, authors, abstract, sections with their tables and figures, references."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, with the paper's identifiers in its ``meta``.

        Raises:
            IngestionError: when the XML is damaged, or the paper has no text.
        """
        root = xml_root(path)
        paper = _Paper()
        front = next(root.iter("{*}article-meta"), None)
        title = ""
        if front is not None:
            title = _text(front, "article-title")
            paper.front(title, front)
        for part in root.iter("{*}body"):
            paper.walk(part, 2)
        for part in root.iter("{*}back"):
            paper.back(part)
        meta = _described(root, front)
        document = paper.builder.build(source=path.name, title=title or path.stem, meta=meta)
        if not document.text:
            raise IngestionError("the paper holds no text")
        yield document


class _Paper:
    """Adds the parts of one paper."""

    def __init__(self) -> None:
        self.builder = TextBuilder()

    def front(self, title: str, front: Any) -> None:
        """Add what stands before the text: title, authors, abstracts, keywords."""
        self.builder.heading(1, title)
        self.builder.block(", ".join(_authors(front)))
        for abstract in _children(front, "abstract", "trans-abstract"):
            if abstract.get("abstract-type") != "graphical":
                self._section(abstract, 2)
        words = [
            said(word)
            for group in _children(front, "kwd-group")
            for word in _children(group, "kwd")
        ]
        self.builder.block(f"Keywords: {'; '.join(words)}" if words else "")

    def walk(self, parent: Any, depth: int) -> None:
        """Add every section and block below ``parent``."""
        for node in parent:
            kind = name(node)
            if kind in _SECTIONS:
                self._section(node, depth)
            elif kind in _BLOCKS:
                self._block(node)
            elif kind in ("app-group", "sub-article", "response", "body"):
                self.walk(node, depth)

    def back(self, back: Any) -> None:
        """Add what stands after the text: acknowledgements, appendices, notes, references."""
        self.walk(back, 2)
        for group in _children(back, "fn-group"):
            for note in group.iter("{*}fn"):
                self.builder.block(said(note))
        for listed in back.iter("{*}ref-list"):
            self.builder.heading(2, _text(listed, "title") or "References")
            for reference in _children(listed, "ref"):
                self.builder.block(_reference(reference), tight=True)

    def _section(self, node: Any, depth: int) -> None:
        title = _text(node, "title") or _CALLED.get(name(node), "")
        label = _text(node, "label")
        self.builder.heading(depth, f"{label} {title}".strip())
        self.walk(node, depth + 1)

    def _block(self, node: Any) -> None:
        kind = name(node)
        if kind == "table-wrap":
            self._table(node)
        elif kind == "fig":
            self.builder.block(_caption(node))
        elif kind == "list":
            self._list(node)
        elif kind == "disp-formula":
            self.builder.block(_formula(node))
        elif kind == "p":
            self._paragraph(node)
        elif any(name(child) in _BLOCKS for child in node):
            self.walk(node, 9)
        else:
            self.builder.block(said(node))

    def _paragraph(self, node: Any) -> None:
        """Add a paragraph; the tables and figures that stand in it divide it."""
        text = [node.text or ""]
        for child in node:
            if name(child) in _FLOATING:
                self.builder.block(_squeeze(text))
                text = []
                self._block(child)
            elif name(child) == "inline-formula":
                text.append(_formula(child))
            else:
                text += pieces(child)
            text.append(child.tail or "")
        self.builder.block(_squeeze(text))

    def _list(self, node: Any) -> None:
        ordered = node.get("list-type") == "order"
        for number, item in enumerate(_children(node, "list-item"), start=1):
            mark = _text(item, "label") or (f"{number}." if ordered else "-")
            text = " ".join(said(child) for child in item if name(child) != "label")
            self.builder.block(f"{mark} {text}", tight=number > 1)

    def _table(self, node: Any) -> None:
        for table in node.iter("{*}table"):
            rows = [_cells(row) for row in table.iter("{*}tr")]
            self.builder.table(spread(rows), caption=_caption(node))
        for foot in node.iter("{*}table-wrap-foot"):
            self.builder.block(said(foot))


def _children(node: Any, *names: str) -> list[Any]:
    return [child for child in node if name(child) in names]


def _text(node: Any, wanted: str) -> str:
    """Return what the first element of a name says, looked for in the part's own head."""
    found = _children(node, wanted) or [
        inner for child in _children(node, "title-group") for inner in _children(child, wanted)
    ]
    return said(found[0]) if found else ""


def _caption(node: Any) -> str:
    label = _text(node, "label").rstrip(".")
    caption = " ".join(said(part) for holder in _children(node, "caption") for part in holder)
    return ". ".join(filter(None, (label, caption)))


def _cells(row: Any) -> list[Cell]:
    cells = _children(row, "td", "th")
    return [(said(cell), _span(cell, "colspan"), _span(cell, "rowspan")) for cell in cells]


def _span(cell: Any, which: str) -> int:
    value = cell.get(which) or "1"
    return max(int(value), 1) if value.isdecimal() else 1


def _formula(node: Any) -> str:
    """Return a formula once, in TeX where the paper has it so."""
    for tex in node.iter("{*}tex-math"):
        text = "".join(tex.itertext())
        found = _TEX.search(text)
        return " ".join((found[1] if found else text).split())
    return said(node)


def _authors(front: Any) -> Iterator[str]:
    for group in _children(front, "contrib-group"):
        for author in _children(group, "contrib"):
            if author.get("contrib-type", "author") != "author":
                continue
            for person in _children(author, "name", "string-name", "collab"):
                parts = [_text(person, "given-names"), _text(person, "surname")]
                if written := " ".join(filter(None, parts)) or said(person):
                    yield written


def _reference(node: Any) -> str:
    label = _text(node, "label").rstrip(".")
    cited = [child for child in node if name(child) != "label"]
    mixed = [said(child) for child in cited if "mixed" in name(child)]
    loose = [". ".join(filter(None, map(said, child))) for child in cited]
    return f"{label}. {' '.join(mixed or loose)}".removeprefix(". ")


def _described(root: Any, front: Any) -> dict[str, str]:
    """Return the paper's identifiers, journal, date and licence."""
    found: dict[str, str] = {}
    for title in root.iter("{*}journal-title"):
        found.setdefault("journal", said(title))
    if front is None:
        return found
    for identifier in _children(front, "article-id"):
        if (kind := _IDS.get(identifier.get("pub-id-type", ""))) is not None:
            found[kind] = said(identifier)
    dates = [date for child in _children(front, "pub-date") if (date := _date(child))]
    if dates:
        exact = max(map(len, dates))
        found["published"] = min(date for date in dates if len(date) == exact)
    for licence in front.iter("{*}license"):
        found.setdefault("licence", said(licence))
    return found


def _date(node: Any) -> str:
    parts = [_text(node, "year"), _text(node, "month"), _text(node, "day")]
    return "-".join(part.zfill(2) for part in parts if part.isdecimal())


def _squeeze(text: list[str]) -> str:
    return " ".join("".join(text).split())
