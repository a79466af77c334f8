"""Reads the pictures inside documents by OCR: a scan pasted into Word, a screenshot on a slide."""

from __future__ import annotations

import hashlib
import io
from collections import Counter

from domainkit.errors import IngestionError, MissingExtra
from domainkit.ingestion.readers import ocr
from domainkit.ingestion.readers.image import ImageReader

# What is smaller, in pixels, is an icon or an ornament.
_LEAST_SIDE = 24
_LEAST_AREA = 4_000
# OCR takes a second or more a picture; a document of more pictures says how many were left out.
_MOST = 200
_READ = "read"


class Pictures:
    """Reads the pictures of one document, each once however often it is shown."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def text(self, data: bytes) -> str:
        """Return what the picture in ``data`` says; empty when it says nothing legible."""
        name = hashlib.sha256(data).hexdigest()
        if name not in self._texts:
            self._texts[name] = self._read(data)
        return self._texts[name]

    def meta(self) -> dict[str, str]:
        """Return how many pictures OCR read, and which were left out and why."""
        left = (f"{count} {why}" for why, count in self._counts.items() if why != _READ)
        meta = {
            "pictures_by_ocr": str(self._counts[_READ] or ""),
            "pictures_unread": "; ".join(left),
        }
        return {key: value for key, value in meta.items() if value}

    def _read(self, data: bytes) -> str:
        if self._counts.total() >= _MOST:
            self._counts[f"beyond the first {_MOST}"] += 1
            return ""
        try:
            for picture in ImageReader().pictures(io.BytesIO(data)):
                width, height = picture.size
                if min(width, height) < _LEAST_SIDE or width * height < _LEAST_AREA:
                    return ""
                reading = ocr.shared().read(picture)
                self._counts[_READ] += bool(reading.text)
                return reading.text
        except MissingExtra:
            self._counts["since OCR is not installed"] += 1
        except IngestionError:
            self._counts["of a format that is not known"] += 1
        return ""
