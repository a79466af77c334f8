"""Formulas of Office files (OMML) on one line: a fraction with its stroke, 10⁻⁶ and not 10-6."""

from __future__ import annotations

import re
from typing import Any

from domainkit.ingestion.readers.scripts import raised

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SIMPLE = re.compile(r"[\w.]*")
_SPACE = re.compile(r"\s+")


def formula(node: Any) -> str:
    """Return what a formula, or a part of one, says."""
    return _SPACE.sub(" ", _said(node).replace("\u2061", "")).strip()


def _said(node: Any) -> str:
    if not isinstance(node.tag, str):
        return ""
    kind = node.tag.removeprefix(M)
    if kind == "t":
        return node.text or ""
    if kind == "d":
        return f"({', '.join(_inner(child) for child in node if child.tag == M + 'e')})"
    part = {child.tag.removeprefix(M): child for child in node if isinstance(child.tag, str)}
    if kind == "f":
        return f"{_bracketed(part.get('num'))}/{_bracketed(part.get('den'))}"
    if kind == "rad":
        return f"{raised(_inner(part.get('deg')))}√{_bracketed(part.get('e'))}"
    power = (
        _power(_inner(part.pop("sup"))) if kind in ("sSup", "sSubSup") and "sup" in part else ""
    )
    return "".join(map(_said, part.values() if power else node)) + power


def _inner(node: Any | None) -> str:
    return "".join(map(_said, node)) if node is not None else ""


def _bracketed(node: Any | None) -> str:
    said = _inner(node).strip()
    return said if _SIMPLE.fullmatch(said) else f"({said})"


def _power(said: str) -> str:
    written = raised(said.strip())
    return written if written != said.strip() or not said.strip() else f"^{said.strip()}"
