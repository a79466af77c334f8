"""Chooses and builds the models an assistant runs with: the pack suggests, settings decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domainkit import registry
from domainkit.assistant import engines
from domainkit.errors import ModelError, SettingsError
from domainkit.generation.adapters import Adapters
from domainkit.generation.chat import ChatOptions
from domainkit.generation.prompt import template_hash
from domainkit.ingestion.limits import Limits
from domainkit.models import cache, catalog
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.manifest import Retrieval
from domainkit.protocols import Generator, Reranker
from domainkit.retrieval.ranker import default as default_ranker
from domainkit.settings import GenerationSettings, IngestionSettings, Settings

# Characters a token, for generators that count none: an extractive "model" has no tokenizer.
_CHARACTERS_PER_TOKEN = 4
# Tokens that a chat template adds around two messages, and some to spare: ChatML has 17 of them.
_MARKS = 64
_LEAST = 256  # as the settings have it; where a context lacks even this, the engine says so
# Engines that answer without a model of the catalogue: the double for tests.
_MODELLESS = ("echo",)
# Engines that can write with the assistant's own adapters.
_TUNED = ("peft", "llamacpp", "openvino")


@dataclass(frozen=True, slots=True)
class Writer:
    """A generator, its token counter, and what every answer of it has to say of it."""

    generator: Generator
    count: Callable[[str], int]
    notices: tuple[str, ...] = ()
    is_extractive: bool = False

    def budget(self, numbers: GenerationSettings) -> int:
        """Return how many tokens a prompt may have: the settings', or what the model has room for.

        An answer and the marks of the chat template want their place in the model's context too.
        """
        context: int | None = getattr(self.generator, "context", None)  # no plugin need have one
        if context is None:
            return numbers.prompt_tokens
        room = max(_LEAST, context - numbers.max_tokens - _MARKS)
        return min(numbers.prompt_tokens, room)


def writer(settings: Settings, pack: Pack, language: str) -> Writer:
    """Return what writes answers in ``language``.

    A model that is named in the settings must be there; one the pack merely suggests is stood in
    for by the documents' own sentences until it is fetched, and every answer says so.

    Raises:
        ModelError: when the model the settings name is not fetched.
        UnknownComponent: for an engine nobody registered.
    """
    engine, chosen = settings.generation.engine, settings.generation.model
    if engine == "chat" and settings.tier != "extractive":
        return served_writer(settings)
    build = registry.get("generators", "peft" if engine == "auto" else engine)
    name = chosen or engines.suggested(pack, settings, "generator", language)
    if engine == "extractive" or settings.tier == "extractive" or not name:
        return extractive()
    if engine in _MODELLESS:
        return Writer(build(), _estimate)
    try:
        path = engines.located(settings, name)
    except ModelError as error:
        if chosen:
            raise
        return extractive(f"{error.message}: the documents' own sentences stand in ({error.hint})")
    if engine == "auto":
        engine = engines.quickest(path, settings)
        build = registry.get("generators", engine)
    generator = build(
        path,
        name=path.name if engines.is_path(name) else name,
        max_tokens=settings.generation.max_tokens,
        threads=settings.generation.threads,
        **engines.suited(engine, path, settings),
    )
    return Writer(generator, generator.count)


def tunable(settings: Settings, pack: Pack, language: str) -> tuple[str, Path]:
    """Return the name and the place of the model that the assistant's adapters are for.

    Raises:
        ModelError: when it is not here.
        SettingsError: when the tier has no model that can be tuned.
    """
    name = settings.generation.model or engines.suggested(pack, settings, "generator", language)
    if not name:
        raise SettingsError(
            f"tier '{settings.tier}' names no model for '{language}', so no adapter can be used",
            hint='set tier = "embedded" or generation.model in domainkit.toml',
        )
    path = engines.located(settings, name)
    return (path.name if engines.is_path(name) else name), path


def tuned_writer(settings: Settings, pack: Pack, language: str, adapters: Adapters) -> Writer:
    """Return what writes with ``adapters``.

    Raises:
        ModelError: when the base model is not fetched, or cannot be opened.
        SettingsError: when the tier has no model that can be tuned.
    """
    if settings.generation.engine == "chat":
        return served_writer(settings)
    name, path = tunable(settings, pack, language)
    runs = engine(settings, path)
    generator = registry.get("generators", runs)(
        path,
        name=name,
        adapters=adapters,
        max_tokens=settings.generation.max_tokens,
        prompt_hash=template_hash(pack),
        threads=settings.generation.threads,
        **engines.suited(runs, path, settings),
    )
    return Writer(generator, generator.count)


def writes_itself(settings: Settings) -> bool:
    """Return whether a model of the assistant's own writes, which an adapter may tune.

    Not where the documents' own sentences answer, nor a server's models.
    """
    return settings.tier != "extractive" and settings.generation.engine in ("auto", *_TUNED)


def engine(settings: Settings, model: Path) -> str:
    """Return the engine that runs ``model`` where an adapter writes."""
    asked = settings.generation.engine
    return asked if asked in _TUNED else engines.quickest(model, settings)


def served_writer(settings: Settings) -> Writer:
    """Return what writes through the server the settings name, base and adapters alike.

    Raises:
        ModelError: when the settings name no model or no address.
    """
    asked = settings.generation
    generator = registry.get("generators", "chat")(
        ChatOptions(
            model=asked.model,
            url=asked.url,
            key=asked.key.get_secret_value(),
            max_tokens=asked.max_tokens,
            context=asked.context,
            seconds=asked.seconds,
        )
    )
    return Writer(generator, generator.count)


def reranker(settings: Settings, numbers: Retrieval, pack: Pack | None) -> Reranker | None:
    """Return what orders the best of a hybrid search; None where the pack asks for nothing.

    A cross-encoder the settings name comes before the pack's ranker, and that before the engine's.

    Raises:
        ModelError: when the cross-encoder is not fetched.
        UnknownComponent: when nobody knows its name.
    """
    if name := settings.retrieval.reranker:
        plugins = set(registry.names("rerankers")) - registry.COMPONENTS["rerankers"].keys()
        if name not in catalog.names() and name in plugins:
            plugin: Reranker = registry.get("rerankers", name)()
            return plugin
        folder = cache.path(name, cache=settings.models.cache)
        encoder: Reranker = registry.get("rerankers", "cross-encoder")(folder)
        return encoder
    if not numbers.rerank:
        return None
    fitted = pack.ranker if pack and pack.ranker.weights else default_ranker()
    learned: Reranker = registry.get("rerankers", "learned")(fitted)
    return learned


def vector_options(settings: Settings) -> dict[str, Any]:
    """Return what the vector index of ``settings`` needs to know besides its folder."""
    if settings.retrieval.vectors == "chroma-server":
        return {"server": settings.retrieval.chroma}
    return {}


def extractive(*notices: str) -> Writer:
    """Return what answers with the documents' own sentences."""
    generator: Generator = registry.get("generators", "extractive")()
    return Writer(generator, _estimate, notices, is_extractive=True)


def _estimate(text: str) -> int:
    return len(text) // _CHARACTERS_PER_TOKEN + 1


def limits(numbers: IngestionSettings) -> Limits:
    """Return how much the reading of one file may take."""
    return Limits(
        seconds=numbers.seconds,
        memory=numbers.memory_mib << 20,
        expanded=numbers.expanded_mib << 20,
        pages=numbers.pages,
    )
