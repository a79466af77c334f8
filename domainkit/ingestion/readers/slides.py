"""Reads PowerPoint files (pptx): each slide a page, headed by its title, its notes below it.

Shapes are read in the order of the file, which is the order PowerPoint itself reads them aloud in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.charts import A, chart_table, diagram_lines
from domainkit.ingestion.readers.formulas import M, formula
from domainkit.ingestion.readers.opc import OfficePackage, R, Relation
from domainkit.ingestion.readers.pictures import Pictures
from domainkit.ingestion.readers.scripts import raised
from domainkit.ingestion.readers.tables import Cell, spread
from domainkit.ingestion.readers.titles import title_or
from domainkit.types import Document

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_BREAKS = {A + "br": "\n", A + "tab": "\t"}

_NUMBERED = re.compile(r"[-•–*]|\(?\d{1,3}[.)]\s")
_TITLES = ("title", "ctrTitle")
# What stands on every slide alike.
_FURNITURE = ("sldNum", "ftr", "dt", "hdr")
_LISTS = ("body", "obj", "")


class SlidesReader:
    """PowerPoint files of PowerPoint 2007 and later."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, a page a slide.

        Raises:
            IngestionError: when the file is damaged, or its slides hold no text.
        """
        package = OfficePackage(path)
        deck = _Deck(package)
        main = package.main()
        relations = package.relations(main)
        for entry in package.root(main).iter(f"{P}sldId"):
            relation = relations.get(entry.get(R + "id") or "")
            if relation is None:
                raise IngestionError("it lacks one of its slides")
            deck.slide(relation.target)
        title = title_or(package.title(), deck.builder.first_heading or path.stem)
        document = deck.builder.build(source=path.name, title=title, meta=deck.pictures.meta())
        if not document.text:
            raise IngestionError("none of its slides holds text")
        yield document


class _Deck:
    """Adds slide after slide to one document."""

    def __init__(self, package: OfficePackage) -> None:
        self.builder = TextBuilder()
        self.pictures = Pictures()
        self._package = package
        self._relations: dict[str, Relation] = {}

    def slide(self, part: str) -> None:
        """Add one slide: its title, what else it shows, and its notes."""
        self.builder.page()
        self._relations = self._package.relations(part)
        shapes = list(_shapes(self._package.root(part)))
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        for shape in titles:
            self.builder.heading(1, " ".join(_text(p) for p in shape.iter(A + "p")))
        for shape in shapes:
            if shape not in titles and _placeholder(shape) not in _FURNITURE:
                self._shape(shape)
        for relation in list(self._relations.values()):
            if relation.kind == "notesSlide":
                self._notes(relation.target)

    def _shape(self, shape: Any) -> None:
        if shape.tag == P + "pic":
            self._picture(shape)
        elif shape.tag == P + "sp":
            self.builder.block("\n".join(_lines(shape)))
        elif (table := shape.find(f".//{A}tbl")) is not None:
            self.builder.table(spread(_rows(table)))
        else:
            self._graphic(shape)

    def _picture(self, shape: Any) -> None:
        """Add what the author says of a picture, and what it says itself."""
        blip = shape.find(f".//{A}blip")
        relation = self._relations.get(blip.get(R + "embed") or "") if blip is not None else None
        text = self.pictures.text(self._package.bytes(relation.target)) if relation else ""
        self.builder.block("\n".join(filter(None, (_alternative(shape), text))))

    def _graphic(self, shape: Any) -> None:
        """Add a chart, a diagram, or the picture of an embedded object."""
        for node in shape.iter():
            relation = self._relations.get(node.get(R + "id") or node.get(R + "dm") or "")
            if relation is None:
                continue
            if relation.kind in ("chart", "chartEx"):
                caption, rows = chart_table(self._package.root(relation.target))
                self.builder.table(rows, caption=caption)
            elif relation.kind == "diagramData":
                self.builder.block("\n".join(diagram_lines(self._package.root(relation.target))))
        for picture in shape.iter(P + "pic"):
            self._picture(picture)

    def _notes(self, part: str) -> None:
        for shape in _shapes(self._package.root(part)):
            if _placeholder(shape) == "body":
                lines = [text for p in shape.iter(A + "p") if (text := _text(p))]
                if lines:
                    self.builder.block("\n".join(["Notes:", *lines]))


def _shapes(slide: Any) -> Iterator[Any]:
    """Yield the shapes of a slide, those of groups one by one."""
    tree = slide.find(f"{P}cSld/{P}spTree")
    waiting = list(tree)[::-1] if tree is not None else []
    while waiting:
        node = waiting.pop()
        if node.tag == P + "grpSp":
            waiting += list(node)[::-1]
        elif node.tag == _COMPATIBILITY + "AlternateContent":
            waiting += _alternatives(node)[::-1]
        elif node.tag in (P + "sp", P + "pic", P + "graphicFrame"):
            yield node


def _alternatives(node: Any) -> list[Any]:
    """Return the shapes of the alternative that says most: new programs' own, or the old one."""
    choices = [list(child) for child in node]
    return max(choices, key=lambda shapes: sum(len(_said(s)) for s in shapes), default=[])


def _said(node: Any) -> str:
    return "".join(node.itertext()).strip()


def _placeholder(shape: Any) -> str | None:
    """Return the kind of placeholder a shape fills; empty for a general one, None for none."""
    for node in shape.iterfind(f"{P}nvSpPr/{P}nvPr/{P}ph"):
        return str(node.get("type") or "")
    return None


def _alternative(shape: Any) -> str:
    """Return the words that stand for a picture, unless a program put its file's name there."""
    for node in shape.iter(P + "cNvPr"):
        words = " ".join(str(node.get("descr") or "").split())
        if words and title_or(words, ""):
            return f"[Picture: {words}]"
    return ""


def _lines(shape: Any) -> Iterator[str]:
    """Yield the paragraphs of a shape, those of lists with their bullets and numbers."""
    paragraphs = [(p, text) for p in shape.iter(A + "p") if (text := _text(p))]
    listed = _placeholder(shape) in _LISTS and len(paragraphs) > 1
    counts: dict[int, int] = defaultdict(int)
    for paragraph, text in paragraphs:
        properties = paragraph.find(A + "pPr")
        level = _depth(properties)
        kinds = (
            {child.tag.removeprefix(A) for child in properties}
            if properties is not None
            else set()
        )
        for deeper in [depth for depth in counts if depth > level]:
            del counts[deeper]
        mark = ""
        if "buAutoNum" in kinds:
            counts[level] += 1
            mark = f"{counts[level]}. "
        else:
            counts.pop(level, None)
            if (
                not _NUMBERED.match(text)
                and "buNone" not in kinds
                and (listed or kinds & {"buChar", "buBlip"})
            ):
                mark = "- "
        yield "  " * level + mark + text if mark else text


def _depth(properties: Any) -> int:
    level = str(properties.get("lvl")) if properties is not None else ""
    return int(level) if level.isdecimal() else 0


def _text(paragraph: Any) -> str:
    parts = []
    for node in paragraph.iter(A + "t", A + "br", A + "tab", M + "oMath"):
        if node.tag == A + "t":
            said = node.text or ""
            parts.append(raised(said) if _is_raised(node) else said)
        else:
            parts.append(formula(node) if node.tag == M + "oMath" else _BREAKS[node.tag])
    return "".join(parts).strip()


def _is_raised(text: Any) -> bool:
    for properties in text.itersiblings(A + "rPr", preceding=True):
        return str(properties.get("baseline") or "-").partition("%")[0].isdecimal()
    return False


def _rows(table: Any) -> list[list[Cell]]:
    """Return the cells of a table; what a merged cell covers says nothing."""
    return [
        [(" ".join(_text(p) for p in cell.iter(A + "p")), 1, 1) for cell in row.iterfind(A + "tc")]
        for row in table.iterfind(A + "tr")
    ]
