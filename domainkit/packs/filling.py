"""Fills a template's files: the lines it shows in comments are taken up with other values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")  # text that YAML reads as text without quotes
# Words YAML reads as something else: Norway's code is the best known of them.
_WORDS = frozenset("null true false yes no on off y n".split())


def manifest(text: str, words: Mapping[str, str]) -> str:
    """Return a ``domain.yaml`` whose keys of ``words`` have those values, already YAML.

    A key that stands in a comment (``# knowledge: null``) is taken out of it. ``scope.audience``
    is the line ``audience`` below the line ``scope:``.
    """
    lines = text.splitlines()
    for number, line in enumerate(lines):
        key = line.removeprefix("# ").partition(":")[0]
        if key in words:
            lines[number] = f"{key}: {words[key]}"
        elif key == "scope" and "scope.audience" in words:
            lines[number] = "scope:"
        elif key.strip() == "audience" and "scope.audience" in words:
            lines[number] = f"  audience: {words['scope.audience']}"
    return "\n".join(lines) + "\n"


def profiles(text: str, given: Mapping[str, str], note: str) -> str:
    """Return a ``domain.yaml`` that offers ``given`` (pattern: profile) in comments, with why."""
    shown = [f"#   {json.dumps(p, ensure_ascii=False)}: {name}" for p, name in given.items()]
    block = "\n".join([f"# {note}", "# profiles:", *shown])
    return re.sub(r"(?m)^# profiles:\n(?:#   .*\n)+", lambda _: block + "\n", text)


def settings(text: str, values: Mapping[str, str | int]) -> str:
    """Return a ``domainkit.toml`` in which the keys of ``values`` ("generation.engine") are set.

    Each key stands in a comment of its table already, or at the top where it has none.
    """
    lines = text.splitlines()
    for dotted, value in values.items():
        table, _, key = dotted.rpartition(".")
        head = re.compile(rf"(?:# )?\[{re.escape(table)}\]")
        at = next(n for n, line in enumerate(lines) if head.match(line)) if table else 0
        lines[at] = lines[at].removeprefix("# ") if table else lines[at]
        start = re.compile(rf"# {re.escape(key)} = ")
        found = next(n for n, line in enumerate(lines) if n >= at and start.match(line))
        comment = re.search(r"  +#.*$", lines[found])
        said = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        lines[found] = f"{said}{comment[0]}" if comment and table else said
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return ``text`` as YAML reads it back."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


def listed(texts: Sequence[str]) -> str:
    """Return ``texts`` as a YAML list on one line."""
    return f"[{', '.join(map(quoted, texts))}]"
