"""Checks the adapters that a pack brings: whole, of plain data, licensed, and of no one machine.

``adapters/<base>/`` holds an adapter of that base: its weights as safetensors, PEFT's
configuration of them, the record, the card, the plot of its losses and the gate's verdict.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from domainkit.packs import licences
from domainkit.packs.chain import Link
from domainkit.packs.checking import nearest
from domainkit.packs.problems import Problem
from domainkit.packs.schemas.adapter import (
    CARD,
    CONFIG,
    MANIFEST,
    PAGE,
    PLOT,
    VERDICT,
    WEIGHTS,
    Manifest,
    Verdict,
)

S = TypeVar("S", Manifest, Verdict)

FOLDER = "adapters"
NEEDED = (WEIGHTS, CONFIG, MANIFEST, CARD)
FILES = (*NEEDED, PLOT, VERDICT, PAGE)
LARGEST = 10_000_000  # bytes of the weights: what a small release artefact of a pack may weigh

# An absolute path, of whichever system: it is true of one machine only.
_PLACE = re.compile(r"(?:^|[\s'\"=])(?:~?/\w|[A-Za-z]:\\)")
_LENGTH = 8  # bytes that say how long the header of a safetensors file is


def check(own: Link) -> list[Problem]:
    """Return the problems of the adapters of a pack."""
    place = own.folder / FOLDER
    found = sorted(place.iterdir()) if place.is_dir() else []
    faults = [
        Problem(own.shown(f"{FOLDER}/{path.name}"), "", "is no folder of an adapter")
        for path in found
        if not path.is_dir() and not path.name.startswith(".")
    ]
    names: dict[str, str] = {}
    for folder in (path for path in found if path.is_dir()):
        shown = own.shown(f"{FOLDER}/{folder.name}")
        faults += list(within(folder, shown))
        record = read(Manifest, folder / MANIFEST)
        if isinstance(record, Manifest):
            other = names.setdefault(record.name, shown)
            if other != shown:
                text = f"'{record.name}' is the name of {other} too"
                faults.append(Problem(f"{shown}/{MANIFEST}", "name", text))
    return faults


def within(folder: Path, shown: str) -> Iterator[Problem]:
    """Yield the problems of the adapter in ``folder``, which errors name ``shown``."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in FILES:
            text = f"is no file of an adapter{nearest(name, FILES)}"
            yield Problem(f"{shown}/{name}", "", text)
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    yield from (Problem(f"{shown}/{name}", "", "is missing") for name in missing)
    if missing:
        return
    yield from _weights(folder / WEIGHTS, f"{shown}/{WEIGHTS}")
    record = read(Manifest, folder / MANIFEST)
    if isinstance(record, str):
        yield Problem(f"{shown}/{MANIFEST}", "", record)
        return
    yield from _record(record, folder, shown)
    if (folder / VERDICT).is_file():
        yield from _verdict(record, folder / VERDICT, f"{shown}/{VERDICT}")
    for name in (CONFIG, MANIFEST, CARD, VERDICT, PAGE):
        if (folder / name).is_file():
            yield from _places(folder / name, f"{shown}/{name}")


def judged(record: Manifest, folder: Path) -> str:
    """Return in a word what the gate found of the weights of the adapter in ``folder``."""
    verdict = read(Verdict, folder / VERDICT)
    if isinstance(verdict, str) or verdict.weights != record.weights:
        return "not asked"
    return "passed" if verdict.passed else "refused"


def _record(record: Manifest, folder: Path, shown: str) -> Iterator[Problem]:
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    if digest != record.weights:
        text = f"its sha256 is {digest}, not {record.weights} as {MANIFEST} says"
        yield Problem(f"{shown}/{WEIGHTS}", "", text)
    named = {"base.licence": record.base.licence}
    named |= {f"rows.licences.{name}": name for name in record.rows.licences}
    for key, licence in named.items():
        if fault := licences.fault(licence):
            yield Problem(f"{shown}/{MANIFEST}", key, fault)
    card = (folder / CARD).read_text(encoding="utf-8", errors="replace")
    for licence in sorted({record.base.licence, *record.rows.licences}):
        if licence not in card:
            yield Problem(f"{shown}/{CARD}", "", f"does not name the licence {licence}")


def _verdict(record: Manifest, path: Path, shown: str) -> Iterator[Problem]:
    verdict = read(Verdict, path)
    if isinstance(verdict, str):
        yield Problem(shown, "", verdict)
    elif verdict.weights != record.weights:
        yield Problem(shown, "weights", f"the gate judged other weights than {WEIGHTS} holds")


def _weights(path: Path, shown: str) -> Iterator[Problem]:
    size = path.stat().st_size
    if size > LARGEST:
        yield Problem(shown, "", f"has {size:,} bytes; a pack's adapter has {LARGEST:,} at most")
    elif not _is_safetensors(path.read_bytes()):
        yield Problem(shown, "", "is no safetensors file")


def _is_safetensors(data: bytes) -> bool:
    """Return whether ``data`` is a header of JSON and the tensors that it names, no byte else.

    The format: https://github.com/huggingface/safetensors#format
    """
    length = int.from_bytes(data[:_LENGTH], "little")
    rest = len(data) - _LENGTH - length
    try:
        header = json.loads(data[_LENGTH : _LENGTH + length])
        tensors = [value for name, value in header.items() if name != "__metadata__"]
        ends = [tensor["data_offsets"] for tensor in tensors]
        return bool(ends) and max(end for _, end in ends) == rest
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return False


def _places(path: Path, shown: str) -> Iterator[Problem]:
    """Yield the values of a JSON file, or the lines of a page, that name a path of a machine."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        said = json.loads(text) if path.suffix == ".json" else text.splitlines()
    except (ValueError, RecursionError):
        yield Problem(shown, "", "is not JSON")
        return
    for key, value in _texts(said):
        if _PLACE.search(value):
            yield Problem(shown, key, f"names a place on one machine: {value}")


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of nested data by its dotted key."""
    if isinstance(value, str):
        yield key, value
        return
    inner: Sequence[tuple[object, Any]] = ()
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for name, each in inner:
        yield from _texts(each, f"{key}.{name}" if key else str(name))


def read(schema: type[S], path: Path) -> S | str:
    """Return what ``path`` says, or in a line what is wrong with it."""
    try:
        return schema.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        fault = error.errors()[0]
        return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}".removeprefix(": ")
    except (OSError, UnicodeDecodeError) as error:
        return str(error)
