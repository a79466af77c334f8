"""Reads the text of pictures: RapidOCR finds and reads lines, ``ocr_layout`` puts them in order.

The models (PP-OCRv6 small, Apache-2.0) ship in RapidOCR's wheel and are opened by path, so nothing
is ever fetched. They read Chinese, Japanese and the Latin alphabet, mixed on one page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from domainkit.errors import MissingExtra
from domainkit.extras import load
from domainkit.ingestion import limits
from domainkit.ingestion.readers.ocr_layout import Line, page_text

_PURPOSE = "reading scans and pictures"
_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
# The longest side, in pixels, at which a page is read. Below the least, lines are lost on pages
# of small print; above the most, spaces are. A picture is enlarged at most twice.
LONGEST_SIDE = 2000
_LEAST_SIDE = 1600
_ENLARGED = 2.0
_BICUBIC = 3  # Pillow's number for it
# A line read with less confidence is taken for texture, or for a script the models do not know.
_LEAST_SCORE = 0.6
# A single letter is a mark on a picture.
_LEAST_TEXT = 2
# So many of the largest lines are asked which way up they stand, and how far they lean.
_ASKED = 7
_ASKED_WIDTH = 4
# A line at least so many times as high as wide runs down or up the page.
_UPRIGHT = 1.5

Quad = list[tuple[float, float]]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """The text of a picture, and how many of its lines were found and could not be read."""

    text: str = ""
    lines: int = 0
    illegible: int = 0


class Ocr:
    """Reads pictures. Making one opens the models, which takes a second or two; see ``shared``."""

    def __init__(self) -> None:
        rapidocr: Any = load("rapidocr", needed_for=_PURPOSE)
        load("openvino", needed_for=_PURPOSE)
        params: dict[str, Any] = {
            "Global.log_level": "error",
            "Global.max_side_len": LONGEST_SIDE,
            "Global.text_score": 0.0,  # those below the least are counted here
        }
        for part, name in _MODELS.items():
            params[f"{part}.engine_type"] = rapidocr.EngineType.OPENVINO
            params[f"{part}.model_path"] = _model(Path(rapidocr.__file__).parent, name)
        self._engine = rapidocr.RapidOCR(params=params)

    def read(self, picture: Any) -> Reading:
        """Return what a picture says, in reading order, its tables as Markdown.

        Args:
            picture: a Pillow image, any way up.
        """
        limits.alive()
        pixels = np.asarray(_enlarged(picture.convert("RGB")))[:, :, ::-1]
        found = self._engine(pixels, use_det=True, use_cls=False, use_rec=True)
        if found.boxes is not None and self._is_upside_down(pixels, found.boxes):
            pixels = np.ascontiguousarray(np.rot90(pixels, 2))
            found = self._engine(pixels, use_det=True, use_cls=False, use_rec=True)
        if found.boxes is None or not len(found.boxes):
            return Reading()
        legible = [
            ([(float(x), float(y)) for x, y in box], " ".join(text.split()))
            for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
            if score >= _LEAST_SCORE
        ]
        quads = _upright([quad for quad, _ in legible])
        lines = [Line(text, *_box(quad)) for quad, (_, text) in zip(quads, legible, strict=True)]
        if sum(map(str.isalnum, "".join(line.text for line in lines))) < _LEAST_TEXT:
            return Reading("", len(found.boxes), len(found.boxes))
        return Reading(page_text(lines), len(found.boxes), len(found.boxes) - len(lines))

    def _is_upside_down(self, pixels: Any, found: Any) -> bool:
        """Return whether a page stands on its head, or lies on the wrong side.

        The classifier that tells which way up a line stands is asked for the largest ones.
        """
        boxes = _largest([[(float(x), float(y)) for x, y in quad] for quad in found])
        along = _is_along(boxes)
        ways = [self._way_up(pixels, box, along=along) for box in boxes if _is_tall(box) == along]
        return ways.count("180") * 2 > len(ways)

    def _way_up(self, pixels: Any, box: Box, *, along: bool) -> str:
        left, top, right, bottom = (max(0, int(edge)) for edge in box)
        cut = pixels[top : bottom + 1, left : right + 1]
        cut = np.ascontiguousarray(np.rot90(cut) if along else cut)
        # The classifier squeezes what is wider than four heights, and then guesses.
        cut = np.ascontiguousarray(cut[:, : _ASKED_WIDTH * cut.shape[0]])
        asked = self._engine(cut, use_det=False, use_cls=True, use_rec=False)
        return str(asked.cls_res[0][0])


def _upright(quads: Sequence[Quad]) -> list[Quad]:
    """Return where the lines stand once the page is turned the right way up and level.

    Columns of vertical writing, which run from the right to the left, turn like a page that lies
    on its side: the first column comes out topmost.
    """
    if _is_along(_largest(quads)):
        quads = [[(y, -x) for x, y in quad] for quad in quads]
    return _level(quads)


def _largest(quads: Sequence[Quad]) -> list[Box]:
    return sorted(map(_box, quads), key=_area, reverse=True)[:_ASKED]


def _is_along(boxes: Sequence[Box]) -> bool:
    """Return whether the lines run along the page's height."""
    return sum(map(_is_tall, boxes)) * 2 > len(boxes)


@cache
def shared() -> Ocr:
    """Return the one ``Ocr`` of this process.

    Raises:
        MissingExtra: when a library it needs is not installed.
    """
    return Ocr()


def _model(package: Path, name: str) -> str:
    path = package / "models" / name
    if not path.is_file():
        raise MissingExtra(
            f"{_PURPOSE} needs the model {name}, which the installed rapidocr does not ship",
            hint="pip install --force-reinstall 'domainkit[ocr]'",
        )
    return str(path)


def _enlarged(picture: Any) -> Any:
    factor = min(_ENLARGED, _LEAST_SIDE / max(picture.size))
    if factor <= 1.0:
        return picture
    return picture.resize([round(side * factor) for side in picture.size], resample=_BICUBIC)


def _level(quads: Sequence[Quad]) -> list[Quad]:
    """Return the lines turned back by as much as the largest of them lean."""
    largest = sorted(quads, key=lambda quad: _area(_box(quad)), reverse=True)[:_ASKED]
    lean = median(map(_lean, largest)) if largest else 0.0
    cosine, sine = math.cos(lean), math.sin(lean)
    return [[(x * cosine + y * sine, y * cosine - x * sine) for x, y in quad] for quad in quads]


def _lean(quad: Quad) -> float:
    """Return by what angle the longer sides of a line lean."""
    sides = zip(quad, [*quad[1:], quad[0]], strict=True)
    (x, y), (to_x, to_y) = max(sides, key=lambda side: math.dist(*side))
    angle = math.atan2(to_y - y, to_x - x)
    return (angle + math.pi / 2) % math.pi - math.pi / 2


def _box(quad: Quad) -> Box:
    across, down = [x for x, _ in quad], [y for _, y in quad]
    return min(across), min(down), max(across), max(down)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _is_tall(box: Box) -> bool:
    return box[3] - box[1] >= _UPRIGHT * (box[2] - box[0])
