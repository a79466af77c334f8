"""Reads the real files and records, and says what became of each, how fast and how truly.

    python benchmarks/ingestion.py [DATA]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. Times are the
median of three runs; all files together, scans among them, are read once. Two tables are written:
`ingestion` (by set) and `ingestion-files` (what was not read whole, and why).
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from report import write

from domainkit.ingestion import Options, Profiles, Report, ingest
from domainkit.ingestion.explain import explain
from domainkit.ingestion.limits import Limits
from domainkit.ingestion.parsing import Parser, Task
from domainkit.ingestion.readers.pdf import PdfReader
from domainkit.ingestion.worker import Setup
from domainkit.ingestion.workers import Workers
from domainkit.store import Store

RUNS = 3
WORKERS = 2
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
    notes = [
        f"seconds: median of {RUNS} runs into a new store, all files of one; again: the same "
        "without a change",
        "an error that is no refusal would have ended the run",
        *_fidelity(data),
        *_speed(files / "cuad"),
        *_segmentation(files / "laws"),
    ]
    rows = [_set(files / name)[0] for name in ("medquad", "cuad", "laws")]
    rows += [_set(data / "bench" / name / "corpus.jsonl")[0] for name in ("scifact", "stard_zh")]
    row, report = _set(files, runs=1)
    notes.append(
        f"all files: the most memory a worker held was {_peak()} MiB, the slowest file took "
        f"{max(file.seconds for file in report.files):.0f} s, {WORKERS} workers"
    )
    print(write("ingestion", COMMAND, [*rows, row], notes))
    print(
        write("ingestion-files", COMMAND, list(_not_whole(report)), ["the others were read whole"])
    )


def _peak() -> int:
    """Return the most memory, in MiB, that any process started from here has held."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10


@contextmanager
def _store() -> Iterator[tuple[Store, Path]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store.open(Path(folder) / "store.sqlite", create=True)) as store,
    ):
        yield store, Path(folder)


def _set(path: Path, *, runs: int = RUNS) -> tuple[dict[str, object], Report]:
    first, again = [], []
    options = Options(workers=WORKERS)
    for _ in range(runs):
        with _store() as (store, base):
            report = ingest([path], store, base=base, options=options)
            first.append(report.seconds)
            for _ in range(RUNS):
                again.append(ingest([path], store, base=base, options=options).seconds)
    counts = report.counts()
    seconds, repeated = statistics.median(first), statistics.median(again)
    name = path.parent.name if path.is_file() else path.name
    row: dict[str, object] = {
        "set": "all files" if name == "files" else name,
        "files": len(report.whole),
        "read": counts.get("read", 0),
        "linked": counts.get("linked", 0),
        "refused": counts.get("refused", 0),
        "passages": report.passages,
        "pages": sum(file.pages for file in report.whole),
        "seconds": round(seconds, 2),
        "again": round(repeated, 4),
        "times faster": round(seconds / repeated),
    }
    return row, report


def _not_whole(report: Report) -> Iterator[dict[str, object]]:
    for file in report.files:
        if file.outcome != "read" or file.reason:
            reason = f"{file.reason} ({file.hint})" if file.hint else file.reason
            yield {"file": file.path, "outcome": file.outcome, "reason": reason}


def _fidelity(data: Path) -> Iterator[str]:
    """Say how much of the published text of the contracts their PDFs gave, word for word."""
    f1, edit = [], []
    for path in sorted((data / "files" / "cuad").iterdir()):
        truth = data / "files_truth" / "cuad" / f"{path.stem}.txt"
        if truth.is_file():
            (document,) = PdfReader(furniture=True).read(path)
            texts = document.text, truth.read_text("utf-8", errors="replace")
            ours, theirs = (re.findall(r"\w+", text) for text in texts)
            f1.append(_f1(ours, theirs))
            edit.append(1 - _distance(ours, theirs) / max(len(ours), len(theirs)))
    if f1:
        yield (
            f"CUAD against its published text, {len(f1)} files, running heads kept: token F1 mean "
            f"{statistics.mean(f1):.4f}, least {min(f1):.4f}; 1 - normalised word edit distance "
            f"mean {statistics.mean(edit):.4f}, least {min(edit):.4f}"
        )


def _f1(one: Sequence[str], other: Sequence[str]) -> float:
    shared = sum((Counter(one) & Counter(other)).values())
    return 2 * shared / (len(one) + len(other))


def _distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the Levenshtein distance between two texts, word by word."""
    numbers = {word: number for number, word in enumerate({*one, *other})}
    across = np.array([numbers[word] for word in other])
    places = np.arange(len(other) + 1)
    above = places.copy()
    for row, word in enumerate(one, start=1):
        here = np.minimum(above[1:] + 1, above[:-1] + (across != numbers[word]))
        here = np.concatenate(([row], here))
        above = np.minimum.accumulate(here - places) + places
    return int(above[-1])


def _speed(folder: Path) -> Iterator[str]:
    """Compare reading with structure against the text of pypdfium2 and of pdfminer alone."""
    paths = sorted(folder.iterdir())
    tasks = [Task(path, path.name, "") for path in paths]
    parser = Parser(Profiles.load())

    def here() -> int:
        return sum(len(part.document.pages) for task in tasks for part in parser.read(task))

    pages = here()
    setup = Setup(Profiles.load(), (), Limits())
    with closing(Workers(setup, count=WORKERS)) as workers:

        def spread() -> None:
            for reading in [workers.begin(task) for task in tasks]:
                list(reading)

        spread()  # starts them
        works = {
            "one": here,
            "two": spread,
            "pypdfium2": _pdfium(paths),
            "pdfminer.six": _pdfminer(paths),
        }
        seconds = _medians(works)
    for name, called in (("one", "in one process"), ("two", f"by {WORKERS} workers")):
        shares = (f"{seconds[other] / seconds[name]:.2f} x {other}" for other in list(works)[2:])
        speed = pages / seconds[name]
        yield (
            f"text PDFs ({pages} pages) {called}, structure included: {speed:.0f} pages/s, "
            f"{', '.join(shares)} (text alone)"
        )


def _medians(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return how long each work takes, one run of all after the other: load touches them alike."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in times.items()}


def _pdfium(paths: list[Path]) -> Callable[[], object]:
    import pypdfium2

    def read() -> None:
        for path in paths:
            with closing(pypdfium2.PdfDocument(path)) as pdf:
                for page in pdf:
                    page.get_textpage().get_text_range()

    return read


def _pdfminer(paths: list[Path]) -> Callable[[], object]:
    from pdfminer.high_level import extract_text

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
