"""Answers with a GGUF through OpenVINO GenAI, in this process, without a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from domainkit import extras
from domainkit.errors import GenerationError
from domainkit.generation import gguf, header
from domainkit.generation.adapters import Adapter, Adapters, fitting
from domainkit.generation.engine_options import OpenVinoOptions, defaults
from domainkit.generation.openvino_pipelines import Pipelines, reason
from domainkit.generation.writing import Writing
from domainkit.types import Generation, Message, Prompt, Usage


class OpenVinoGenerator:
    """Greedy decoding of one model, several answers at once.

    Prompts of one pack begin alike, and what was computed for that beginning is kept between
    questions.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        max_tokens: int,
        threads: int = 0,
        adapters: Adapters | None = None,
        prompt_hash: str | None = None,
        options: OpenVinoOptions | None = None,
    ) -> None:
        """Open the model; adapters are opened when they are first asked for.

        Args:
            path: a GGUF file that carries a chat template.
            name: the model's name in the catalogue, for every answer to name.
            max_tokens: the most tokens of an answer.
            threads: processor threads to use; 0 leaves it to OpenVINO.
            adapters: those it can write with; without them there are none.
            prompt_hash: of the pack's prompts; an adapter tuned with others is refused.
            options: what was found to suit this machine; ``threads`` comes before it.

        Raises:
            ModelError: when the file is absent, damaged or of a kind OpenVINO cannot run.
            MissingExtra: when OpenVINO GenAI is not installed.
        """
        self._genai = extras.load("openvino_genai", needed_for=f"running the model {name}")
        self._path, self._name = path, name
        self._max_tokens = max_tokens
        self._header = header.read(path)
        self._adapters = adapters
        self._prompt_hash = prompt_hash
        found = options or defaults()
        if threads:
            found = found.model_copy(update={"threads": threads})
        self._pipelines = Pipelines(path, self._header, found, self._fitting)
        if self._adapters is None:
            self._pipelines.of(None)

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
        ids: list[int] = self._pipelines.encode(text).data[0].tolist()
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
        *_, last = self.stream(prompt, adapter=adapter)
        if isinstance(last, Generation):
            return last
        raise AssertionError("a stream ends with its generation")

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        """Yield pieces of text as they are written, then the whole ``Generation``.

        Writing stops within a few tokens of ``cancel``, or of the iterator being closed.

        Raises:
            UnknownComponent, GenerationError, ModelError: as ``generate`` does.
        """
        batch = self._pipelines.of(adapter)
        writing = Writing(self._decode)
        ids = self._pipelines.encode(self._header.chat.render(prompt.messages))
        length = int(ids.shape[1])
        room = self._header.context - length
        if room < 1:
            raise GenerationError(
                f"the prompt has {length:,} tokens; {self._name} takes {self._header.context:,}",
                hint="lower generation.prompt_tokens in domainkit.toml",
            )
        if cancel is not None and cancel.is_set():
            yield Generation("", self.id, adapter, "cancelled", Usage(length))
            return
        try:
            with closing(batch.tokens(ids, self._greedy(min(self._max_tokens, room)))) as tokens:
                finish = yield from writing.pieces(tokens, self._header.stops, cancel)
        except RuntimeError as error:
            raise GenerationError(
                f"{self.id} failed: {reason(error)}",
                hint='domainkit models verify, or set generation.engine = "extractive"',
            ) from error
        usage = Usage(length, len(writing.tokens), writing.seconds, writing.first)
        yield Generation(writing.answer(finish), self.id, adapter, finish, usage)

    def next_tokens(
        self, ids: Sequence[int], *, adapter: str | None = None, best: int = 20
    ) -> dict[int, float]:
        """Return the likeliest next tokens after ``ids`` with their log-probabilities.

        Another engine that runs the same model must give nearly the same.
        """
        tensor = extras.load("openvino", needed_for="running a local model").Tensor
        asked = tensor(np.array([ids], dtype=np.int64))
        return self._pipelines.likeliest(self._pipelines.of(adapter), asked, best)

    def _fitting(self, name: str) -> Adapter:
        return fitting(
            self._adapters,
            name,
            engine=self.id,
            base=gguf.sha256(self._path),
            chat=self._header.chat.hash,
            prompt=self._prompt_hash,
        )

    def _greedy(self, tokens: int) -> Any:
        # What ends an answer is decided here, so that it is the same with every engine.
        return self._genai.GenerationConfig(
            max_new_tokens=tokens, do_sample=False, ignore_eos=True
        )

    def _decode(self, ids: Sequence[int]) -> str:
        text: str = self._pipelines.tokenizer.decode(list(ids))
        return text
