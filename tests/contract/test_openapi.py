"""The OpenAPI document is pinned: a change of the interface shows up as a change of this file.

To accept a change: UPDATE_GOLDEN=1 .venv/bin/pytest tests/contract/test_openapi.py
"""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domainkit.server.app import create_app

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    manifest = SimpleNamespace(title="Any pack")
    assistant: Any = SimpleNamespace(
        folder=Path("/nowhere"), pack=SimpleNamespace(manifest=manifest)
    )
    found = create_app(assistant).openapi()
    found["info"]["version"] = "any"
    return json.loads(json.dumps(found))


def test_the_document_is_the_pinned_one(document: dict[str, Any]) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True)
        GOLDEN.write_text(text + "\n", encoding="utf-8")

    assert document == json.loads(GOLDEN.read_text(encoding="utf-8")), (
        "the interface changed; if it was meant to, write the change in CHANGELOG.md and run: "
        "UPDATE_GOLDEN=1 .venv/bin/pytest tests/contract/test_openapi.py"
    )


def operations(document: dict[str, Any]) -> list[Any]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_every_endpoint_has_a_summary_a_description_and_an_example(
    document: dict[str, Any],
) -> None:
    for operation in operations(document):
        answer = operation["responses"]["200"]["content"]["application/json"]
        assert operation["summary"]
        assert operation["description"]
        assert "example" in answer or "examples" in answer, operation["operationId"]


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    bodies = [
        operation["requestBody"]
        for operation in operations(document)
        if "requestBody" in operation
    ]

    assert len(bodies) == 2
    for body in bodies:
        reference = body["content"]["application/json"]["schema"]["$ref"]
        assert schemas[reference.rpartition("/")[2]]["examples"]


def test_every_failure_is_a_problem(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for status, response in operation["responses"].items():
            if status != "200":
                assert list(response["content"]) == ["application/problem+json"], status


def test_every_reference_resolves_and_unknown_fields_are_refused(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    found = set(_references(document))

    assert found
    assert {reference.rpartition("/")[2] for reference in found} <= set(schemas)
    for name, schema in schemas.items():
        assert schema["additionalProperties"] is False, name


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for child in value.values() for found in _references(child)]
    if isinstance(value, list):
        return [found for child in value for found in _references(child)]
    return []
