"""Reads a pack's files. Nothing in them can run, hang or grow beyond its own size.

YAML is the safe subset, without the aliases that let a short file stand for a huge one, and with
every key once.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from domainkit.packs.problems import PackProblems, Problem
from domainkit.text.plain_yaml import LOADER

LARGEST = 2_000_000  # bytes of one file of a pack that is read as a whole
DEEPEST = 40  # levels of nesting
# Files whose content is kept: a check, a server and `new` load the same packs again and again, and
# of a load two thirds are reading YAML.
_KEPT = 64


class _Loader(LOADER):  # type: ignore[misc]  # which base it is depends on the build
    """A safe loader that refuses a key standing twice, and a key that is not text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for child, _ in node.value:
            key = self.construct_object(child, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{child.value}' is read as {key!r}: quote it", child.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' stands twice", child.start_mark
                )
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def read_text(path: Path, shown: str) -> str:
    """Return the text of ``path``, named ``shown`` in errors.

    Raises:
        PackProblems: when it cannot be read, is not UTF-8, or is larger than ``LARGEST``.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise _fault(shown, "", f"is larger than {LARGEST:,} bytes")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _fault(shown, "", f"is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise _fault(shown, "", error.strerror or "cannot be read") from error


def read_yaml(path: Path, shown: str) -> dict[str, Any]:
    """Return the mapping that the YAML file ``path`` holds; an empty file is an empty mapping.

    Raises:
        PackProblems: naming the line, when it is not such YAML.
    """
    return dict(_parsed(read_text(path, shown), shown))


@lru_cache(maxsize=_KEPT)
def _parsed(text: str, shown: str) -> dict[str, Any]:
    """Return the mapping that ``text`` is, for every caller the same: none may change it."""
    try:
        _refuse_tricks(text, shown)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506  # a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        line = str(error.problem_mark.line + 1) if error.problem_mark else ""
        raise _fault(shown, line, error.problem or "is not YAML") from error
    except (yaml.YAMLError, ValueError) as error:  # a date such as 2024-02-31 is a ValueError
        raise _fault(shown, "", f"is not YAML: {error}") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _fault(shown, "", "expected a mapping of keys to values")
    return value


def read_rows(path: Path, shown: str) -> Iterator[tuple[str, Any]]:
    """Yield (line number, value) of each line of a JSON Lines file; blank lines are skipped.

    A line that is not JSON is yielded as a ``Problem``.

    Raises:
        PackProblems: when the file cannot be read.
    """
    for number, line in enumerate(read_text(path, shown).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield str(number), json.loads(line)
        except (ValueError, RecursionError) as error:
            yield str(number), Problem(shown, str(number), f"is not JSON: {error}")


def _refuse_tricks(text: str, shown: str) -> None:
    depth, line = 0, "1"
    for event in yaml.parse(text, Loader=LOADER):
        line = str(event.start_mark.line + 1) if event.start_mark else line
        if isinstance(event, yaml.AliasEvent):
            raise _fault(shown, line, f"the alias *{event.anchor} is not allowed: write it out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _fault(shown, line, f"is nested more than {DEEPEST} levels deep")


def _fault(shown: str, key: str, text: str) -> PackProblems:
    return PackProblems([Problem(shown, key, text)], hint="correct that file")
