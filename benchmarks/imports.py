"""Reads every published file of rows and accounts for each row of it.

    DOMAINKIT_DATA=DIR python benchmarks/imports.py

``DIR/finetune`` holds a folder a project, as published; ``DIR/bench`` the evaluation sets that no
row may hold.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import report

from domainkit.training.data import build, contamination


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("DOMAINKIT_DATA"))
    data = parser.parse_args().data
    files = [p for p in sorted((data / "finetune").glob("*/*")) if p.is_file()]
    sets = [path for path in sorted((data / "bench").iterdir()) if path.is_dir()]
    begun = time.process_time()
    evaluations = contamination.gather(sets)
    sources = [build.Source(path, "as published", path.parent.name) for path in files]
    built = build.build(sources, evaluations, build.Options())
    seconds = time.process_time() - begun
    rows = [row(path, account) for path, account in zip(files, built.accounts, strict=True)]
    total = sum(account.rows for account in built.accounts)
    used = sum(one.used for one in built.accounts)
    silent = [one for one in built.accounts if one.used < one.rows and not one.rejected]
    print(
        report.write(
            "imports",
            "DOMAINKIT_DATA=… python benchmarks/imports.py",
            rows,
            [
                f"{total:,} rows of {len(rows)} files: {used:,} used, "
                f"{len(built.rejected):,} rows or samples turned away, each with its reason in "
                f"rejected.jsonl; {len(silent)} files turn rows away without one; "
                f"{len(built.rows):,} samples kept; {seconds:.0f} s of processor time.",
                f"Kept apart from {sum(evaluations.names.values()):,} questions of "
                f"{len(evaluations.names)} evaluation sets; rows are compared with all rows "
                "before them, of other files too.",
                "A tree of OASST gives several samples: its row is used when one of them is.",
            ],
        )
    )


def row(path: Path, account: build.Account) -> dict[str, object]:
    why = ", ".join(f"{count} {reason}" for reason, count in account.rejected.items())
    return {
        "file": f"{path.parent.name}/{path.name}",
        "format": account.format,
        "rows": account.rows,
        "used": account.used,
        "turned away": account.rows - account.used,
        "samples": account.samples,
        "why": why,
    }


if __name__ == "__main__":
    main()
