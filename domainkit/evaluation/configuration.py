"""What decides an answer besides the question: pack, documents, models, settings, code."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from domainkit import __version__
from domainkit.assistant import Assistant, engines
from domainkit.errors import ModelError, UnknownComponent
from domainkit.generation import engine_options
from domainkit.models import cache as model_cache
from domainkit.models import catalog, tuned
from domainkit.packs.pack import Pack
from domainkit.settings import Settings
from domainkit.store import validities

_PACKAGE = Path(__file__).parents[1]
# Parts of the package that no answer passes through.
_APART = frozenset({"cli", "evaluation", "integrations", "server", "testing.py", "training"})
# Libraries that decide what is found or written.
_LIBRARIES = (
    "faiss-cpu", "chromadb", "numpy", "openvino", "openvino-genai", "peft", "pystemmer",
    "sentence-transformers", "tantivy", "tokenizers", "torch", "transformers", "xllamacpp",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that decides an answer but the question, by name; ``dates`` are days that matter."""

    parts: Mapping[str, str]
    dates: tuple[date, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of all of it."""
        return digest(dict(self.parts))

    def season(self, day: date | None) -> str:
        """Return the last day up to ``day`` on which a text came into force or left it.

        Between two of these days nothing changes, so that an answer of yesterday is today's.
        """
        past = [known for known in self.dates if day is None or known <= day]
        return max(past).isoformat() if past else ""


def of(assistant: Assistant, *, adapter: str | None = None) -> Configuration:
    """Return the configuration an assistant answers with.

    Raises:
        IndexNotFound: when nothing has been ingested.
    """
    settings, pack = assistant.settings, assistant.pack
    store = assistant.corpus.store
    files = [
        [file.path, file.sha256, file.recipe, file.identity, file.outcome, file.group]
        for file in store.files()
    ]
    parts = {
        "code": code(),
        "documents": digest(files),
        "machine": engine_options.machine(),  # processors round differently
        "pack": pack.fingerprint,
        "settings": digest(decisive(settings)),
        **{f"library {name}": version for name, version in libraries().items()},
        **{f"model {name}": kept for name, kept in models(assistant, adapter).items()},
    }
    if assistant.layout.verifier.is_file():
        parts["verifier"] = _hashed(assistant.layout.verifier)
    dates = {*validities.dates(store), *_dates(pack)}
    return Configuration(parts, tuple(sorted(dates)))


def decisive(settings: Settings) -> dict[str, Any]:
    """Return the settings that decide an answer, without what is secret."""
    secret: Any = {"generation": {"key", "seconds"}, "retrieval": {"chroma": {"token", "header"}}}
    return settings.model_dump(
        mode="json", include={"tier", "generation", "retrieval"}, exclude=secret
    )


def models(assistant: Assistant, adapter: str | None = None) -> dict[str, str]:
    """Return which model writes each language, which embeds, and which adapter is used.

    Each with what tells its weights: the hash in the catalogue, or a file's size and time.
    """
    settings, pack, made = assistant.settings, assistant.pack, dict[str, str]()
    for language in pack.manifest.languages:
        name = settings.generation.model or engines.suggested(
            pack, settings, "generator", language
        )
        made[f"generator {language}"] = _told(name, settings)
    tuned_by_machine = settings.generation.engine in {"auto", "openvino", "llamacpp"}
    here = engines.models(settings, pack) if tuned_by_machine else {}
    for name, path in here.items():
        found = engines.measured(path, settings)  # by `domainkit doctor --tune`
        kept = {"engine", "openvino", "llamacpp"}
        used = found.model_dump(mode="json", include=kept) if found else None
        made[f"engine of {name}"] = digest(used)[:16] if used else "by default"
    embedder = assistant.corpus.embedder
    made["embedder"] = embedder.id if embedder else "none"
    if folder := tuned.active(assistant.layout.embedders):
        made["embedder"] += f" {_stamp(folder)}"
    if settings.retrieval.reranker:
        made["reranker"] = _told(settings.retrieval.reranker, settings)
    for language in pack.manifest.languages:
        if chosen := assistant.adapting.named(language, asked=adapter):
            every = assistant.adapting.adapters  # a server's are none of them
            weights = every.get(chosen).manifest.weights if chosen in every.names() else ""
            made[f"adapter {language}"] = f"{chosen} {weights[:16]}".strip()
    return made


def environment() -> dict[str, str]:
    """Return what a run's seconds depend on, and who wants to repeat it needs to know."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "domainkit": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(cores),
        **libraries(),
    }


@cache
def code() -> str:
    """Return the SHA-256 of the code that answers."""
    found = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        within = path.relative_to(_PACKAGE)
        kept = path.is_file() and path.suffix != ".pyc" and within.parts[0] not in _APART
        if kept and within.parts[0] != "_bundled":
            found.update(f"{within.as_posix()}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def libraries() -> dict[str, str]:
    """Return the installed versions of the libraries that decide what is found or written."""
    made = {}
    for name in _LIBRARIES:
        try:
            made[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            made[name] = "absent"
    return made


def digest(value: Any) -> str:
    """Return the SHA-256 of ``value`` as JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def command() -> str:
    """Return the command line this process was started with."""
    return " ".join(["domainkit", *sys.argv[1:]])


def _told(name: str, settings: Settings) -> str:
    if not name or settings.tier == "extractive" or settings.generation.engine == "extractive":
        return "extractive"
    if settings.generation.engine == "chat":
        return f"{name} at {settings.generation.url}"
    try:
        model = catalog.find(name)
    except UnknownComponent:
        return f"{name} {_stamp(Path(name).expanduser())}"
    try:
        model_cache.path(name, cache=settings.models.cache)
    except ModelError:
        return f"{name}, not fetched"
    return f"{name} {digest([artefact.sha256 for artefact in model.artefacts])[:16]}"


def _stamp(path: Path) -> str:
    """Return what changes when a file, or one in a folder, does."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    present = [(p.name, p.stat()) for p in files if p.is_file()]
    return digest([[name, stat.st_size, stat.st_mtime_ns] for name, stat in present])[:16]


def _hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _dates(pack: Pack) -> Iterator[date]:
    """Yield the days on which a work that the pack knows changes."""
    for work in pack.works.values():
        yield from (wording.since for wording in work.wordings)
        if work.repealed:
            yield work.repealed
