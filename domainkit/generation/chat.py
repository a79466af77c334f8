"""Answers through a chat model of LangChain: any server that speaks OpenAI's protocol, and others.

The server is the owner's: its address is asked for and never assumed, so that no document leaves
the house by a default. An adapter is a model the server lists by that name, as vLLM does
(``docs/serving.md``).
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Generator as Generating
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Literal, NoReturn
from urllib.error import URLError

from domainkit import extras
from domainkit.errors import GenerationError, ModelError, UnknownComponent
from domainkit.generation.ending import before_over, certain, circles, whole
from domainkit.registry import nearest
from domainkit.text.language import HAN
from domainkit.types import Generation, Message, Prompt, Usage

Finish = Literal["stop", "length", "cancelled"]

_PURPOSE = "answering through a chat model"
_HAN = re.compile(f"[{HAN}]")
# What a provider's own client raises when its server is away, slow, or says no.
_FAILURES = {"openai": (("openai", "OpenAIError"), ("httpx2", "HTTPError"))}
# What its client and LangChain raise of an answer that is not what the protocol says.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
# Characters a token, for models whose tokenizer is on the other side of the network: an estimate
# on the safe side (SmolLM2: 4.4 of English; Qwen2.5: 1.6 of Chinese).
_LATIN, _CHINESE = 3.5, 1.0


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Where a chat model is and how it is asked.

    ``model`` is ``provider:name`` as LangChain's ``init_chat_model`` takes it, ``seconds`` the
    longest wait for the server to begin or to go on.
    """

    model: str
    url: str
    key: str = field(default="", repr=False)
    max_tokens: int = 160
    context: int = 8192
    seconds: float = 60.0


class ChatGenerator:
    """Greedy answers of a served model, piece by piece as the server sends them."""

    def __init__(self, options: ChatOptions) -> None:
        """Prepare the client; the server is asked only when there is something to write.

        Raises:
            ModelError: when no address is given, or LangChain knows no such provider.
            MissingExtra: when langchain or the provider's package is not installed.
        """
        provider, _, name = options.model.partition(":")
        if not name or not options.url:
            raise ModelError(
                "the engine 'chat' needs a model and its server's address",
                hint='set generation.model = "openai:NAME" and generation.url = "http://…/v1"',
            )
        self._options, self._provider, self._name = options, provider, name
        self._failures = _failures(provider)
        self._models: dict[str, Any] = {}
        self._model(name)

    @property
    def id(self) -> str:
        """``chat:``, the provider and the model."""
        return f"chat:{self._options.model}"

    @property
    def context(self) -> int:
        """The most tokens that a prompt and its answer may have together, as the settings say."""
        return self._options.context

    def count(self, text: str) -> int:
        """Return about how many tokens ``text`` is: more rather than fewer."""
        chinese = len(_HAN.findall(text))
        return int(chinese / _CHINESE + (len(text) - chinese) / _LATIN) + 1

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        """Return the whole answer.

        Raises:
            UnknownComponent: when the server has no model called ``adapter``.
            GenerationError: when the server is away, too slow, refuses, or fails on the way.
        """
        *_, last = self.stream(prompt, adapter=adapter)
        if isinstance(last, Generation):
            return last
        raise AssertionError("a stream ends with its generation")

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        """Yield pieces of text as the server sends them, then the whole ``Generation``.

        The connection is closed, and the server told so, once ``cancel`` is set.

        Raises:
            UnknownComponent, GenerationError: as ``generate`` does.
        """
        if adapter is not None:
            self._check_served(adapter)
        hearing = _Hearing(time.perf_counter())
        with closing(self._pieces(adapter or self._name, prompt)) as pieces:
            for piece in pieces:
                if cancel is not None and cancel.is_set():
                    hearing.finish = "cancelled"
                    break
                if said := hearing.add(piece):
                    yield said
                if hearing.finish:
                    break
        if not hearing.ended:
            self._fail(EOFError("the answer broke off"))
        if rest := hearing.rest():
            yield rest
        yield hearing.generation(self.id, adapter)

    def _pieces(self, name: str, prompt: Prompt) -> Generating[Any, None, None]:
        """Yield what the server sends; close its connection when no more is wanted."""
        pieces = self._model(name).stream(_turns(prompt.messages))
        try:
            yield from pieces
        except self._failures as error:
            self._fail(error)
        except _UNREADABLE as error:
            self._fail(ValueError(f"it sent what cannot be read ({error})"))
        finally:
            pieces.close()

    def _model(self, name: str) -> Any:
        """Return LangChain's client of one served model."""
        if name not in self._models:
            chat_models = extras.load("langchain.chat_models", needed_for=_PURPOSE)
            options = self._options
            try:
                self._models[name] = chat_models.init_chat_model(
                    name,
                    model_provider=self._provider,
                    base_url=options.url,
                    **_spoken(self._provider, options),
                )
            except ValueError as error:
                raise ModelError(
                    f"LangChain knows no provider '{self._provider}'",
                    hint='set generation.model = "openai:NAME"',
                ) from error
            except ImportError as error:
                raise ModelError(
                    f"the provider '{self._provider}' needs a package that is not installed",
                    hint=str(error).splitlines()[0],
                ) from error
        return self._models[name]

    def _check_served(self, adapter: str) -> None:
        try:
            names = served(self._options.url, self._options.key, seconds=self._options.seconds)
        except (URLError, TimeoutError, ValueError) as error:
            self._fail(error)
        if adapter not in names:
            raise UnknownComponent(
                f"{self._options.url} serves no adapter called '{adapter}'",
                hint=nearest(adapter, names),
            )

    def _fail(self, error: Exception) -> NoReturn:
        said = str(error).splitlines()[0] if str(error).strip() else type(error).__name__
        raise GenerationError(
            f"{self.id} at {self._options.url} failed: {said}",
            hint="check that the server runs, its address and key, and generation.seconds",
        ) from error


def served(url: str, key: str, *, seconds: float) -> list[str]:
    """Return the names of the models that the server at ``url`` (ending in /v1) lists, sorted.

    Raises:
        URLError, TimeoutError, ValueError: when it is away, refuses, or answers with no list.
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(f"{url.rstrip('/')}/models", headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=seconds) as answered:  # noqa: S310
        return sorted(str(model["id"]) for model in json.load(answered)["data"])


class _Hearing:
    """An answer while it arrives: its text, how much of it was shown, why it ended."""

    def __init__(self, begun: float) -> None:
        self.finish: Finish | None = None
        self._begun = begun
        self._first: float | None = None
        self._raw = ""
        self._shown = 0
        self._reason = ""
        self._used: Mapping[str, Any] = {}

    @property
    def ended(self) -> bool:
        """Whether the server said that the answer is over, or it was left here."""
        return bool(self.finish or self._reason)

    def add(self, piece: Any) -> str:
        """Take the next message piece and return what may be shown of the text now."""
        self._used = piece.usage_metadata or self._used
        self._reason = piece.response_metadata.get("finish_reason") or self._reason
        if not (text := piece.text):
            return ""
        self._first = self._first or time.perf_counter() - self._begun
        self._raw += text
        if circles(self._raw) or self._text != self._raw:
            self.finish = "stop"
            return ""
        return self._show(certain(self._raw))

    def rest(self) -> str:
        """Return what has not been shown yet, once no more arrives."""
        return self._show(len(self._text))

    def generation(self, model: str, adapter: str | None) -> Generation:
        """Return what was heard."""
        finish: Finish = self.finish or ("length" if self._reason == "length" else "stop")
        cut = finish == "length" or circles(self._text)
        usage = Usage(
            prompt_tokens=int(self._used.get("input_tokens", 0)),
            completion_tokens=int(self._used.get("output_tokens", 0)),
            seconds=time.perf_counter() - self._begun,
            first_token_seconds=self._first,
            cached_tokens=int((self._used.get("input_token_details") or {}).get("cache_read", 0)),
        )
        text = whole(self._text) if cut else self._text.strip()
        return Generation(text, model, adapter, finish, usage)

    @property
    def _text(self) -> str:
        return before_over(self._raw)

    def _show(self, until: int) -> str:
        piece = self._text[self._shown : until]
        self._shown = max(self._shown, until)
        return piece


def _spoken(provider: str, options: ChatOptions) -> dict[str, Any]:
    """Return what the provider's client calls the same options."""
    spoken: dict[str, Any] = {
        "temperature": 0.0,
        "max_tokens": options.max_tokens,
        "timeout": options.seconds,
        "max_retries": 0,
        "api_key": options.key or "none",
    }
    return spoken | {"seed": 0, "stream_usage": True} if provider == "openai" else spoken


def _turns(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in messages]


def _failures(provider: str) -> tuple[type[Exception], ...]:
    found = [
        getattr(extras.load(module, needed_for=_PURPOSE), name)
        for module, name in _FAILURES.get(provider, ())
    ]
    return (*found, OSError)
