"""Reads tables and record files: each record of a csv, tsv or jsonl file is a document."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.text import decode, tidy
from domainkit.types import Document

# What a column is, by its name in lower case; the first name that a record has counts.
_ROLES = {
    "id": ("_id", "id", "docid", "doc_id", "pmid", "编号"),
    "title": ("title", "heading", "name", "topic", "标题", "名称"),
    "text": ("text", "content", "contents", "body", "abstract", "passage", "正文", "内容", "文本"),
    "question": ("question", "ask", "q", "问题"),
    "answer": ("answer", "response", "a", "答案", "回答"),
}
# A value longer than this is read as text and not as a property of the record.
_PROPERTY = 200

Record = Mapping[str, str]


class RecordsReader:
    """Files of records. BEIR's ``corpus.jsonl`` is one: ``_id``, ``title``, ``text``."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield a document a record, its source ``name#id``, without holding the file in memory.

        Raises:
            IngestionError: naming the line that is no record, or the id that comes twice.
        """
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            records = _json_lines(path)
        else:
            records = _table(decode(path.read_bytes()), tabs=path.suffix.lower() == ".tsv")
        lines: dict[str, int] = {}
        for number, (line, record) in enumerate(records, start=1):
            columns = _columns(tuple(record))
            name = record[columns["id"]].strip() if "id" in columns else ""
            name = name or str(number)
            if name in lines:
                raise IngestionError(f"line {line}: the id '{name}' is that of line {lines[name]}")
            lines[name] = line
            yield _document(path, name, record, columns)


def _json_lines(path: Path) -> Iterator[tuple[int, Record]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
            except ValueError as error:  # no JSON, no UTF-8, or a number of 5,000 digits
                raise IngestionError(f"line {number} is not JSON ({error})") from error
            if not isinstance(record, dict):
                raise IngestionError(f"line {number} is not a JSON object")
            yield number, {str(key): _plain(value) for key, value in record.items()}


def _table(text: str, *, tabs: bool) -> Iterator[tuple[int, Record]]:
    delimiter = "\t" if tabs else _delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        heads = [
            " ".join(head.split()) or f"column {n}" for n, head in enumerate(next(rows, []), 1)
        ]
        for row in rows:
            if any(cell.strip() for cell in row):
                names = heads + [f"column {n}" for n in range(len(heads) + 1, len(row) + 1)]
                yield rows.line_num, dict(zip(names, row, strict=False))
    except csv.Error as error:
        raise IngestionError(
            f"line {rows.line_num} cannot be read as a table ({error})"
        ) from error


def _delimiter(text: str) -> str:
    try:
        return csv.Sniffer().sniff(text[:20_000], delimiters=",;\t|").delimiter
    except csv.Error:
        return ","


@lru_cache(maxsize=64)
def _columns(names: tuple[str, ...]) -> dict[str, str]:
    """Return the column that has each role."""
    folded = {name.lower(): name for name in reversed(names)}
    found = {
        role: next((folded[name] for name in known if name in folded), "")
        for role, known in _ROLES.items()
    }
    return {role: name for role, name in found.items() if name}


def _document(path: Path, name: str, record: Record, columns: Mapping[str, str]) -> Document:
    values = {key: tidy(value).strip() for key, value in record.items()}
    said = {role: values[column] for role, column in columns.items() if values[column]}
    kind = _kind(said)
    used = {columns[role] for role in ("id", "title", *kind) if role in columns}
    rest = {key: value for key, value in values.items() if value and key not in used}
    builder = TextBuilder()
    if kind == ("question", "answer"):
        builder.heading(1, said["question"])
    if kind:
        builder.block(said[kind[-1]])
    # Properties of a text become `meta`; a row that has no text is the text of its properties.
    meta = {key: value for key, value in rest.items() if kind and _is_property(key, value)}
    lines = [f"{key}: {value}" for key, value in rest.items() if key not in meta]
    builder.block(("\n\n" if kind else "\n").join(lines))
    title = said.get("title") or path.stem
    document = builder.build(source=f"{path.name}#{name}", title=title, meta=meta)
    return replace(document, profile="qa") if kind == ("question", "answer") else document


def _is_property(column: str, value: str) -> bool:
    """Return whether a value is kept beside the text; `profile` there would choose a profile."""
    return len(value) <= _PROPERTY and column.lower() != "profile"


def _kind(said: Mapping[str, str]) -> tuple[str, ...]:
    """Return the roles whose values are a record's text; empty when it is all properties."""
    if "text" in said:
        return ("text",)
    return ("question", "answer") if {"question", "answer"} <= said.keys() else ()


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value)
    return json.dumps(value, ensure_ascii=False)
