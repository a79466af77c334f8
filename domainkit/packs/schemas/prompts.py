"""``prompts/<name>.<language>.md``: plain text with named ``$fields`` (``string.Template``)."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from types import MappingProxyType

# prompt -> field -> whether the prompt must use it
FIELDS: Mapping[str, Mapping[str, bool]] = MappingProxyType(
    {
        "system": {"title": False, "audience": False, "no_answer": False},
        "answer": {"sources": True, "question": True, "no_answer": False},
        "refuse": {"question": False, "nearest": False, "missing": False},
        "condense": {"history": True, "question": True},
    }
)
LONGEST = 8_000  # characters; a prompt longer than this leaves a small model no room for sources


def problems(name: str, text: str) -> list[str]:
    """Return what is wrong with the prompt ``name``, one line a fault; empty when it is sound."""
    if not text.strip():
        return ["is empty"]
    found = []
    if len(text) > LONGEST:
        found.append(f"is longer than {LONGEST} characters")
    template = Template(text)
    if not template.is_valid():
        found.append("has a '$' that starts no field; write '$$' for a dollar sign")
        return found
    fields, used = FIELDS[name], set(template.get_identifiers())
    known = ", ".join(f"${field}" for field in fields)
    found += [
        f"has the unknown field ${field}; known: {known}" for field in sorted(used - {*fields})
    ]
    found += [f"lacks ${field}" for field, must in fields.items() if must and field not in used]
    return found
