"""Stands in for OCR in the processes that read files.

OCR takes seconds a page, and has tests and figures of its own.
"""

from __future__ import annotations

from typing import Any

from domainkit.ingestion import workers
from domainkit.ingestion.readers import ocr

# What starts a reading process that has this double.
START = workers._START.replace("from ", f"import {__name__}; {__name__}.install(); from ", 1)


class QuickOcr:
    def read(self, picture: Any) -> ocr.Reading:
        return ocr.Reading(f"A picture of {picture.size} pixels.", 1, 0)


def install() -> None:
    ocr.shared = QuickOcr  # type: ignore[assignment]
