"""Opens what makes vectors: the embedder of an assistant, a tuned one, or one by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from domainkit import registry
from domainkit.assistant.engines import suggested
from domainkit.assistant.folder import Layout
from domainkit.models import cache, catalog, tuned
from domainkit.packs.pack import Pack
from domainkit.protocols import Embedder
from domainkit.retrieval import projection
from domainkit.retrieval.projection import ProjectedEmbedder
from domainkit.settings import Settings


def embedder(settings: Settings, pack: Pack, layout: Layout | None = None) -> Embedder | None:
    """Return the embedder of the assistant's language; None where it searches by words alone.

    One that was tuned and promoted in ``layout`` comes before the settings' and the pack's.

    Raises:
        ModelError: when the embedder is not fetched.
    """
    if settings.retrieval.vectors == "none" or settings.tier == "extractive":
        return None
    if layout and (folder := tuned.active(layout.embedders)):
        return tuned_embedder(folder, cache_folder=settings.models.cache)
    name = settings.retrieval.embedder or suggested(
        pack, settings, "embedder", pack.manifest.languages[0]
    )
    return load_embedder(name, cache_folder=settings.models.cache) if name else None


def tuned_embedder(folder: Path, *, cache_folder: Path | None = None) -> Embedder:
    """Return the tuned embedder in ``folder``: a model, or a matrix that turns another's vectors.

    Raises:
        ModelError: when there is none, or what it turns is not fetched.
    """
    said = tuned.card(folder)
    numbers: dict[str, Any] = {"name": folder.name, "cosine_floor": said.get("cosine_floor", 0.0)}
    if of := said.get("of"):
        base = base_embedder(of, cache_folder=cache_folder)
        return ProjectedEmbedder(base, projection.load(folder), **numbers)
    built: Embedder = registry.get("embedders", "sentence-transformers")(
        folder,
        query_prefix=said.get("query_prefix", ""),
        passage_prefix=said.get("passage_prefix", ""),
        **numbers,
    )
    return built


def base_embedder(of: str, *, cache_folder: Path | None = None) -> Embedder:
    """Return the embedder ``of``: a name of the catalogue or of a plugin, or a model's folder.

    Raises:
        ModelError: when it is not there.
        UnknownComponent: when nobody knows the name.
    """
    folder = Path(of)
    if (folder / tuned.CARD).is_file():
        return tuned_embedder(folder, cache_folder=cache_folder)
    if folder.is_dir():
        made: Embedder = registry.get("embedders", "sentence-transformers")(
            folder, name=folder.resolve().name
        )
        return made
    return load_embedder(of, cache_folder=cache_folder)


def load_embedder(name: str, *, cache_folder: Path | None = None) -> Embedder:
    """Return the embedder ``name`` of the catalogue, or of a registered plugin.

    Raises:
        ModelError: when it is not fetched.
        UnknownComponent: when nobody knows the name.
    """
    if name not in catalog.names() and name in registry.names("embedders"):
        plugin: Embedder = registry.get("embedders", name)()
        return plugin
    model = catalog.find(name)
    built: Embedder = registry.get("embedders", model.format)(
        cache.path(name, cache=cache_folder),
        name=name,
        languages=model.languages,
        query_prefix=model.query_prefix,
        passage_prefix=model.passage_prefix,
        cosine_floor=model.cosine_floor,
    )
    return built
