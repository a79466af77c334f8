"""Runs `domainkit` again and again, in processes that need not import it first.

Reads lines of JSON (a folder and arguments), forks, runs the command line in the child, and prints
the child's number at once and how it ended afterwards, each on a line.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

from domainkit.cli import main

for name in (
    "domainkit.cli.ingest",
    "domainkit.ingestion.folder",
    "domainkit.retrieval.lexical",
    "domainkit.retrieval.faiss_index",
    "domainkit.testing",
    "faiss",
):
    importlib.import_module(name)


def run(folder: str, arguments: list[str]) -> None:
    """Run the command line in this process and end it."""
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    sys.argv = ["domainkit", *arguments]
    code = 1
    try:
        main.main()
    except SystemExit as left:
        code = int(left.code or 0)
    finally:
        os._exit(code)


if __name__ == "__main__":
    for line in sys.stdin:
        task = json.loads(line)
        child = os.fork()
        if not child:
            run(task["folder"], task["arguments"])
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
