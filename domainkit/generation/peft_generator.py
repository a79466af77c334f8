"""Answers with transformers and PEFT: one base, any number of adapters, one a request.

The reference engine: it runs what training ran. Each answer keeps its own cache of keys and
values and each step switches to its own adapter first, so no request sees another's adapter.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any

from domainkit import extras
from domainkit.errors import GenerationError, ModelError
from domainkit.generation.adapters import Adapter, Adapters, fitting
from domainkit.generation.base_model import context, first_line, open_base
from domainkit.generation.writing import Writing
from domainkit.types import Generation, Message, Prompt, Usage

_PURPOSE = "answering with an adapter"
_CANARY = "0123456789"  # any text: an adapter that is active changes what follows it


class PeftGenerator:
    """Writes the likeliest answer, token by token (greedy), with the base or with an adapter."""

    def __init__(
        self,
        base: Path,
        *,
        name: str,
        max_tokens: int,
        adapters: Adapters | None = None,
        prompt_hash: str | None = None,
        threads: int = 0,
    ) -> None:
        """Open the base; adapters are opened when they are first asked for.

        Args:
            base: a GGUF file or a transformers folder.
            name: the base's name, for every answer to name.
            max_tokens: the most tokens of an answer.
            adapters: those it can write with; without them there are none.
            prompt_hash: of the pack's prompts (``template_hash``); an adapter tuned with others
                is refused. None leaves them unchecked.
            threads: processor threads to use; 0 leaves it to torch.

        Raises:
            ModelError: when the base cannot be opened.
            MissingExtra: when torch, transformers or peft is not installed.
        """
        self._torch = extras.load("torch", needed_for=_PURPOSE)
        self._peft = extras.load("peft", needed_for=_PURPOSE)
        if threads:
            self._torch.set_num_threads(threads)
        cuda = self._torch.cuda.is_available()
        self._base = open_base(
            base,
            precision="bfloat16" if cuda else "float32",
            device="cuda" if cuda else "cpu",
        )
        self._model = self._base.model
        self._name = name
        self._adapters = adapters
        self._max_tokens = max_tokens
        self._prompt_hash = prompt_hash
        self._opened: set[str] = set()
        self._active: str | None = None
        self._layers: list[Any] = []  # of the model, those that adapters change
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """``peft:`` and the base's name."""
        return f"peft:{self._name}"

    @property
    def context(self) -> int:
        """The most tokens that a prompt and its answer may have together."""
        return context(self._base.model.config)

    def tokens(self, text: str) -> list[int]:
        """Return the model's tokens of ``text``, special ones where it spells them, none added."""
        ids: list[int] = self._base.text.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def reads(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens as which the model reads ``messages``."""
        return self.tokens(self._base.text.chat.render(messages))

    def count(self, text: str) -> int:
        """Return how many tokens ``text`` has."""
        return len(self.tokens(text))

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        """Return the whole answer.

        Raises:
            UnknownComponent: when there is no such adapter.
            GenerationError: when the prompt is too long.
            ModelError: when the adapter does not fit the base, its template or the prompts.
        """
        for piece in self.stream(prompt, adapter=adapter):
            if isinstance(piece, Generation):
                return piece
        raise AssertionError("a stream ends with its generation")

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        """Yield pieces of text, then the ``Generation``; stop within one token of ``cancel``.

        Raises:
            UnknownComponent: when there is no such adapter.
            GenerationError: when the prompt is too long.
            ModelError: when the adapter does not fit the base, its template or the prompts.
        """
        writing = Writing(self._decode)
        ids = self.reads(prompt.messages)
        room = self._room(len(ids))
        self._open(adapter)
        tokens = islice(self._tokens(ids, adapter), room)
        finish = yield from writing.pieces(tokens, self._base.text.stops, cancel)
        usage = Usage(len(ids), len(writing.tokens), writing.seconds, writing.first)
        yield Generation(writing.answer(finish), self.id, adapter, finish, usage)

    def next_tokens(
        self, ids: Sequence[int], *, adapter: str | None = None, best: int = 20
    ) -> dict[int, float]:
        """Return the likeliest next tokens after ``ids`` with their log-probabilities.

        What every other engine of the same model is held against.
        """
        self._open(adapter)
        with self._lock, self._torch.inference_mode():
            self._switch(adapter)
            asked = self._torch.tensor([list(ids)], device=self._base.model.device)
            logits = self._model(input_ids=asked, logits_to_keep=1).logits[0, -1].float()
        values, tokens = self._torch.log_softmax(logits, dim=-1).topk(best)
        return dict(zip(tokens.tolist(), values.tolist(), strict=True))

    def _tokens(self, prompt: Sequence[int], adapter: str | None) -> Iterator[int]:
        """Yield the likeliest next token, without end; the lock is never held between two."""
        torch, step = self._torch, list(prompt)
        kept: dict[str, Any] = {}  # what was computed before; of RWKV, a state
        while True:
            with self._lock, torch.inference_mode():
                self._switch(adapter)
                made = self._model(
                    input_ids=torch.tensor([step], device=self._base.model.device),
                    use_cache=True,
                    logits_to_keep=1,
                    **kept,
                )
            kept = {name: made[name] for name in ("past_key_values", "state") if made.get(name)}
            step = [int(made.logits[0, -1].argmax())]
            yield step[0]

    def _switch(self, adapter: str | None) -> None:
        """Make ``adapter`` the one the next step runs with; None is the base.

        Layer by layer: PEFT looks for its layers in the whole model each time, and sets more than
        changes (25 ms for SmolLM2; 6 ms this way).
        """
        if adapter == self._active:
            return
        for layer in self._layers:
            if (adapter is None) != (self._active is None):
                layer.enable_adapters(adapter is not None)
            if adapter is not None:
                layer.set_adapter(adapter)
        self._active = adapter

    def _open(self, name: str | None) -> None:
        """Load an adapter once, after checking that it belongs to this base and these prompts."""
        if name is None or name in self._opened:
            return
        adapter = fitting(
            self._adapters,
            name,
            engine=self.id,
            base=self._base.fingerprint,
            chat=self._base.text.chat.hash,
            prompt=self._prompt_hash,
        )
        with self._lock:
            if name not in self._opened:
                self._load(adapter)
                self._check_active(adapter)
                self._opened.add(name)

    def _load(self, adapter: Adapter) -> None:
        name, folder = adapter.manifest.name, str(adapter.folder)
        with warnings.catch_warnings():
            # PEFT asks transformers by a name that transformers has begun to replace; what it
            # warns of in an adapter's tensors, the canary finds.
            warnings.simplefilter("ignore")
            try:
                if self._model is self._base.model:
                    self._model = self._peft.PeftModel.from_pretrained(
                        self._model, folder, adapter_name=name
                    )
                else:
                    self._model.load_adapter(folder, adapter_name=name)
            except (OSError, ValueError, RuntimeError, KeyError) as error:
                raise ModelError(
                    f"{folder}: PEFT cannot load this adapter: {first_line(error)}",
                    hint=adapter.manifest.command,
                ) from error
        self._model.eval()
        tuner_layer = extras.load("peft.tuners.tuners_utils", needed_for=_PURPOSE).BaseTunerLayer
        self._layers = [each for each in self._model.modules() if isinstance(each, tuner_layer)]
        self._active = name if len(self._model.peft_config) == 1 else self._active

    def _check_active(self, adapter: Adapter) -> None:
        """Refuse an adapter that changes nothing: its tensors fit no layer of this base.

        PEFT loads such an adapter without an error, and every answer would be the base's own.
        """
        torch = self._torch
        ids = torch.tensor([self.tokens(_CANARY)], device=self._base.model.device)
        with torch.inference_mode():
            self._switch(adapter.manifest.name)
            tuned = self._model(input_ids=ids).logits
            self._switch(None)
            plain = self._model(input_ids=ids).logits
        if torch.equal(tuned, plain):
            raise ModelError(
                f"{adapter.folder}: adapter '{adapter.manifest.name}' changes nothing: "
                "its layers are not those of this base",
                hint=adapter.manifest.command,
            )

    def _room(self, tokens: int) -> int:
        """Return how many tokens an answer to a prompt of ``tokens`` may have."""
        room = self.context - tokens
        if room < 1:
            raise GenerationError(
                f"the prompt has {tokens:,} tokens; {self._name} takes {self.context:,}",
                hint="lower generation.prompt_tokens in domainkit.toml",
            )
        return min(room, self._max_tokens)

    def _decode(self, ids: Sequence[int]) -> str:
        text: str = self._base.text.tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        return text
