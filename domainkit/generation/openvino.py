"""Answers with a GGUF through OpenVINO GenAI, in this process, without a network.

OpenVINO applies no LoRA to a graph that it builds from a GGUF, and does not say so. Where it can
(a graph whose layers were given names), it keeps what it computed of a prompt across adapters, so
that a request reads what another adapter wrote. So an adapter is added to a GGUF of its own once,
and each has a pipeline of its own: none can see another's, and each keeps its own prompts.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from domainkit import extras
from domainkit.errors import GenerationError, ModelError
from domainkit.generation import gguf, gguf_lora, header
from domainkit.generation.adapters import Adapter, Adapters, fitting
from domainkit.generation.ending import OVER
from domainkit.generation.listening import Listener, streamed
from domainkit.generation.prepared import prepared
from domainkit.generation.requantise import requantise
from domainkit.types import Generation, Message, Prompt, Usage

_OPEN = 4  # models open at once, the base and adapters; the one used longest ago is closed


class OpenVinoGenerator:
    """Greedy decoding of one model: the same prompt gives the same bytes.

    Prompts of one pack begin alike, and what was computed for that beginning is kept between
    questions. Requests run one at a time, each on every core.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        max_tokens: int,
        threads: int = 0,
        adapters: Path | None = None,
        prompt_hash: str | None = None,
    ) -> None:
        """Open the model; adapters are opened when they are first asked for.

        Args:
            path: a GGUF file that carries a chat template.
            name: the model's name in the catalogue, for every answer to name.
            max_tokens: the most tokens of an answer.
            threads: processor threads to use; 0 leaves it to OpenVINO.
            adapters: the folder that holds the adapters; without one there are none.
            prompt_hash: of the pack's prompts; an adapter tuned with others is refused.

        Raises:
            ModelError: when the file is absent, damaged or of a kind OpenVINO cannot run.
            MissingExtra: when OpenVINO GenAI is not installed.
        """
        self._genai = extras.load("openvino_genai", needed_for=f"running the model {name}")
        self._path, self._name = path, name
        self._max_tokens = max_tokens
        self._header = header.read(path)
        self._adapters = Adapters(adapters) if adapters else None
        self._prompt_hash = prompt_hash
        self._options: dict[str, Any] = {"INFERENCE_NUM_THREADS": threads} if threads else {}
        with _opening(path):
            self._model, self._tokenizer = prepared(path, self._header)
        self._opened: dict[str | None, Any] = {}  # by adapter, the one used longest ago first
        self._opening = threading.Lock()
        self._turn = threading.Lock()
        if self._adapters is None:
            self._with(None)

    @property
    def id(self) -> str:
        """``openvino:`` and the model's name."""
        return f"openvino:{self._name}"

    @property
    def context(self) -> int:
        """The most tokens that a prompt and its answer may have together."""
        return self._header.context

    def tokens(self, text: str) -> list[int]:
        """Return the model's tokens of ``text``, special ones where it spells them, none added."""
        ids: list[int] = self._encode(text).input_ids.data[0].tolist()
        return ids

    def reads(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens as which the model reads ``messages``."""
        return self.tokens(self._header.chat.render(messages))

    def count(self, text: str) -> int:
        """Return how many of the model's tokens ``text`` is."""
        return len(self.tokens(text))

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        """Return the whole answer.

        Raises:
            UnknownComponent: when there is no such adapter.
            GenerationError: when the prompt is too long, or OpenVINO fails.
            ModelError: when the adapter does not fit the base, its template or the prompts.
        """
        return self._write(prompt, adapter, Listener())

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        """Yield pieces of text as they are written, then the whole ``Generation``.

        Writing stops within a few tokens of ``cancel``, or of the iterator being closed.

        Raises:
            UnknownComponent, GenerationError, ModelError: as ``generate`` does.
        """
        yield from streamed(partial(self._write, prompt, adapter), cancel)

    def _write(self, prompt: Prompt, adapter: str | None, listener: Listener) -> Generation:
        pipeline = self._with(adapter)
        encoded = self._encode(self._header.chat.render(prompt.messages))
        length = int(encoded.input_ids.shape[1])
        room = self._header.context - length
        if room < 1:
            raise GenerationError(
                f"the prompt has {length:,} tokens; {self._name} takes {self._header.context:,}",
                hint="lower generation.prompt_tokens in domainkit.toml",
            )
        with self._turn:
            if listener.unwanted:
                return Generation("", self.id, adapter, "cancelled", Usage(length))
            written = self._decode(pipeline, encoded, min(self._max_tokens, room), listener)
        return replace(written, adapter=adapter)

    def _decode(self, pipeline: Any, encoded: Any, tokens: int, listener: Listener) -> Generation:
        begun = time.perf_counter()
        try:
            result = pipeline.generate(encoded, self._greedy(tokens), self._hear(listener))
        except RuntimeError as error:
            raise GenerationError(
                f"{self.id} failed: {_reason(error)}",
                hint='domainkit models verify, or set generation.engine = "extractive"',
            ) from error
        usage = Usage(
            prompt_tokens=int(encoded.input_ids.shape[1]),
            completion_tokens=len(result.tokens[0]),
            seconds=time.perf_counter() - begun,
            first_token_seconds=result.perf_metrics.get_ttft().mean / 1000,
        )
        full = result.finish_reasons[0] == self._genai.GenerationFinishReason.LENGTH
        text, finish = listener.heard(full=full)
        return Generation(text, self.id, finish=finish, usage=usage)

    def _with(self, adapter: str | None) -> Any:
        """Return the pipeline of an adapter, or of the base, opened when it is first asked for."""
        with self._opening:
            pipeline = self._opened.pop(adapter, None) or self._open(adapter)
            self._opened[adapter] = pipeline
            while len(self._opened) > _OPEN:
                del self._opened[next(iter(self._opened))]
            return pipeline

    def _open(self, name: str | None) -> Any:
        model = self._model if name is None else self._merged(self._fitting(name))
        with _opening(self._path if name is None else model):
            return self._genai.LLMPipeline(model, self._tokenizer, "CPU", **self._options)

    def _fitting(self, name: str) -> Adapter:
        return fitting(
            self._adapters,
            name,
            engine=self.id,
            base=gguf.sha256(self._path),
            chat=self._header.chat.hash,
            prompt=self._prompt_hash,
        )

    def _merged(self, adapter: Adapter) -> Path:
        """Return the model with ``adapter`` added, written once beside its weights."""
        weights, base = adapter.manifest.weights[:16], self._header.digest[:16]
        target = adapter.folder / f".{weights}-{base}-merged.gguf"
        if not target.is_file():
            changes = gguf_lora.pairs(adapter.folder, self._header)
            if not any(pair.a.any() and pair.b.any() for pair in changes.values()):
                raise ModelError(
                    f"{adapter.folder}: adapter '{adapter.manifest.name}' changes nothing",
                    hint=adapter.manifest.command,
                )
            made = target.with_suffix(f".{os.getpid()}")
            requantise(self._path, self._header, made, changes)
            made.replace(target)
        return target

    def _hear(self, listener: Listener) -> Callable[[str], Any]:
        """Return what OpenVINO calls with each piece, and that tells it whether to go on."""
        answers = self._genai.StreamingStatus
        stops = {None: answers.RUNNING, "cancelled": answers.CANCEL}
        return lambda piece: stops.get(listener.hear(piece), answers.STOP)

    def _encode(self, text: str) -> Any:
        # The template has written the special tokens: a second beginning changes the answer.
        return self._tokenizer.encode(text, add_special_tokens=False)

    def _greedy(self, tokens: int) -> Any:
        config = self._genai.GenerationConfig()
        config.do_sample = False
        config.apply_chat_template = False
        config.max_new_tokens = tokens
        config.stop_token_ids = set(self._header.stops)
        config.stop_strings = set(OVER)
        return config


@contextlib.contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, IndexError, ValueError) as error:
        raise ModelError(
            f"{path}: OpenVINO cannot run this model ({_reason(error)})",
            hint="domainkit models verify, or choose another: domainkit models list",
        ) from error


def _reason(error: Exception) -> str:
    """Return the last line of what OpenVINO says; those before it name its own source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
