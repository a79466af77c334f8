"""Writes a dated table of results: Markdown for people, JSON for programs.

Every benchmark ends here, so that each table says by which command it was made, when, on which
machine and from which commit.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from domainkit import __version__

RESULTS = Path(__file__).parent / "results"

Row = Mapping[str, object]


def write(
    name: str,
    command: str,
    rows: Sequence[Row],
    notes: Sequence[str] = (),
    *,
    folder: Path = RESULTS,
) -> Path:
    """Write ``rows`` as ``<name>.md`` and ``<name>.json``; return the Markdown file.

    Args:
        name: of the table, such as ``retrieval``; an older table of that name is replaced, and
            stays in the history of the repository.
        command: what makes the table again.
        rows: mappings of the same keys, in the order of the columns.
        notes: what a reader must know to judge the numbers, a line each.
        folder: where results are kept.
    """
    about = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "domainkit": f"{__version__} at {commit()}",
    }
    folder.mkdir(parents=True, exist_ok=True)
    content = {"name": name, **about, "notes": list(notes), "rows": [dict(row) for row in rows]}
    as_json = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    (folder / f"{name}.json").write_text(as_json + "\n", encoding="utf-8")
    lines = [f"# {name}", "", *(f"- {key}: {value}" for key, value in about.items()), ""]
    lines += [*table(rows), "", *(f"- {note}" for note in notes)]
    path = folder / f"{name}.md"
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return path


def kept(
    name: str, rows: Sequence[Row], by: Sequence[str], *, folder: Path = RESULTS
) -> list[Row]:
    """Return ``rows``, and before them those of the table ``name`` that none of them replaces.

    Args:
        name: of the table.
        rows: measured now.
        by: the columns that say what a row is of.
        folder: where results are kept.
    """
    path = folder / f"{name}.json"
    old = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    new = {tuple(row[column] for column in by) for row in rows}
    return [*(row for row in old if tuple(row.get(c) for c in by) not in new), *rows]


def table(rows: Sequence[Row]) -> list[str]:
    """Return ``rows`` as the lines of a Markdown table."""
    if not rows:
        return ["(no rows)"]
    names = list(rows[0])
    lines = [f"| {' | '.join(names)} |", "|" + " --- |" * len(names)]
    for row in rows:
        cells = (_cell(row.get(name, "")) for name in names)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def machine() -> str:
    """Return the processor, the cores this process may use, the memory and how busy they are."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{_processor()}, {cores} cores, {_memory()} GiB, Python {platform.python_version()}, "
        f"{platform.system()}{load}"
    )


def commit() -> str:
    """Return the short hash of the checked-out commit; "an unknown commit" outside a checkout."""
    run = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.strip() or "an unknown commit"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _memory() -> str:
    pages = os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return f"{pages * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f}" if pages > 0 else "?"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value).replace("|", "\\|").replace("\n", " ")
