"""Says how truly files are read: PDF text, what is taken for furniture, OCR, profiles, scrambling.

    python benchmarks/fidelity.py [DATA [pdf|ocr|profiles ...]]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. The pages for
OCR are drawn from the project's own texts with the fonts DejaVu and Noto Sans CJK, and made as bad
as a scan: turned, blurred, speckled, compressed. Tables: `fidelity-pdf`, `fidelity-removed`,
`fidelity-ocr`, `fidelity-profiles`, `fidelity-scrambled`.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2
from rapidfuzz.distance import Levenshtein
from report import write
from scans import pages as scanned_pages
from scrambling import WAYS, fits

from domainkit.errors import DomainkitError
from domainkit.ingestion import scrambled
from domainkit.ingestion.explain import explain
from domainkit.ingestion.readers import layout, ocr
from domainkit.ingestion.readers.pdf import PdfReader
from domainkit.ingestion.text import tidy

COMMAND = "python benchmarks/fidelity.py"
# Read by eye, page by page: which of the removed lines say something that stands nowhere else.
CHECKED = ("BONTON", "KINGPHARMA", "Loop")
WORD = re.compile(r"[^\W\d_]{2,}")
CONTENT: frozenset[str] = frozenset()
# What the real files are, by folder, where all of one folder are of one kind.
KINDS = {"cuad": "contract", "laws": "statute", "medquad": "qa"}
# And files of other folders that are of a kind that has a profile.
FILES = {
    "docling/2206.01062.tif": "paper",
    "docling/pone.0234687.nxml": "paper",
    "unstructured/layout-parser-paper-fast.pdf": "paper",
    "unstructured/layout-parser-paper-fast.tiff": "paper",
    "tika/testPDF_bad_page_303226.pdf": "statute",  # 21 CFR part 1308
}
Table = tuple[str, list[dict[str, object]], list[str]]
READ_AS_NOTHING = ("plain", "web")


def main() -> None:
    given = Path(sys.argv[1]) if sys.argv[1:] else None
    data = given or Path(os.environ.get("DOMAINKIT_DATA", "../shared/data"))
    wanted = sys.argv[2:] or list(PARTS)
    for part in wanted:
        for name, rows, notes in PARTS[part](data):
            print(write(name, COMMAND, rows, notes), flush=True)


def _about_pdf(data: Path) -> Iterator[Table]:
    rows = list(_pdf(data))
    notes = [
        f"mean: token F1 {_mean(rows, 'token F1'):.4f}, "
        f"1 - normalised word edit distance {_mean(rows, 'word order'):.4f}",
        f"word order, numbers and single letters aside: mean {_mean(rows, 'numbers aside'):.4f}; "
        "the published texts of HealthcareIntegrated and MJBIOTECH have the numbers of their "
        "clauses at the end of each page, apart from the clauses, where we have them in place",
        "running heads kept, as the published text keeps them; a token is a run of \\w",
    ]
    yield "fidelity-pdf", rows, notes
    rows = list(_removed(data))
    yield "fidelity-removed", rows, list(_lost(data, rows))


def _about_ocr(_data: Path) -> Iterator[Table]:
    rows = list(_ocr())
    mean = _mean(rows, "characters right")
    notes = [f"mean {mean:.4f}; 1 - edit distance over characters, white space aside"]
    yield "fidelity-ocr", rows, notes


def _about_profiles(data: Path) -> Iterator[Table]:
    texts: dict[str, str] = {}
    rows = list(_profiles(data, texts))
    right = sum(row["read as"] == row["is"] for row in rows)
    notes = [
        f"{right} of {len(rows)} right",
        "files that were read as plain or web, and are nothing else, are not listed",
    ]
    yield "fidelity-profiles", rows, notes
    rows = list(_scrambled(texts))
    notes = [f"{len(texts)} real files as they are, and those with text enough in each way"]
    yield "fidelity-scrambled", rows, notes


def _mean(rows: list[dict[str, object]], name: str) -> float:
    return statistics.mean(float(str(row[name])) for row in rows)


def _pdf(data: Path) -> Iterator[dict[str, object]]:
    """Compare the contracts with their published text."""
    for path in sorted((data / "files" / "cuad").iterdir()):
        truth = data / "files_truth" / "cuad" / f"{path.stem}.txt"
        if not truth.is_file():
            continue
        (document,) = PdfReader(furniture=True).read(path)
        ours = re.findall(r"\w+", document.text)
        theirs = re.findall(r"\w+", truth.read_text("utf-8", errors="replace"))
        shared = sum((Counter(ours) & Counter(theirs)).values())
        words = [list(filter(WORD.fullmatch, text)) for text in (ours, theirs)]
        yield {
            "file": path.name[:60],
            "pages": len(document.pages),
            "token F1": round(2 * shared / (len(ours) + len(theirs)), 4),
            "word order": round(_alike(ours, theirs), 4),
            "numbers aside": round(_alike(*words), 4),
        }


def _alike(ours: list[str], theirs: list[str]) -> float:
    return 1 - Levenshtein.distance(ours, theirs) / max(len(ours), len(theirs))


def _pages(data: Path, name: str) -> list[str]:
    (path,) = (p for p in (data / "files" / "cuad").iterdir() if p.name.startswith(name))
    with closing(pypdfium2.PdfDocument(path)) as pdf:
        return [tidy(page.get_textpage().get_text_range()) for page in pdf]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.split()))


def _removed(data: Path) -> Iterator[dict[str, object]]:
    """List what is taken out of three files, and whether it says anything."""
    for name in CHECKED:
        pages = _pages(data, name)
        gone: Counter[str] = Counter()
        for before, after in zip(pages, layout.without_furniture(pages), strict=True):
            lines = Counter(before.split("\n")) - Counter(after.split("\n"))
            for line, times in lines.items():
                gone[_shape(line)] += times
        for shape, times in gone.most_common():
            kept = "content" if shape in CONTENT else "furniture"
            yield {"file": name, "removed": shape, "times": times, "by eye": kept}


def _lost(data: Path, rows: list[dict[str, object]]) -> Iterator[str]:
    for name in CHECKED:
        words = sum(len(re.findall(r"\w+", page)) for page in _pages(data, name))
        lost = sum(
            len(re.findall(r"\w+", str(row["removed"]))) * int(str(row["times"]))
            for row in rows
            if row["file"] == name and row["by eye"] == "content"
        )
        yield f"{name}: {lost} of {words} words lost ({100 * lost / words:.2f} %)"


def _ocr() -> Iterator[dict[str, object]]:
    reader = ocr.shared()
    for page in scanned_pages():
        said = "".join(reader.read(page.picture).text.split())
        truth = "".join(page.text.split())
        right = 1 - Levenshtein.distance(said, truth) / max(len(said), len(truth))
        yield {
            "page": page.name,
            "language": page.language,
            "characters": len(truth),
            "characters right": round(right, 4),
        }


def _profiles(data: Path, texts: dict[str, str]) -> Iterator[dict[str, object]]:
    """Compare the profile that reads each real file with what the file is."""
    for path in sorted((data / "files").glob("*/*")):
        name = path.relative_to(data / "files").as_posix()
        is_ = FILES.get(name) or KINDS.get(path.parent.name) or "plain"
        try:
            explained = explain(path)
        except DomainkitError:
            continue
        if not explained or not explained[0].passages:
            continue
        texts[name] = "\n".join(one.document.text for one in explained)
        read = explained[0].recognition
        if is_ == "plain" and read.profile.name in READ_AS_NOTHING:
            continue
        yield {
            "file": name[:70],
            "is": is_,
            "read as": read.profile.name,
            "confidence": round(read.confidence, 2),
            "passages": len(explained[0].passages),
        }


def _scrambled(texts: dict[str, str]) -> Iterator[dict[str, object]]:
    flagged = sum(bool(scrambled.signs(text)) for text in texts.values())
    yield {"way": "as it is", "files": len(texts), "flagged": flagged}
    for name, (way, kind) in WAYS.items():
        fitting = [text for text in texts.values() if fits(text, kind)]
        found = sum(bool(scrambled.signs(way(text))) for text in fitting)
        yield {"way": name, "files": len(fitting), "flagged": found}


PARTS = {"pdf": _about_pdf, "ocr": _about_ocr, "profiles": _about_profiles}

if __name__ == "__main__":
    main()
