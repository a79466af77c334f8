"""How alike texts are: with edits, in other formats, and texts that have nothing to do.

    python benchmarks/alike.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Its contracts,
statutes and question-and-answer pages are compared, with the packs and the examples. The threshold
in `domainkit/store/sketches.py` stands on this.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path

import numpy as np
from report import write

from domainkit.ingestion import ingest
from domainkit.store import Store, sketches

ROOT = Path(__file__).parents[1]
SHARES = (0.005, 0.01, 0.02, 0.05)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_UNITS = re.compile(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+|\s+")


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    texts = {name: text for name, text in _texts(data) if sketches.sketch(text) is not None}
    print(write("alike", "python benchmarks/alike.py", list(_rows(texts)), _nearest(texts)))


def _texts(data: Path) -> Iterator[tuple[str, str]]:
    folders = [data / "files" / name for name in ("cuad", "laws", "medquad")]
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        with closing(Store.open(base / "store.sqlite", create=True)) as store:
            ingest([*folders, ROOT / "domains", ROOT / "examples"], store, base=base)
            for document in store.documents():
                yield document.source, store.document(document.id).text


def _rows(texts: dict[str, str]) -> Iterator[dict[str, object]]:
    chance = random.Random(1)  # noqa: S311 (a measurement, no secret)
    for share in SHARES:
        found: dict[str, list[float]] = {"en": [], "zh": []}
        for text in texts.values():
            language = "zh" if len(_HAN.findall(text)) > len(text) / 3 else "en"
            other = _edited(text, share, chance)
            found[language].append(sketches.compare(text, other).likeness)
        for language, values in found.items():
            yield {
                "replaced": f"{share:.1%} of the {'words' if language == 'en' else 'characters'}",
                "language": language,
                "texts": len(values),
                "alike, mean": round(statistics.mean(values), 3),
                "5th percentile": round(float(np.percentile(values, 5)), 3),
                "linked": f"{sum(v >= sketches.ALIKE for v in values)} of {len(values)}",
            }


def _edited(text: str, share: float, chance: random.Random) -> str:
    """Return ``text`` with a share of its words, or Chinese characters, replaced by others."""
    units = _UNITS.findall(text)
    words = [unit for unit in units if unit.strip()]
    return "".join(
        chance.choice(words) if unit.strip() and chance.random() < share else unit
        for unit in units
    )


def _nearest(texts: dict[str, str]) -> list[str]:
    """Return the most alike pairs, as notes."""
    made = {name: sketches.sketch(text) for name, text in texts.items()}
    near = [
        (sketches.compare(texts[one], texts[other]).likeness, one, other)
        for one, other in combinations(texts, 2)
        if np.mean(made[one] == made[other]) > 0.1
    ]
    pairs = [
        f"{likeness:.3f}: {one} and {other}" for likeness, one, other in sorted(near)[:-13:-1]
    ]
    return [f"{len(texts)} texts; the most alike pairs:", *pairs]


if __name__ == "__main__":
    main()
