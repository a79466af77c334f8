"""Answers with a GGUF through OpenVINO GenAI, in this process, without a network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from domainkit import extras
from domainkit.errors import GenerationError, ModelError
from domainkit.generation import header
from domainkit.generation.ending import OVER
from domainkit.generation.listening import Listener, streamed
from domainkit.generation.prepared import prepared
from domainkit.types import Generation, Prompt, Usage


class OpenVinoGenerator:
    """Greedy decoding of one model: the same prompt gives the same bytes.

    Prompts of one pack begin alike, and what was computed for that beginning is kept between
    questions. Requests run one at a time, each on every core.
    """

    def __init__(self, path: Path, *, name: str, max_tokens: int, threads: int = 0) -> None:
        """Open the model.

        Args:
            path: a GGUF file that carries a chat template.
            name: the model's name in the catalogue, for every answer to name.
            max_tokens: the most tokens of an answer.
            threads: processor threads to use; 0 leaves it to OpenVINO.

        Raises:
            ModelError: when the file is absent, damaged or of a kind OpenVINO cannot run.
            MissingExtra: when OpenVINO GenAI is not installed.
        """
        self._genai = extras.load("openvino_genai", needed_for=f"running the model {name}")
        self._name = name
        self._max_tokens = max_tokens
        self._header = header.read(path)
        options: dict[str, Any] = {"INFERENCE_NUM_THREADS": threads} if threads else {}
        try:
            model, self._tokenizer = prepared(path, self._header)
            self._pipeline = self._genai.LLMPipeline(model, self._tokenizer, "CPU", **options)
        except (RuntimeError, IndexError, ValueError) as error:
            raise ModelError(
                f"{path}: OpenVINO cannot run this model ({_reason(error)})",
                hint="domainkit models verify, or choose another: domainkit models list",
            ) from error
        self._turn = threading.Lock()

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

    def count(self, text: str) -> int:
        """Return how many of the model's tokens ``text`` is."""
        return len(self.tokens(text))

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        """Return the whole answer.

        Raises:
            GenerationError: for any ``adapter``, for a prompt longer than the model's context, and
                for a failure inside OpenVINO.
        """
        return self._write(prompt, adapter, Listener())

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        """Yield pieces of text as they are written, then the whole ``Generation``.

        Writing stops within a few tokens of ``cancel``, or of the iterator being closed.

        Raises:
            GenerationError: as ``generate`` does.
        """
        yield from streamed(partial(self._write, prompt, adapter), cancel)

    def _write(self, prompt: Prompt, adapter: str | None, listener: Listener) -> Generation:
        if adapter is not None:
            # OpenVINO applies no LoRA to a graph built from a GGUF, and does not say so.
            raise GenerationError(
                f"{self.id} cannot use the adapter '{adapter}'",
                hint='set generation.engine = "peft" in domainkit.toml',
            )
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
                return Generation("", self.id, finish="cancelled", usage=Usage(length))
            return self._decode(encoded, min(self._max_tokens, room), listener)

    def _decode(self, encoded: Any, tokens: int, listener: Listener) -> Generation:
        begun = time.perf_counter()
        try:
            result = self._pipeline.generate(encoded, self._greedy(tokens), self._hear(listener))
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


def _reason(error: Exception) -> str:
    """Return the last line of what OpenVINO says; those before it name its own source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
