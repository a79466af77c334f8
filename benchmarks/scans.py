"""Draws ten pages of the project's own texts and of statutes, and makes them as bad as a scan."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont

_LATIN = Path("/usr/share/fonts/truetype/dejavu")
_HAN = Path("/usr/share/fonts/opentype/noto")
_SIZE = (1654, 2339)  # A4 at 200 dpi
_MARGIN = 170
_KNOWLEDGE = Path(__file__).parents[1] / "domains" / "legal" / "knowledge"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a picture, and what it says."""

    name: str
    language: str
    text: str
    picture: Any


_EN, _ZH = "osterhaven-tenancies-code.md", "lanting-consumer-code.md"

# Source, font, size in pixels, degrees of turn, blur, share of specks, quality of the JPEG.
_PAGES = (
    ("en clean", _EN, 0, "DejaVuSerif.ttf", 34, 0.0, 0.0, 0.0, 90),
    ("en turned", _EN, 40, "DejaVuSans.ttf", 32, 0.8, 0.6, 0.0, 70),
    ("en specks", _EN, 90, "DejaVuSerif.ttf", 32, 0.3, 0.6, 0.002, 60),
    ("en small", "osterhaven-act-9-of-2024.md", 0, "DejaVuSans.ttf", 24, -0.5, 0.5, 0.0, 60),
    ("en typed", "osterhaven-act-17-of-2022.md", 0, "DejaVuSansMono.ttf", 30, 0.5, 0.8, 0.001, 50),
    ("zh clean", _ZH, 0, "NotoSerifCJK-Regular.ttc", 40, 0.0, 0.0, 0.0, 90),
    (
        "zh turned",
        _ZH,
        25,
        "NotoSansCJK-Regular.ttc",
        38,
        0.8,
        0.6,
        0.0,
        70,
    ),
    (
        "zh specks",
        _ZH,
        50,
        "NotoSerifCJK-Regular.ttc",
        38,
        0.3,
        0.6,
        0.002,
        60,
    ),
    (
        "zh small",
        _ZH,
        60,
        "NotoSansCJK-Regular.ttc",
        28,
        -0.5,
        0.5,
        0.0,
        60,
    ),
    (
        "zh bold",
        "lanting-amendment-9-of-2023.md",
        0,
        "NotoSansCJK-Bold.ttc",
        36,
        0.5,
        0.8,
        0.001,
        50,
    ),
)


def pages() -> Iterator[Page]:
    """Yield ten pages, five English and five Chinese, from clean to bad."""
    for name, source, first, font, size, *damage in _PAGES:
        folder = _HAN if "CJK" in font else _LATIN
        face = ImageFont.truetype(str(folder / font), size)
        text, picture = _drawn(_lines(source)[first:], face, size)
        yield Page(f"{name} ({source})", name[:2], text, _damaged(picture, *damage))


def _lines(source: str) -> list[str]:
    """Return the paragraphs of a text as a page shows them."""
    body = (_KNOWLEDGE / source).read_text(encoding="utf-8").split("---\n", 2)[2]
    return [re.sub(r"^#+ ", "", line) for line in body.split("\n") if line.strip()]


def _drawn(paragraphs: list[str], face: Any, size: int) -> tuple[str, Any]:
    """Draw as many lines as fit; return what they say and the page."""
    page = Image.new("L", _SIZE, 255)
    draw = ImageDraw.Draw(page)
    said, top = [], _MARGIN
    for paragraph in paragraphs:
        for line in _wrapped(paragraph, face):
            if top > _SIZE[1] - _MARGIN - size:
                return "\n".join(said), page
            draw.text((_MARGIN, top), line, font=face, fill=20)
            said.append(line)
            top += round(size * 1.5)
        top += round(size * 0.7)
    return "\n".join(said), page


def _wrapped(text: str, face: Any) -> Iterator[str]:
    line = ""
    for piece in re.findall(r"[\u3000-\uffef]|[^\s\u3000-\uffef]+\s*|\s+", text):
        if line and face.getlength(line + piece.rstrip()) > _SIZE[0] - 2 * _MARGIN:
            yield line.rstrip()
            line = ""
        line += piece
    if line.strip():
        yield line.rstrip()


def _damaged(page: Any, turn: float, blur: float, specks: float, quality: int) -> Any:
    """Return the page as a bad scanner gives it."""
    chance = random.Random(7)  # noqa: S311
    page = page.rotate(turn, resample=Image.Resampling.BICUBIC, fillcolor=255)
    page = page.filter(ImageFilter.GaussianBlur(blur))
    points = page.load()
    for _ in range(round(specks * _SIZE[0] * _SIZE[1])):
        points[chance.randrange(_SIZE[0]), chance.randrange(_SIZE[1])] = chance.choice((0, 255))
    stored = io.BytesIO()
    page.save(stored, "JPEG", quality=quality)
    return Image.open(stored).convert("RGB")
