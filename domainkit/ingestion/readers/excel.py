"""Reads Excel workbooks (xlsx of 2007 and later, xls back to Excel 95): each sheet a section."""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion import archives
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.cell_values import shown
from domainkit.ingestion.readers.opc import OfficePackage, R, Relation, transitional
from domainkit.ingestion.readers.pictures import Pictures
from domainkit.ingestion.readers.sheets import add_sheet
from domainkit.ingestion.readers.titles import title_or
from domainkit.types import Document

_PURPOSE = "reading Excel files"
_OLD = b"\xd0\xcf\x11\xe0"
# A formula whose result no program has worked out and stored.
_UNCOMPUTED = re.compile(rb"</f>\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_XLS_DATE, _XLS_BOOLEAN, _XLS_ERROR = 3, 4, 5
_THREADED = re.compile(r"^\[Threaded comment\].*?Comment:\s*", re.DOTALL)


class ExcelReader:
    """Excel workbooks: the sheets in order, then what is drawn, pictured or noted on each."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``.

        Raises:
            IngestionError: when the workbook is damaged or encrypted, or its sheets are empty.
        """
        builder, pictures = TextBuilder(), Pictures()
        with path.open("rb") as file:
            old = file.read(len(_OLD)) == _OLD
        titled = _xls(path, builder) if old else _Xlsx(path).add_to(builder, pictures)
        title = title_or(titled, path.stem)
        document = builder.build(source=path.name, title=title, meta=pictures.meta())
        if not document.text:
            raise IngestionError("its sheets are empty")
        yield document


class _Xlsx:
    """A workbook of Excel 2007 and later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._package = OfficePackage(path)
        main = self._package.main()
        relations = self._package.relations(main)
        self._strict = b"purl.oclc.org" in self._package.bytes(main)
        self._parts = {
            sheet.get("name") or "": relations[sheet.get(R + "id")].target
            for sheet in self._package.root(main).iter("{*}sheet")
            if sheet.get(R + "id") in relations
        }

    def add_to(self, builder: TextBuilder, pictures: Pictures) -> str:
        """Add every sheet, then what is noted and drawn on it; return the workbook's title."""
        book = self._opened(values=True)
        formulas = self._opened(values=False) if self._uncomputed() else book
        for sheet in book.worksheets:
            add_sheet(builder, sheet.title, _grid(sheet, formulas[sheet.title]))
            for note in _notes(sheet):
                builder.block(note)
            for relation in self._related(self._parts.get(sheet.title, "")):
                if relation.kind == "drawing":
                    self._drawing(builder, pictures, relation.target)
        return book.properties.title or ""

    def _opened(self, *, values: bool) -> Any:
        openpyxl: Any = load("openpyxl", needed_for=_PURPOSE)
        # Opened by path, it would go by the file's name.
        strict = self._strict
        source = transitional(self._path) if strict else io.BytesIO(self._path.read_bytes())
        # What openpyxl raises for parts that are missing or make no sense.
        unclear = (KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError)
        broken = (*archives.BROKEN, *unclear)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions it does not keep when it saves
            try:
                return openpyxl.load_workbook(source, data_only=values)
            except broken as error:
                raise IngestionError(f"the workbook is damaged ({error})") from error

    def _uncomputed(self) -> bool:
        sheets = self._parts.values()
        return any(_UNCOMPUTED.search(self._package.bytes(sheet)) for sheet in sheets)

    def _related(self, part: str) -> Iterable[Relation]:
        return self._package.relations(part).values()

    def _drawing(self, builder: TextBuilder, pictures: Pictures, part: str) -> None:
        """Add the text boxes and the pictures drawn on a sheet."""
        for paragraph in self._package.root(part).iter("{*}txBody"):
            builder.block("\n".join("".join(p.itertext()) for p in paragraph.iter("{*}p")))
        for relation in self._related(part):
            if relation.kind == "image":
                builder.block(pictures.text(self._package.bytes(relation.target)))


def _grid(sheet: Any, told: Any) -> list[list[str]]:
    """Return the text of a sheet's cells; a formula without a result stands for itself."""
    return [
        [
            shown(cell.value if cell.value is not None else other.value, cell.number_format)
            for cell, other in zip(row, others, strict=True)
        ]
        for row, others in zip(sheet.iter_rows(), told.iter_rows(), strict=True)
    ]


def _notes(sheet: Any) -> Iterator[str]:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None:
                said = _THREADED.sub("", cell.comment.text or "")
                yield f"Note on {cell.coordinate}: {' '.join(said.split())}"


def _xls(path: Path, builder: TextBuilder) -> str:
    """Add every sheet of a workbook of before 2007; return its title."""
    xlrd: Any = load("xlrd", needed_for=_PURPOSE)
    # What xlrd raises for records that are cut off or make no sense.
    unclear = (KeyError, ValueError, IndexError, AssertionError, AttributeError, TypeError)
    broken = (*unclear, struct.error, OverflowError)
    try:
        book = xlrd.open_workbook(path, formatting_info=True, logfile=io.StringIO())
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, *broken) as error:
        if "encrypted" in str(error):
            raise IngestionError("it is encrypted", hint="--password - asks for it") from error
        raise IngestionError(f"the workbook is damaged ({error})") from error
    for sheet in book.sheets():
        grid = [[_xls_cell(xlrd, book, cell) for cell in sheet.row(n)] for n in range(sheet.nrows)]
        width = max(map(len, grid), default=0)
        add_sheet(builder, sheet.name, [row + [""] * (width - len(row)) for row in grid])
        for (row, column), note in sorted(sheet.cell_note_map.items()):
            place = f"{xlrd.colname(column)}{row + 1}"
            builder.block(f"Note on {place}: {' '.join(note.text.split())}")
    return ""


def _xls_cell(xlrd: Any, book: Any, cell: Any) -> str:
    form = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    if cell.ctype == _XLS_DATE:
        try:
            return shown(xlrd.xldate_as_datetime(cell.value, book.datemode), form)
        except (ValueError, OverflowError):
            return shown(cell.value)  # no day of the calendar: shown as the number it is
    if cell.ctype == _XLS_BOOLEAN:
        return shown(bool(cell.value))
    if cell.ctype == _XLS_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
    return shown(cell.value, "General" if form.upper() == "GENERAL" else form)
