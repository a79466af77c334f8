"""Finds what was meant to be replaced and was not: notes to oneself, filler, dead addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domainkit.packs.chain import Link
from domainkit.packs.contents import FILES, FOLDERS, PAPERS
from domainkit.packs.files import read_text
from domainkit.packs.problems import PackProblems, Problem

# In capitals, as people leave them: "todo" is a word of other languages.
_LEFT = re.compile(
    r"\b(?:TODO|FIXME)\b|(?i:\blorem ipsum\b)|[\[<](?i:insert|your|fill in)\s[^\]>\n]{0,60}[\]>]"
    r"|待补充|待填写|此处填写"
)
# https://www.rfc-editor.org/rfc/rfc2606: names that lead nowhere, so no source can be there.
_NOWHERE = re.compile(
    r"(?i)\bexample\.(?:org|com|net)\b|https?://[\w.-]+\.(?:example|invalid|test)(?![\w.])"
)
_TEXTS = frozenset({".md", ".txt", ".yaml", ".jsonl"})
# Where an address is one that a reader goes to. Elsewhere it may be a word of a question.
_CITED = frozenset({"knowledge/SOURCES.yaml", "authorities.yaml", "works.yaml", "glossary.yaml"})


def check(own: Link) -> Iterator[Problem]:
    """Yield each line of the pack's own files that holds a placeholder."""
    for relative in _files(own):
        shown = own.shown(relative)
        try:
            lines = read_text(own.folder / relative, shown).splitlines()
        except PackProblems:
            continue  # whoever reads it says so
        for number, line in enumerate(lines, start=1):
            if found := _LEFT.search(line):
                yield Problem(shown, str(number), f"holds the placeholder '{found[0]}'")
            elif relative in _CITED and (found := _NOWHERE.search(line)):
                yield Problem(shown, str(number), f"'{found[0]}' is an address that leads nowhere")


def _files(own: Link) -> Iterator[str]:
    for name in sorted(FILES | PAPERS):
        if (own.folder / name).is_file():
            yield name
    for name in sorted(FOLDERS - {"adapters"}):
        for path in sorted((own.folder / name).rglob("*")):
            if path.suffix in _TEXTS and path.is_file():
                yield path.relative_to(own.folder).as_posix()
