"""How much memory `domainkit ingest` takes, as one process and with those it starts.

    python benchmarks/lifecycle_memory.py [--sizes 20000,100000] [--embedder NAME]

Half of the passages are sections of Markdown files (200 a file), half are records of JSONL files
(1,000 a file); words are made up at random. The whole command is measured: reading, store, lexical
index, vectors in FAISS, links between documents. The embedder is by default the hash embedder of
`domainkit.testing`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from report import write

SECTIONS, RECORDS = 200, 1_000  # in a file
STEMS = ("bara", "dilo", "fogu", "gume", "hane")
WORDS = [f"{stem}{number}" for stem in STEMS for number in range(400)]
NOTES = [
    "anonymous: of the process, what no file stands behind; the rest is mapped files, "
    "which the system can take back, and was sampled ten times a second",
    "process: the most the command itself held; tree: the most it and what it had started "
    "held at one moment, pages they share counted for each, sampled ten times a second",
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="20000,100000")
    parser.add_argument("--embedder", default="hash")
    given = parser.parse_args()
    rows = []
    for size in map(int, given.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(Path(folder), size, given.embedder))
        print(rows[-1], flush=True)
    command = f"python benchmarks/lifecycle_memory.py --sizes {given.sizes}"
    name = "lifecycle-memory"
    if given.embedder != "hash":
        command += f" --embedder {given.embedder}"
        name += f"-{given.embedder}"
    growth = [
        f"{kind}: {rows[-1][kind] / rows[0][kind]:.2f} times as much for the last as for the first"
        for kind in ("process MiB", "anonymous MiB", "tree MiB")
    ]
    print(write(name, command, rows, [*NOTES, *growth]))


def measure(folder: Path, size: int, embedder: str) -> dict[str, float]:
    """Ingest ``size`` passages with one command and return what it held."""
    environment = {**os.environ, "DOMAINKIT_RETRIEVAL__EMBEDDER": embedder}
    command = [sys.executable, "-m", "domainkit"]
    new = [*command, "new", "assistant", "--domain", "medical"]
    subprocess.run(new, cwd=folder, env=environment, check=True, capture_output=True)
    files = corpus(folder / "assistant" / "documents", size)
    started = time.perf_counter()
    with (folder / "said.json").open("w") as said:
        process = subprocess.Popen(
            [*command, "ingest", "documents", "--json"],
            cwd=folder / "assistant",
            env=environment,
            stdout=said,
        )
        own = anonymous = tree = 0
        while process.poll() is None:
            held = {pid: _peak(pid) for pid in _tree(process.pid)}
            _, most, unbacked = held.get(process.pid, (0, 0, 0))
            own, anonymous = max(own, most), max(anonymous, unbacked)
            tree = max(tree, sum(now for now, _, _ in held.values()))
            time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"domainkit ingest left with {process.returncode}")
    read = json.loads((folder / "said.json").read_text("utf-8"))["passages"]
    return {
        "passages": read,
        "files": files,
        "process MiB": round(own / 1024),
        "anonymous MiB": round(anonymous / 1024),
        "tree MiB": round(tree / 1024),
        "seconds": round(time.perf_counter() - started),
    }


def corpus(folder: Path, size: int) -> int:
    """Write documents of ``size`` passages; return in how many files."""
    chance = random.Random(size)  # noqa: S311 (texts, no secrets)
    folder.mkdir(parents=True, exist_ok=True)
    files = 0
    for number in range(size // 2 // SECTIONS):
        parts = (f"## Part {n}\n\n{_text(chance)}\n" for n in range(SECTIONS))
        (folder / f"manual{number}.md").write_text("\n".join(parts), "utf-8")
        files += 1
    for number in range(size // 2 // RECORDS):
        rows = ({"_id": f"{number}-{n}", "text": _text(chance)} for n in range(RECORDS))
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"records{number}.jsonl").write_text(lines, "utf-8")
        files += 1
    return files


def _text(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(40, 120))) + "."


def _tree(pid: int) -> Iterator[int]:
    """Yield a process and all it has started, directly or not."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _peak(pid: int) -> tuple[int, int, int]:
    """Return the KiB a process holds now, the most it has held, and what is anonymous now."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0, 0
    said = dict(line.split(":", 1) for line in lines)
    names = ("VmRSS", "VmHWM", "RssAnon")
    now, most, anonymous = (int(said.get(name, "0").split()[0]) for name in names)
    return now, most, anonymous


if __name__ == "__main__":
    main()
