"""Tells Chinese from English by script."""

from __future__ import annotations

import re
from typing import Literal

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")

# A Chinese text that quotes drug names and units still has more Han characters than this share
# of its words; an English text that quotes a Chinese name has fewer.
_HAN_SHARE = 0.3


def detect(text: str) -> Literal["en", "zh"]:
    """Return ``zh`` when Han characters are at least 0.3 of Han characters and Latin words."""
    sample = text[:20_000]
    han = len(_HAN.findall(sample))
    if not han:
        return "en"
    latin = len(_LATIN_WORD.findall(sample))
    return "zh" if han / (han + latin) >= _HAN_SHARE else "en"
