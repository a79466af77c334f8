"""Reads the real files and records, and says what became of each, how fast and how truly.

    python benchmarks/ingestion.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Times are the
median of three runs. Two tables are written: `ingestion` (by set) and `ingestion-files` (what was
not read, and why).
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from report import write

from domainkit.ingestion import Report, ingest
from domainkit.ingestion.explain import explain
from domainkit.ingestion.readers.pdf import PdfReader
from domainkit.store import Store

RUNS = 3
COMMAND = "python benchmarks/ingestion.py"
ARTICLE = re.compile(
    r"^第[零〇一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?[ 　]", re.M
)
SECTION = re.compile(r"^#### (§ \d+[A-Z]?)\b", re.M)


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    files = data / "files"
    rows = [_set(files / name) for name in ("medquad", "cuad", "laws")]
    rows += [_set(data / "bench" / name / "corpus.jsonl") for name in ("scifact", "stard_zh")]
    rows.append(_set(files))
    notes = [
        f"seconds: median of {RUNS} runs into a new store; again: the same without a change",
        "an error that is no refusal would have ended the run",
        *_fidelity(data),
        *_speed(files / "cuad"),
        *_segmentation(files / "laws"),
    ]
    print(write("ingestion", COMMAND, rows, notes))
    print(write("ingestion-files", COMMAND, list(_not_read(files)), ["every other file was read"]))


@contextmanager
def _store() -> Iterator[tuple[Store, Path]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store.open(Path(folder) / "store.sqlite", create=True)) as store,
    ):
        yield store, Path(folder)


def _set(path: Path) -> dict[str, object]:
    first, again = [], []
    for _ in range(RUNS):
        with _store() as (store, base):
            report = ingest([path], store, base=base)
            first.append(report.seconds)
            again.append(ingest([path], store, base=base).seconds)
    counts = report.counts()
    seconds, repeated = statistics.median(first), statistics.median(again)
    return {
        "set": "all files"
        if path.name == "files"
        else path.parent.name
        if path.is_file()
        else path.name,
        "files": len(report.files),
        "read": counts.get("read", 0),
        "linked": counts.get("linked", 0),
        "refused": counts.get("refused", 0),
        "passages": report.passages,
        "pages": sum(file.pages for file in report.files),
        "seconds": round(seconds, 2),
        "again": round(repeated, 3),
        "times faster": round(seconds / repeated),
    }


def _not_read(files: Path) -> Iterator[dict[str, object]]:
    with _store() as (store, base):
        report: Report = ingest([files], store, base=base)
    for file in report.files:
        if file.outcome != "read" or file.reason:
            reason = f"{file.reason} ({file.hint})" if file.hint else file.reason
            yield {"file": file.path, "outcome": file.outcome, "reason": reason}


def _fidelity(data: Path) -> Iterator[str]:
    """Say how much of the published text of the contracts their PDFs gave, word for word."""
    scores = []
    for path in sorted((data / "files" / "cuad").iterdir()):
        truth = data / "files_truth" / "cuad" / f"{path.stem}.txt"
        if truth.is_file():
            (document,) = PdfReader(furniture=True).read(path)
            scores.append(_f1(document.text, truth.read_text("utf-8", errors="replace")))
    if scores:
        yield (
            f"CUAD against its published text, {len(scores)} files, running heads kept: "
            f"token F1 mean {statistics.mean(scores):.4f}, least {min(scores):.4f}"
        )


def _f1(one: str, other: str) -> float:
    a, b = (Counter(re.findall(r"\w+", text)) for text in (one, other))
    shared = sum((a & b).values())
    return 2 * shared / (sum(a.values()) + sum(b.values()))


def _speed(folder: Path) -> Iterator[str]:
    """Compare reading with structure against the text of pypdfium2 and of pdfminer alone."""
    paths = sorted(folder.iterdir())

    def structured() -> int:
        return sum(len(e.document.pages) for path in paths for e in explain(path))

    pages = structured()
    ours = _median(structured)
    yield f"text PDFs ({pages} pages), one process, structure included: {pages / ours:.0f} pages/s"
    for name, alone in (("pypdfium2", _pdfium(paths)), ("pdfminer.six", _pdfminer(paths))):
        if alone is not None:
            seconds = _median(alone)
            share = seconds / ours
            yield f"{name}, text alone: {pages / seconds:.0f} pages/s (ours: {share:.2f} of that)"


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _pdfium(paths: list[Path]) -> Callable[[], object]:
    import pypdfium2

    def read() -> None:
        for path in paths:
            with closing(pypdfium2.PdfDocument(path)) as pdf:
                for page in pdf:
                    page.get_textpage().get_text_range()

    return read


def _pdfminer(paths: list[Path]) -> Callable[[], object] | None:
    try:
        from pdfminer.high_level import extract_text
    except ImportError:
        return None
    return lambda: [extract_text(path) for path in paths]


def _segmentation(folder: Path) -> Iterator[str]:
    """Compare the articles found with a count from the text itself."""
    found = expected = 0
    for path in sorted(folder.glob("*.md")):
        numbers = ARTICLE.findall(path.read_text("utf-8"))
        if numbers:
            (explained,) = explain(path)
            labels = {p.locator for p in explained.passages if p.locator.startswith("第")}
            wanted = [number.strip() for number in numbers]
            expected += len(wanted)
            found += sum(number in labels for number in wanted)
    yield f"articles of the Chinese statutes cut exactly: {found} of {expected}"
    found = expected = 0
    for path in sorted(Path("domains/legal/knowledge").glob("*.md")):
        wanted = SECTION.findall(path.read_text("utf-8"))
        if wanted:
            (explained,) = explain(path)
            labels = {p.locator for p in explained.passages}
            expected += len(wanted)
            found += sum(number in labels for number in wanted)
    yield f"sections of the English code cut exactly: {found} of {expected}"


if __name__ == "__main__":
    main()
