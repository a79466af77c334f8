"""What a model can do without any source: a small suite that shows what tuning made it forget.

The questions were written for this project. They are put to the model itself, without retrieval,
guards or the pack's prompts; an answer is right when it says one of the words wanted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from domainkit.assistant import Assistant, wiring
from domainkit.evaluation import comparison, wording
from domainkit.evaluation.record import Comparison
from domainkit.packs.schemas.base import Strict
from domainkit.types import Message, Prompt

NAME = "general"
METRIC = "general_right"
FILE = Path(__file__).with_name("general.jsonl")


class Probe(Strict):
    """A question, the words any of which a right answer says, and what it tries."""

    id: str
    ask: str
    say: tuple[str, ...]
    kind: str


def probes() -> tuple[Probe, ...]:
    """Return the general suite."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return tuple(Probe.model_validate(json.loads(line)) for line in lines if line)


def digest(questions: Sequence[Probe]) -> str:
    """Return the SHA-256 of ``questions``."""
    return hashlib.sha256("\n".join(q.model_dump_json() for q in questions).encode()).hexdigest()


def right(said: str, probe: Probe) -> bool:
    """Return whether an answer says one of the words wanted."""
    return any(wording.says(said, words) for words in probe.say)


def compared(
    assistant: Assistant, adapter: str, questions: Sequence[Probe], *, workers: int = 1
) -> list[Comparison]:
    """Return how often the base and the ``adapter`` are right, and McNemar's test of the two.

    So many ``workers`` ask at once.

    Raises:
        DomainkitError: when a model is missing or a generator fails.
    """
    if not questions:
        return []
    settings, pack = assistant.settings, assistant.pack
    writer = wiring.tuned_writer(settings, pack, "en", assistant.adapting.adapters).generator

    def judged(name: str | None, probe: Probe) -> float:
        return float(right(writer.generate(_prompt(probe), adapter=name).text, probe))

    with ThreadPoolExecutor(max(1, workers)) as pool:
        before, after = (
            np.array([*pool.map(partial(judged, name), questions)]) for name in (None, adapter)
        )
    return [comparison.of(METRIC, before, after)]


def _prompt(probe: Probe) -> Prompt:
    return Prompt((Message("user", probe.ask),))
