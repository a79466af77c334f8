"""Reads Markdown: front matter to fields, headings to sections, emphasis and links to text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import yaml

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.text import decode
from domainkit.types import Document

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^[ \t]{0,3}(```+|~~~+)")
_HEADING = re.compile(r"^[ ]{0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"^[ ]{0,3}(=+|-{2,})[ \t]*$")
_RULE = re.compile(r"^[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_QUOTE = re.compile(r"^[ ]{0,3}(?:>[ ]?)+")
_LIST = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s")

_INLINE = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\((?:[^()]|\([^)]*\))*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"<(https?://[^>\s]+)>"), r"\1"),
    (re.compile(r"<br[ \t]*/?>", re.I), " "),
    (re.compile(r"</?(?:b|i|em|strong|u|sup|sub|span|a|code|p|div|font)(?:\s[^>]*)?>", re.I), ""),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=[^\s_])([^_]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>-])"), r"\1"),
)


class MarkdownReader:
    """Markdown files, with YAML front matter or without."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``; its front matter stands in ``meta``.

        Raises:
            IngestionError: when the file is no text or its front matter is no mapping.
        """
        meta, body = _front_matter(decode(path.read_bytes()))
        builder = TextBuilder()
        _build(builder, _COMMENT.sub("", body).split("\n"))
        title = meta.get("title") or builder.first_heading or path.stem
        yield builder.build(source=path.name, title=title, meta=meta)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    try:
        # An alias lets a short text stand for a huge one.
        if any(isinstance(e, yaml.AliasEvent) for e in yaml.parse(match[1], yaml.SafeLoader)):
            raise IngestionError("its front matter has a YAML alias (*name): write it out")
        values = yaml.safe_load(match[1]) or {}
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2024-13-01
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise IngestionError(
            f"its front matter is not YAML (near line {line})", hint="correct it between the ---"
        ) from error
    if not isinstance(values, dict):
        raise IngestionError("its front matter is not a list of `key: value` lines")
    return {str(key): _plain(value) for key, value in values.items()}, text[match.end() :]


def _plain(value: object) -> str:
    """Return a front-matter value as text a person may see."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value)
    return " ".join(str(value).split())


def _build(builder: TextBuilder, lines: list[str]) -> None:
    block: list[str] = []

    def flush() -> None:
        builder.block("\n".join(block))
        block.clear()

    for line, code in _marked(lines):
        heading = None if code else _HEADING.match(line)
        under = None if code or len(block) != 1 else _UNDERLINE.match(line)
        if heading:
            flush()
            builder.heading(len(heading[1]), _inline(heading[2]))
        elif under and not _LIST.match(block[0]):
            builder.heading(1 if under[1][0] == "=" else 2, block.pop())
        elif not code and (not line.strip() or _RULE.match(line)):
            flush()
        else:
            block.append(line if code else _inline(_QUOTE.sub("", line)).rstrip())
    flush()


def _marked(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield each line and whether it is code; the fences around code become blank lines."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
            yield "", False
        elif found and found[1].startswith(fence):
            fence = ""
            yield "", False
        else:
            yield line, bool(fence)


def _inline(line: str) -> str:
    """Return a line without the marks of emphasis, links and images."""
    if line.lstrip().startswith("|"):
        return line  # a table stays the Markdown it is
    for pattern, replacement in _INLINE:
        line = pattern.sub(replacement, line)
    return line
