"""Reads pictures and scans (png, jpeg, tiff, bmp, gif, webp, heic) by OCR."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion.readers import ocr
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.layout import flow
from domainkit.types import Document

# An A0 poster scanned at 300 dpi has 140 million pixels.
_MOST_PIXELS = 200_000_000
_PURPOSE = "reading pictures"
# Formats whose further frames are pages; in others they are an animation or a thumbnail.
_PAGED = ("TIFF",)
_AGAIN = "scan or save it again as png"


class ImageReader:
    """Pictures of text. Each page of a tiff file is a page."""

    def __init__(self) -> None:
        self._pillow: Any = load("PIL.Image", needed_for=_PURPOSE)
        self._ops: Any = load("PIL.ImageOps", needed_for=_PURPOSE)
        load("pi_heif", needed_for=_PURPOSE).register_heif_opener()

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, with what OCR could not read in its ``meta``.

        Raises:
            IngestionError: when the picture is damaged, too large, or shows no legible text.
            MissingExtra: when the OCR is not installed.
        """
        readings = [ocr.shared().read(picture) for picture in self.pictures(path)]
        builder = TextBuilder()
        for text in flow(reading.text for reading in readings):
            builder.page()
            builder.block(text)
        meta = {"pages_by_ocr": ", ".join(str(n) for n in range(1, len(readings) + 1))}
        lines = sum(reading.lines for reading in readings)
        illegible = sum(reading.illegible for reading in readings)
        if illegible:
            meta["illegible_lines"] = f"{illegible} of {lines}"
        document = builder.build(source=path.name, title=path.stem, meta=meta)
        if not document.text:
            raise IngestionError(
                "OCR finds no text that it can read in the picture",
                hint="it shows none, or not in Chinese, Japanese or the Latin alphabet",
            )
        yield document

    def pictures(self, file: Any) -> Iterator[Any]:
        """Yield the pages of a picture file as Pillow images, upright and without transparency.

        Args:
            file: a path, or an open binary file.

        Raises:
            IngestionError: when the picture is damaged or too large.
        """
        # What Pillow raises for damaged files of its many formats.
        broken = (
            SyntaxError,
            ValueError,
            EOFError,
            IndexError,
            self._pillow.DecompressionBombError,
        )
        try:
            with self._quietly(), self._pillow.open(file) as picture:
                frames = getattr(picture, "n_frames", 1) if picture.format in _PAGED else 1
            for number in range(frames):
                yield self._frame(file, number)
        except FileNotFoundError:
            raise
        except self._pillow.UnidentifiedImageError as error:
            raise IngestionError("the picture is damaged", hint=_AGAIN) from error
        except (OSError, *broken) as error:
            raise IngestionError(f"the picture is damaged ({error})", hint=_AGAIN) from error

    def _frame(self, file: Any, number: int) -> Any:
        with self._quietly(), self._pillow.open(file) as picture:
            picture.seek(number)
            _check(picture)
            return self._plain(picture)

    @staticmethod
    @contextmanager
    def _quietly() -> Iterator[None]:
        """Keep Pillow's warnings of odd metadata to itself; great size is judged here."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield

    def _plain(self, picture: Any) -> Any:
        """Return a picture as its viewer shows it: turned as the camera says, on white."""
        turned = self._ops.exif_transpose(picture)
        if turned.mode.startswith(("I", "F")):  # 16 bits or more a pixel
            low, high = turned.getextrema()
            scale = 255.0 / max(high - low, 1)
            return turned.point(lambda value: value * scale - low * scale).convert("RGB")
        if "A" in turned.getbands() or "transparency" in turned.info:
            clear = turned.convert("RGBA")
            white = self._pillow.new("RGBA", clear.size, "white")
            return self._pillow.alpha_composite(white, clear).convert("RGB")
        return turned.convert("RGB")


def _check(picture: Any) -> None:
    width, height = picture.size
    if width * height > _MOST_PIXELS:
        raise IngestionError(
            f"the picture has {width:,} × {height:,} pixels, more than {_MOST_PIXELS:,}",
            hint="save it smaller",
        )
