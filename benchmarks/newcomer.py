"""Times what a newcomer types, in a fresh clone of what is committed: make demo, twice, make test.

    python benchmarks/newcomer.py [--log FILE]

Each target's seconds are printed as they come ("make demo: exit 0 in 210 s"); ``--log`` writes the
table of a run whose lines were kept. An exit that is not 0 is in the table too.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from report import write

TARGETS = {"demo": 600, "demo again": 60, "test": 600}  # and the most seconds each may take
LINE = re.compile(r"make (\w+): exit (\d+) in (\d+) s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path)
    asked = parser.parse_args()
    lines = asked.log.read_text("utf-8").splitlines() if asked.log else list(_run())
    found = [match for line in lines if (match := LINE.match(line))]
    rows = [
        {"target": name, "exit": int(match[2]), "seconds": int(match[3]), "at most": most}
        for (name, most), match in zip(TARGETS.items(), found, strict=True)
    ]
    notes = [
        "demo: with everything it installs and fetches; again: in the same clone",
        "test: in the same clone, so installed already: a first run takes as long as demo more",
    ]
    print(write("newcomer", "python benchmarks/newcomer.py", rows, notes))


def _run() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        clone = Path(place) / "domainkit"
        here = Path(__file__).parents[1]
        subprocess.run(["git", "clone", "-q", str(here), str(clone)], check=True)
        hidden = {"VIRTUAL_ENV", "PYTHONPATH", "DOMAINKIT_DATA"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        for target in TARGETS:
            name = target.split()[0]
            begun = time.monotonic()
            run = subprocess.run(
                ["make", name], cwd=clone, env=environment, stdout=sys.stderr, check=False
            )
            line = f"make {name}: exit {run.returncode} in {time.monotonic() - begun:.0f} s"
            print(line, file=sys.stderr)
            yield line


if __name__ == "__main__":
    main()
