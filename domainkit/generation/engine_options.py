"""How an engine computes on a machine, and where what was measured of that is remembered.

``domainkit doctor --tune`` measures once and leaves ``machine.json`` in the folder of the models:
what suits a machine belongs to it, not to a pack. What was found with another processor or other
versions of the engines counts for nothing.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from domainkit import extras
from domainkit.packs.schemas.base import Strict

FILE = "machine.json"
Engine = Literal["openvino", "llamacpp"]
_ENGINES = ("openvino-genai", "xllamacpp")
# Of 256, 512, 1,024 and 2,048 tokens read at once, where nothing was measured.
_BATCH = 1024


class OpenVinoOptions(Strict):
    """How OpenVINO computes: ``batch`` tokens at once, on ``threads`` (0: as many as it likes).

    ``kept`` is the precision of what is kept of a prompt: "" leaves it to OpenVINO, which takes
    8 bits; in bfloat16, where the processor has it, a prompt of 1,000 tokens was read in .54 s
    instead of .76 s.
    """

    threads: int = Field(default=0, ge=0)
    batch: int = Field(default=_BATCH, ge=32)
    kept: Literal["", "bf16", "f16", "f32"] = ""

    @property
    def properties(self) -> Mapping[str, Any]:
        """The same, as OpenVINO calls it."""
        named = {"INFERENCE_NUM_THREADS": self.threads, "KV_CACHE_PRECISION": self.kept}
        return {name: value for name, value in named.items() if value}


class LlamaCppOptions(Strict):
    """How llama.cpp computes: ``batch`` tokens at once, on ``threads``; 0 leaves it to it."""

    threads: int = Field(default=0, ge=0)
    batch: int = Field(default=0, ge=0)


class Tried(Strict):
    """One way that was measured: ``seconds`` for the same prompt and answer."""

    engine: Engine
    options: str
    seconds: float


class Found(Strict):
    """What suits this machine for one model, and what it was chosen from.

    ``engine`` is the faster of those that say the same; ``apart`` is how far OpenVINO's
    log-probabilities are from llama.cpp's.
    """

    machine: str
    engine: Engine
    openvino: OpenVinoOptions
    llamacpp: LlamaCppOptions
    apart: float
    tried: tuple[Tried, ...]
    on: date

    @property
    def seconds(self) -> float:
        """The time of the best way of the engine that was chosen."""
        return min(tried.seconds for tried in self.tried if tried.engine == self.engine)


class _Remembered(Strict):
    schema_number: Literal[1] = Field(default=1, alias="schema")
    models: dict[str, Found] = Field(default_factory=dict)


def remembered(digest: str, *, cache: Path) -> Found | None:
    """Return what was found for the model whose header has ``digest``; None if that is nothing.

    A file that cannot be read is as none: what it says can be measured again.
    """
    found = _read(cache).models.get(digest)
    return found if found and found.machine == machine() else None


def remember(digest: str, found: Found, *, cache: Path) -> Path:
    """Write what was found for a model, beside what is known of others; return the file."""
    models = _read(cache).models | {digest: found}
    place, made = cache / FILE, cache / f".{FILE}.{os.getpid()}"
    cache.mkdir(parents=True, exist_ok=True)
    content = _Remembered(schema=1, models=models)
    made.write_text(content.model_dump_json(by_alias=True, indent=2) + "\n", encoding="utf-8")
    made.replace(place)
    return place


def defaults() -> OpenVinoOptions:
    """Return how OpenVINO computes where nothing was measured."""
    return OpenVinoOptions(kept="bf16" if has_bfloat16() else "")


@lru_cache(maxsize=1)
def has_bfloat16() -> bool:
    """Return whether this processor computes in bfloat16."""
    core = extras.load("openvino", needed_for="running a local model").Core()
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@lru_cache(maxsize=1)
def machine() -> str:
    """Return the processor, its cores and the engines' versions: what a measurement holds for."""
    return ", ".join((_processor(), f"{cores()} cores", *map(_version, _ENGINES)))


def cores() -> int:
    """Return how many cores this process may use."""
    may = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(may(0)) if may else os.cpu_count() or 1


def _read(cache: Path) -> _Remembered:
    try:
        return _Remembered.model_validate_json((cache / FILE).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return _Remembered(schema=1)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"
