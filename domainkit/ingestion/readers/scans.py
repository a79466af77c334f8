"""Pages of a PDF that are pictures of text: told from those with a text layer, and read by OCR."""

from __future__ import annotations

import re
from typing import Any

from domainkit.errors import IngestionError, MissingExtra
from domainkit.ingestion.readers import ocr

_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")
# A page of which so much has no character behind it is noise: its fonts lack their maps.
_UNMAPPED_SHARE = 0.3
# A text layer so short over a picture of the whole page is a stamp or a page number.
_STAMP = 150
_WHOLE_PAGE = 0.6
# What pdfium calls the kinds of things that are drawn on a page.
_PATH, _IMAGE, _SHADING, _FORM = 2, 3, 4, 5
_DEEPEST = 4


class Scans:
    """Reads the pages of one PDF that need OCR, and keeps count of them."""

    def __init__(self) -> None:
        self._read: list[int] = []
        self._unread: list[int] = []
        self._unmapped: list[int] = []
        self._damaged: list[int] = []
        self._pictures = 0
        self._lines = 0
        self._illegible = 0

    def refusal(self, pages: int) -> IngestionError:
        """Return why none of the ``pages`` of the PDF says anything."""
        where = "its page" if pages == 1 else f"any of its {pages} pages"
        if self._unmapped or self._unread:
            why = "no text layer" if self._unread else "no characters behind the letters it shows"
            return IngestionError(
                f"the PDF has {why} on {where}; OCR needed", hint="pip install 'domainkit[ocr]'"
            )
        if self._damaged:
            return IngestionError(f"{len(self._damaged)} of its {pages} pages are damaged")
        if not self._pictures:
            return IngestionError(f"there is nothing on {where}", hint="it is blank, or damaged")
        return IngestionError(f"OCR finds no text on {where}", hint="it shows pictures alone")

    def text(self, number: int, page: Any, layer: str) -> str:
        """Return the text of a page: its text layer, or what OCR reads where that is needed.

        Args:
            number: the page's, from 1.
            page: a page of pypdfium2.
            layer: the text layer of the page.
        """
        unmapped = is_unmapped(layer)
        if not unmapped and not _is_picture(page, layer):
            return layer
        self._pictures += 1
        try:
            reading = ocr.shared().read(_rendered(page))
        except MissingExtra:
            (self._unmapped if unmapped else self._unread).append(number)
            return "" if unmapped else layer
        self._lines += reading.lines
        self._illegible += reading.illegible
        if not reading.text:
            return "" if unmapped else layer
        self._read.append(number)
        return reading.text

    def damaged(self, number: int) -> str:
        """Note that a page cannot be loaded; return its text, which is none."""
        self._damaged.append(number)
        return ""

    def meta(self) -> dict[str, str]:
        """Return which pages OCR read, and what it could not."""
        meta = {
            "pages_by_ocr": _listed(self._read),
            "pages_without_text": _listed([*self._unread, *self._unmapped]),
            "pages_damaged": _listed(self._damaged),
        }
        if self._illegible:
            meta["illegible_lines"] = f"{self._illegible} of {self._lines}"
        return {key: value for key, value in meta.items() if value}


def is_unmapped(layer: str) -> bool:
    """Return whether a text layer is noise, since its fonts do not name their characters."""
    return len(_UNMAPPED.findall(layer)) > _UNMAPPED_SHARE * len(layer)


def _is_picture(page: Any, layer: str) -> bool:
    """Return whether a page shows more than its text layer says."""
    said = len("".join(layer.split()))
    if said > _STAMP:
        return False
    width, height = page.get_size()
    covered = 0.0
    for drawn in page.get_objects(max_depth=_DEEPEST):
        if not said and drawn.type in (_PATH, _IMAGE, _SHADING):
            return True
        if drawn.type == _IMAGE:
            left, bottom, right, top = drawn.get_bounds()
            covered = max(covered, abs((right - left) * (top - bottom)))
    return bool(covered >= _WHOLE_PAGE * width * height)


def _rendered(page: Any) -> Any:
    """Return a page as a picture, as large as OCR reads it best."""
    scale = ocr.LONGEST_SIDE / max(*page.get_size(), 1.0)
    return page.render(scale=scale).to_pil()


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
