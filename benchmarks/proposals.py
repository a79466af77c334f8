"""Whether ``domainkit new --from-documents`` proposes the right domain and language.

    python benchmarks/proposals.py [DATA]

DATA is the folder of data; by default DOMAINKIT_DATA or ../shared/data. Each folder is looked at
as the command looks at it. What a folder is was written down before it was looked at.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from report import write

from domainkit.assistant import gathering
from domainkit.assistant.looking import Look
from domainkit.cli import new_proposals

# Below DATA; a folder, or files to put into one. What it is, and in which language.
FOLDERS = (
    (("files/laws",), "legal", "zh"),
    (("files/cuad",), "legal", "en"),
    (("files/medquad",), "medical", "en"),
    (("bench/legalbenchrag_mini/files",), "legal", "en"),
    (("bench/covidqa/files",), "biomedical", "en"),
    (("bench/bioasq/corpus.jsonl",), "biomedical", "en"),
    (("bench/pubmedqa/corpus.jsonl",), "biomedical", "en"),
    (("bench/scifact/corpus.jsonl",), "biomedical", "en"),
    (("bench/liveqa_open/corpus.jsonl",), "medical", "en"),
    (("bench/medquad/corpus.jsonl",), "medical", "en"),
    (("bench/stard_zh/corpus.jsonl",), "legal", "zh"),
    (("bench/zh_medical_qa/corpus.jsonl",), "medical", "zh"),
    (("finetune/chatdoctor/format_dataset.csv",), "medical", "en"),
    (("files/langchain-chatchat",), "none", "zh"),
    (("files/markitdown",), "none", "en"),
    (("finetune/belle/zh_seed_tasks.json",), "none", "zh"),
    (("finetune/alpaca/seed_tasks.jsonl",), "none", "en"),
)
NOTES = [
    "is: what the folder is; none: no pack is for it, and a proposal should be none or not clear",
    "share: documents that look most like the proposed pack's own texts; clear from .8",
    "names: abbreviations and other names found; one sense: those that can be moved to a glossary",
    "seconds: of this machine, other work beside it",
]


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    rows = []
    for paths, domain, language in FOLDERS:
        with tempfile.TemporaryDirectory() as name:
            folder = _folder([data / path for path in paths], Path(name))
            began = time.perf_counter()
            found = new_proposals.proposed(gathering.gather(folder), copied=True)
            look = found.look
            rows.append(
                {
                    "folder": paths[0],
                    "is": f"{domain} {language}",
                    "proposed": f"{look.domain or 'none'} {look.language}",
                    "share": f"{look.likely[0].share:.2f}",
                    "clear": "yes" if look.is_clear else "no",
                    "right": _right(look, domain, language),
                    "files read": look.files,
                    "documents": look.documents,
                    "names": len(look.names),
                    "one sense": sum(len(one.senses) == 1 for one in look.names),
                    "questions": len(found.drafts),
                    "seconds": f"{time.perf_counter() - began:.1f}",
                }
            )
            print(rows[-1], file=sys.stderr)
    print(write("proposals", "python benchmarks/proposals.py", rows, NOTES))


def _folder(paths: list[Path], place: Path) -> Path:
    if paths[0].is_dir():
        return paths[0]
    for path in paths:
        kind = ".jsonl" if path.suffix == ".json" else path.suffix  # it holds one object a line
        shutil.copyfile(path, place / path.with_suffix(kind).name)
    return place


def _right(look: Look, domain: str, language: str) -> str:
    fits = not look.is_clear if domain == "none" else look.domain == domain
    judged = (("domain", fits), ("language", look.language == language))
    said = [name for name, good in judged if not good]
    return f"no: {', '.join(said)}" if said else "yes"


if __name__ == "__main__":
    main()
