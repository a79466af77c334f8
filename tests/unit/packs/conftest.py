from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MANIFEST = """\
schema: 1
name: {name}
version: 1.0.0
title: A pack for tests
"""
PROMPTS = {
    "system": "Answer from the sources.\n",
    "answer": "$sources\n\n$question\n",
    "refuse": "No answer to $question\n",
    "condense": "$history\n\n$question\n",
}

Writer = Callable[..., Path]


@pytest.fixture
def write_pack(tmp_path: Path) -> Writer:
    """Return a function that writes a sound pack: extra manifest lines, and files by path."""

    def write(name: str = "mini", manifest: str = "", **files: str) -> Path:
        folder = tmp_path / name
        whole = {
            "domain.yaml": MANIFEST.format(name=name) + manifest,
            **{f"prompts/{prompt}.en.md": text for prompt, text in PROMPTS.items()},
            "README.md": "A card.\n",
            **files,
        }
        for relative, text in whole.items():
            path = folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def write_child(tmp_path: Path) -> Writer:
    """Return a function that writes a pack that says only what differs from its parent."""

    def write(name: str, extends: str, manifest: str = "", **files: str) -> Path:
        folder = tmp_path / name
        head = MANIFEST.format(name=name) + f"extends: {extends}\n"
        for relative, text in {"domain.yaml": head + manifest, **files}.items():
            path = folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    return write
