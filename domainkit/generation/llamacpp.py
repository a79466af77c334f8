"""Answers with a GGUF through llama.cpp, in this process, with any number of adapters.

llama.cpp keeps what it computed of a prompt for the next one that begins alike, and by itself it
would keep it across adapters: a request that names no adapter then reads what another's wrote
(ggml-org/llama.cpp#26207). So every request names every adapter with its scale, zeros too, which
makes llama.cpp compute anew where they differ, and each adapter returns to the slot it had last.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from domainkit import extras
from domainkit.errors import GenerationError, ModelError
from domainkit.generation import gguf, gguf_lora, header
from domainkit.generation.adapters import Adapter, Adapters, fitting
from domainkit.generation.ending import OVER
from domainkit.generation.engine_options import LlamaCppOptions
from domainkit.generation.listening import Listener, streamed
from domainkit.generation.slots import Slots
from domainkit.types import Generation, Message, Prompt, Usage

_PURPOSE = "answering through llama.cpp"
_SLOTS = 4  # answers written at once; they share the cores, and the context, between them
_ROOM = 2048  # tokens of context for each: a prompt of 1,024, its answer, as much again
_CANARY = "0123456789"  # any text: an adapter that is active changes what follows it
_BEST = 20  # next tokens by which engines and adapters are told apart
_CERTAIN = 1000.0  # added to a logit, it leaves no other token a chance
_TIMEOUT = 30.0  # seconds for counting tokens
# A proxy that the environment names must not be sent what is asked of this very process.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class LlamaCppGenerator:
    """Greedy decoding of one model, several answers at once."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        max_tokens: int,
        threads: int = 0,
        adapters: Adapters | None = None,
        prompt_hash: str | None = None,
        options: LlamaCppOptions | None = None,
    ) -> None:
        """Open the model; adapters are opened when they are first asked for.

        Args:
            path: a GGUF file that carries a chat template.
            name: the model's name, for every answer to name.
            max_tokens: the most tokens of an answer.
            threads: processor threads to use; 0 leaves it to llama.cpp.
            adapters: those it can write with; without them there are none.
            prompt_hash: of the pack's prompts; an adapter tuned with others is refused.
            options: what was found to suit this machine; ``threads`` comes before it.

        Raises:
            ModelError: when the file is absent, damaged or of a kind llama.cpp cannot run.
            MissingExtra: when xllamacpp is not installed.
        """
        self._library = extras.load("xllamacpp", needed_for=_PURPOSE)
        self._path, self._name = path, name
        self._max_tokens, self._options = max_tokens, options or LlamaCppOptions()
        self._threads = threads or self._options.threads
        self._header = header.read(path)
        self._adapters = adapters
        self._prompt_hash = prompt_hash
        self._opened: dict[str, Path] = {}  # in the order in which llama.cpp has them
        self._checked: set[str] = set()
        self._slots = Slots(_SLOTS)
        self._opening = threading.Lock()
        self._key = secrets.token_urlsafe(24)
        self._server = self._serve(self._opened)

    @property
    def id(self) -> str:
        """``llamacpp:`` and the model's name."""
        return f"llamacpp:{self._name}"

    @property
    def context(self) -> int:
        """The most tokens that a prompt and its answer may have together."""
        return self._header.context

    def tokens(self, text: str) -> list[int]:
        """Return the model's tokens of ``text``, special ones where it spells them, none added."""
        body = {"content": text, "add_special": False, "parse_special": True}
        server = self._server  # held until it has answered, should another take its place
        request = urllib.request.Request(  # noqa: S310 - this process's own, on loopback
            f"{server.listening_address}/tokenize",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        with _DIRECT.open(request, timeout=_TIMEOUT) as answered:
            ids: list[int] = json.load(answered)["tokens"]
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
            GenerationError: when the prompt is too long, or llama.cpp fails.
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

    def next_tokens(
        self, ids: Sequence[int], *, adapter: str | None = None, best: int = _BEST
    ) -> dict[int, float]:
        """Return the likeliest next tokens after ``ids`` with their log-probabilities.

        Another engine that runs the same model must give nearly the same.
        """
        self._open(adapter)
        return self._likeliest(ids, adapter, best)

    def _likeliest(self, ids: Sequence[int], adapter: str | None, best: int) -> dict[int, float]:
        # Half a character would not be told of, so a whole one is made to be written: that
        # changes what is chosen, not the probabilities that are given.
        letter = self.tokens("a")[0]
        with self._slots.taken(adapter) as slot:
            more = {"n_probs": best, "logit_bias": [[letter, _CERTAIN]]}
            reply = self._answered(self._body(ids, adapter, 1, slot) | more)
        (first,) = reply["choices"][0]["logprobs"]["content"]
        return {each["id"]: float(each["logprob"]) for each in first["top_logprobs"]}

    def _write(self, prompt: Prompt, adapter: str | None, listener: Listener) -> Generation:
        self._open(adapter)
        ids = self.reads(prompt.messages)
        room = self._header.context - len(ids)
        if room < 1:
            raise GenerationError(
                f"the prompt has {len(ids):,} tokens; {self._name} takes {self.context:,}",
                hint="lower generation.prompt_tokens in domainkit.toml",
            )
        if listener.unwanted:
            return Generation("", self.id, adapter, "cancelled", Usage(len(ids)))
        return self._listened(ids, adapter, min(room, self._max_tokens), listener)

    def _listened(
        self, ids: Sequence[int], adapter: str | None, tokens: int, listener: Listener
    ) -> Generation:
        begun, first = time.perf_counter(), None
        last: dict[str, Any] = {}

        def hear(told: dict[str, Any]) -> bool:
            nonlocal first, last
            first, last = first or time.perf_counter() - begun, told
            if "choices" not in told:  # what is raised here, llama.cpp would not pass on
                return True
            return listener.hear(told["choices"][0]["text"]) is not None

        with self._slots.taken(adapter) as slot:
            self._server.handle_completions(
                self._body(ids, adapter, tokens, slot) | {"stream": True}, hear
            )
        self._check(last)
        full = last["choices"][0]["finish_reason"] == "length"
        text, finish = listener.heard(full=full)
        used = last.get("usage", {})
        usage = Usage(
            prompt_tokens=len(ids),
            completion_tokens=int(used.get("completion_tokens", 0)),
            seconds=time.perf_counter() - begun,
            first_token_seconds=first,
            cached_tokens=int(used.get("prompt_tokens_details", {}).get("cached_tokens", 0)),
        )
        return Generation(text, self.id, adapter, finish, usage)

    def _answered(self, body: Mapping[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = {}
        self._server.handle_completions(body, reply.update)
        self._check(reply)
        return reply

    def _body(
        self, ids: Sequence[int], adapter: str | None, tokens: int, slot: int
    ) -> dict[str, Any]:
        return {
            "prompt": list(ids),
            "n_predict": tokens,
            "temperature": 0,
            "stop": sorted(OVER),
            "cache_prompt": True,
            "id_slot": slot,
            "lora": [
                {"id": number, "scale": float(name == adapter)}
                for number, name in enumerate(self._opened)
            ],
        }

    def _check(self, reply: Mapping[str, Any]) -> None:
        if "choices" not in reply:
            problem = reply.get("error", reply)
            raise GenerationError(
                f"{self.id} failed: {problem.get('message', problem)}",
                hint='domainkit models verify, or set generation.engine = "extractive"',
            )

    def _open(self, name: str | None) -> None:
        """Take up an adapter once, after checking that it belongs to this base and prompts."""
        if name is None or name in self._checked:
            return
        adapter = fitting(
            self._adapters,
            name,
            engine=self.id,
            base=gguf.sha256(self._path),
            chat=self._header.chat.hash,
            prompt=self._prompt_hash,
        )
        self._take(name, gguf_lora.exported(adapter, self._header))
        self._check_active(adapter)
        self._checked.add(name)

    def take(self, name: str, file: Path) -> None:
        """Have llama.cpp hold the adapter in ``file``, a GGUF, as ``name``; it is not checked."""
        self._take(name, file)
        self._checked.add(name)

    def _take(self, name: str, file: Path) -> None:
        with self._opening, self._slots.all():
            if name not in self._opened:
                # llama.cpp takes adapters when it starts, so it starts again with one more.
                self._server = self._serve({**self._opened, name: file})
                self._opened[name] = file

    def _check_active(self, adapter: Adapter) -> None:
        """Refuse an adapter that changes nothing: every answer would be the base's own."""
        name, ids = adapter.manifest.name, self.tokens(_CANARY)
        if self._likeliest(ids, name, _BEST) == self._likeliest(ids, None, _BEST):
            raise ModelError(
                f"{adapter.folder}: adapter '{name}' changes nothing: "
                "its layers are not those of this base",
                hint=adapter.manifest.command,
            )

    def _serve(self, adapters: Mapping[str, Path]) -> Any:
        """Return llama.cpp with the model and ``adapters``."""
        params = self._library.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = max(self._header.context, _SLOTS * _ROOM)
        params.n_parallel, params.kv_unified = _SLOTS, True
        if self._threads:
            params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
        if self._options.batch:
            params.n_batch = params.n_ubatch = self._options.batch
        params.warmup = False
        params.verbosity = -1
        # Prompts kept beyond a slot's life are not told apart by adapter.
        params.cache_ram_mib = 0
        # Its endpoints on loopback are for this process: they want the key, and show no prompts.
        params.api_keys = [self._key]
        params.endpoint_slots = params.endpoint_props = False
        make = self._library.CommonAdapterLoraInfo
        params.lora_adapters = [make(str(file), 0.0) for file in adapters.values()]
        params.lora_init_without_apply = True
        try:
            server = self._library.Server(params)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"{self._path}: llama.cpp cannot run this model ({error})",
                hint="domainkit models verify, or choose another: domainkit models list",
            ) from error
        # One that was never asked anything waits for ever when it is let go.
        server.handle_completions({"prompt": [0], "n_predict": 1}, lambda reply: False)
        return server
