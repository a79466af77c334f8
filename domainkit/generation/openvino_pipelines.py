"""Opens a model, and each adapter as a model of its own, in OpenVINO GenAI.

OpenVINO applies no LoRA to a graph that it builds from a GGUF, and does not say so. Where it can
(a graph whose layers were given names), it keeps what it computed of a prompt across adapters, so
that a request reads what another adapter wrote. So an adapter is added to a GGUF of its own once,
and each has a pipeline of its own: none can see another's, and each keeps its own prompts.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.generation import gguf_lora
from domainkit.generation.adapters import Adapter
from domainkit.generation.batching import Batch
from domainkit.generation.engine_options import OpenVinoOptions
from domainkit.generation.header import Header
from domainkit.generation.parity import between
from domainkit.generation.prepared import prepared
from domainkit.generation.requantise import requantise

_OPEN = 4  # models open at once, the base and adapters; the one used longest ago is closed
_SLOTS = 4  # answers written at once; they share the cores
_ROOM = 2048  # tokens kept for each at least: a prompt of 1,024, its answer, and as much again
_BLOCK = 32  # tokens that are kept together; OpenVINO's number
_CANARY = ("0123456789", "The answer is")  # any text: an active adapter changes what follows it
_STILL = 0.01  # an adapter of nothing was .000 off the base, in 8 bits; one of spread .02 .1


class Pipelines:
    """The pipelines of one model and its adapters, opened when they are first asked for."""

    def __init__(
        self,
        path: Path,
        header: Header,
        options: OpenVinoOptions,
        fitting: Callable[[str], Adapter],
    ) -> None:
        """Prepare the model; nothing is opened yet but its tokenizer.

        Args:
            path: a GGUF file.
            header: of the file.
            options: what suits this machine.
            fitting: returns an adapter once it is found to fit.

        Raises:
            ModelError: when OpenVINO cannot run it.
        """
        self._genai = extras.load("openvino_genai", needed_for="running a local model")
        self._path, self._header, self._options = path, header, options
        self._fitting = fitting
        with _opening(path):
            self._model, self.tokenizer = prepared(path, header)
        self._opened: dict[str | None, Batch] = {}  # by adapter, the one used longest ago first
        self._change = threading.Lock()
        self._opening: defaultdict[str | None, threading.Lock] = defaultdict(threading.Lock)

    def of(self, adapter: str | None) -> Batch:
        """Return what computes with ``adapter``; None is the base.

        While one is being opened, those that are open go on.

        Raises:
            ModelError, UnknownComponent: when the adapter cannot be used.
        """
        with self._change:
            opening = self._opening[adapter]
        with opening:
            with self._change:
                batch = self._opened.pop(adapter, None)
            if batch is None or batch.is_broken:
                batch = self._open(adapter)
            with self._change:
                self._opened[adapter] = batch
                while len(self._opened) > _OPEN:
                    del self._opened[next(iter(self._opened))]
            return batch

    def encode(self, text: str) -> Any:
        """Return the tokens of ``text`` as OpenVINO wants them."""
        # The template has written the special tokens: a second beginning changes the answer.
        return self.tokenizer.encode(text, add_special_tokens=False).input_ids

    def likeliest(self, batch: Batch, ids: Any, best: int) -> dict[int, float]:
        """Return the ``best`` next tokens after ``ids`` with their log-probabilities.

        A search along that many ways, of one token each: its scores are the probabilities.
        """
        config = self._genai.GenerationConfig(max_new_tokens=1, num_beams=best)
        config.num_return_sequences, config.ignore_eos = best, True
        return {int(way[0]): float(score) for way, score in batch.likeliest(ids, config)}

    def _open(self, name: str | None) -> Batch:
        if name is None:
            return self._batch(self._model)
        adapter = self._fitting(name)
        weights, base = adapter.manifest.weights[:16], self._header.digest[:16]
        merged = adapter.kept / f".{weights}-{base}-merged.gguf"
        return self._batch(merged) if merged.is_file() else self._merged(adapter, merged)

    def _merged(self, adapter: Adapter, target: Path) -> Batch:
        """Write the model with ``adapter`` added beside its weights, once, and open it."""
        changes = gguf_lora.pairs(adapter.folder, self._header)
        made = target.with_suffix(f".{os.getpid()}.gguf")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            requantise(self._path, self._header, made, changes)
            batch = self._batch(made)
            self._check_moved(adapter, batch)
            made.replace(target)
        finally:
            made.unlink(missing_ok=True)
        return batch

    def _check_moved(self, adapter: Adapter, batch: Batch) -> None:
        """Refuse an adapter that changes nothing: every answer would be the base's own."""
        prompts, base = [self.encode(text) for text in _CANARY], self.of(None)
        found = between(
            [self.likeliest(base, ids, 20) for ids in prompts],
            [self.likeliest(batch, ids, 80) for ids in prompts],
        )
        if found.mean < _STILL:
            raise ModelError(
                f"{adapter.folder}: adapter '{adapter.manifest.name}' changes nothing: "
                f"log-probabilities are {found.mean:.4f} from the base's",
                hint=adapter.manifest.command,
            )

    def _batch(self, model: Path) -> Batch:
        scheduler = self._genai.SchedulerConfig()
        scheduler.enable_prefix_caching = True
        scheduler.max_num_seqs = _SLOTS
        scheduler.max_num_batched_tokens = self._options.batch
        # Kept prompts take memory only once they are there.
        scheduler.num_kv_blocks = max(self._header.context, _SLOTS * _ROOM) // _BLOCK
        with _opening(model):
            pipeline = self._genai.ContinuousBatchingPipeline(
                model, self.tokenizer, scheduler, "CPU", **self._options.properties
            )
            return Batch(self._genai, pipeline, self.encode("a"))


@contextlib.contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, IndexError, ValueError) as error:
        raise ModelError(
            f"{path}: OpenVINO cannot run this model ({reason(error)})",
            hint="domainkit models verify, or choose another: domainkit models list",
        ) from error


def reason(error: Exception) -> str:
    """Return the last line of what OpenVINO says; those before it name its own source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
