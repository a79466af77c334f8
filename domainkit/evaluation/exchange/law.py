"""Question sets of law: LegalBench-RAG and LawBench."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.evaluation.exchange.imported import (
    Imported,
    mapping,
    question,
    records,
    text,
    wanted,
)

# A quotation that must be cited is found word for word; a long one begins like this.
QUOTED = 400
_LETTER = re.compile(r"正确答案\]?\s*[:：]?\s*([A-E])\b")
_PREFIX = re.compile(r"^(?:答案|回答|正确答案|类别|刑期|罪名|上文涉及到的犯罪金额)\s*[:：]\s*")


def legalbench_rag(path: Path) -> Imported:
    """Return the tests of LegalBench-RAG whose files are there.

    Pipitone and Alami, 2024 (https://arxiv.org/abs/2408.10343).

    ``path`` is a benchmark's JSON beside a folder ``corpus``, with
    ``{"tests": [{"query", "snippets": [{"file_path", "span"}]}]}``; or a folder with
    ``queries.jsonl`` and ``files``.
    """
    files, tests = _tests(path)
    made, documents, absent = [], dict[str, Path](), 0
    for number, (name, asked, snippets) in enumerate(tests, start=1):
        place = f"{path}: test {number}"
        cited = []
        for file, (start, end) in snippets:
            source = files / file
            if source.is_file():
                documents[file] = source
                cited.append({"file": file, "quote": text(source)[start:end][:QUOTED].strip()})
        absent += not cited
        if cited:
            made.append(
                question(
                    place, id=name, question=asked, language="en", expect="answered",
                    must_cite=[{"path": f"documents/{c['file']}", "quote": c["quote"]}
                               for c in cited if c["quote"]],
                    tags=["legalbench-rag"],
                )
            )  # fmt: skip
    left = (f"{absent} tests are of files that are not there",) if absent else ()
    return Imported(tuple(made), documents, left)


def _tests(path: Path) -> tuple[Path, Iterator[tuple[str, str, list[Any]]]]:
    if path.is_dir():
        rows = records(path / "queries.jsonl")
        shown = str(path / "queries.jsonl")
        return path / "files", (
            (
                str(wanted(shown, row, "_id")[0]),
                wanted(shown, row, "text")[0],
                [wanted(shown, s, "file", "span") for s in wanted(shown, row, "snippets")[0]],
            )
            for row in rows
        )
    tests = wanted(str(path), mapping(path), "tests")[0]
    corpus = next((p / "corpus" for p in path.parents if (p / "corpus").is_dir()), path.parent)
    return corpus, (
        (
            f"{path.stem}-{number}",
            wanted(str(path), test, "query")[0],
            [
                wanted(str(path), s, "file_path", "span")
                for s in wanted(str(path), test, "snippets")[0]
            ],
        )
        for number, test in enumerate(tests, start=1)
    )


def lawbench(path: Path) -> Imported:
    """Return a task of LawBench: a JSON list of ``instruction``, ``question`` and ``answer``.

    Where the answer is a letter it is the label; else it is an ideal answer, without the word
    that begins it.
    """
    made = []
    for number, row in enumerate(records(path), start=1):
        place = f"{path}: {number}"
        instruction, asked, answer = wanted(place, row, "instruction", "question", "answer")
        letter = _LETTER.search(answer)
        options = _options(asked) if letter else {}
        told = letter is not None and letter[1] in options
        made.append(
            question(
                place, id=f"lawbench-{path.stem}-{number}", language="zh", expect="answered",
                question=f"{instruction}\n{asked}".strip(),
                label=letter[1] if letter and told else None,
                choices=options if told else {},
                ideal=[] if told else [_PREFIX.sub("", answer).strip()],
                tags=["lawbench", f"lawbench-{path.stem}"],
            )
        )  # fmt: skip
    return Imported(tuple(made))


def _options(asked: str) -> dict[str, str]:
    """Return the options by their letters, as a question of LawBench ends with them."""
    parts = re.split(r"(?:^|[;；\s。?？])([A-E])\s*[:：]", asked)
    return {
        key: said.strip(" ;；。") or key
        for key, said in zip(parts[1::2], parts[2::2], strict=False)
    }
