"""One document a profile, read as a person who knows the trade has agreed that it should be.

A change that is meant is reviewed by eye: print ``found`` and compare it with the document.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domainkit.ingestion.explain import explain
from domainkit.ingestion.profile import Profiles

DOCUMENTS = Path(__file__).parent / "documents"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (DOCUMENTS / "expected.json").read_text(encoding="utf-8")
)


def found(name: str) -> dict[str, Any]:
    (explained,) = explain(DOCUMENTS / name)
    document = explained.document
    begins, ends = document.validity.effective_from, document.validity.effective_to
    return {
        "profile": document.profile,
        "title": document.title,
        "language": document.language,
        "in force": [str(begins) if begins else None, str(ends) if ends else None],
        "authority": document.authority,
        "sections": [list(section.path) for section in document.sections],
        "passages": [[p.locator, p.text[:40], p.text[-20:]] for p in explained.passages],
    }


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_document_is_read_as_reviewed(name: str) -> None:
    assert found(name) == EXPECTED[name]


def test_every_profile_has_a_document() -> None:
    assert {one["profile"] for one in EXPECTED.values()} == set(Profiles.load().names)
    assert set(EXPECTED) == {p.name for p in DOCUMENTS.iterdir() if p.suffix != ".json"}
