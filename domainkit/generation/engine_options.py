"""What suits a machine: how an engine computes, found by measurement or by what it can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from domainkit import extras

# Of 256, 512, 1,024 and 2,048 tokens read at once; see benchmarks/results/speed.md.
_BATCH = 1024


@dataclass(frozen=True, slots=True)
class OpenVinoOptions:
    """How OpenVINO computes: ``batch`` tokens at once, on ``threads`` (0: as many as it likes).

    ``kept`` is the precision of what is kept of a prompt: "" leaves it to OpenVINO, which takes
    8 bits; in bfloat16, where the processor has it, a prompt of 1,000 tokens is read in .54 s
    instead of .76 s.
    """

    threads: int = 0
    batch: int = _BATCH
    kept: str = ""

    @property
    def properties(self) -> Mapping[str, Any]:
        """The same, as OpenVINO calls it."""
        named = {"INFERENCE_NUM_THREADS": self.threads, "KV_CACHE_PRECISION": self.kept}
        return {name: value for name, value in named.items() if value}


@lru_cache(maxsize=1)
def has_bfloat16() -> bool:
    """Return whether this processor computes in bfloat16."""
    core = extras.load("openvino", needed_for="running a local model").Core()
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
