"""Finds a recipe by name or file, and the base model it names on this machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from domainkit import extras
from domainkit.errors import ModelError, TrainingError
from domainkit.models import cache, catalog
from domainkit.packs.checking import validated
from domainkit.packs.files import read_yaml
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.recipe import Base, Recipe
from domainkit.registry import nearest

FOLDER = "recipes"


@dataclass(frozen=True, slots=True)
class Named:
    """A recipe, its name, its file, and how the command line names it."""

    name: str
    path: Path
    given: str
    recipe: Recipe

    def with_steps(self, steps: int) -> Named:
        """Return the same recipe, each stage ``steps`` long."""
        changed = {"steps": steps, "epochs": None}
        stages = tuple(stage.model_copy(update=changed) for stage in self.recipe.stages)
        return replace(self, recipe=self.recipe.model_copy(update={"stages": stages}))


def names(pack: Pack) -> list[str]:
    """Return the names of the recipes of ``pack`` and of the packs it extends, sorted."""
    files = (path for folder in pack.folders for path in (folder / FOLDER).glob("*.yaml"))
    return sorted({path.stem for path in files})


def find(pack: Pack, name: str) -> Named:
    """Return the recipe called ``name``: one of the pack's, or a path to a YAML file.

    Raises:
        TrainingError: when there is none; the hint lists the nearest names.
        PackError: naming the file, the key and what is wrong with it.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else pack.find(f"{FOLDER}/{name}.yaml")
    if path is None or not path.is_file():
        raise TrainingError(
            f"the pack '{pack.name}' has no recipe called '{name}'"
            if path is None
            else f"{path}: there is no recipe here",
            hint=nearest(name, names(pack)),
        )
    return Named(path.stem, path, name, load(path))


def load(path: Path) -> Recipe:
    """Return the recipe in ``path``.

    Raises:
        PackError: naming the file, the key and what is wrong with it.
    """
    shown = f"{path.parent.name}/{path.name}"
    return validated(Recipe, read_yaml(path, shown), lambda _: shown)


def locate(base: Base, *, models: Path | None = None) -> Path:
    """Return where the model that ``base`` names is on this machine. Nothing is downloaded.

    Args:
        base: as a recipe names it.
        models: the folder of fetched models; the default cache if None.

    Raises:
        ModelError: when it is not here; the hint says how to get it.
    """
    if base.kind == "catalogue":
        return cache.path(base.name, cache=models)
    if base.kind == "folder":
        folder = Path(base.name).expanduser()
        if not folder.exists():
            raise ModelError(f"{folder}: there is no model here", hint="correct base.name")
        return folder
    hub = extras.load("huggingface_hub", needed_for="finding a model of the hub")
    try:
        return Path(
            hub.snapshot_download(base.name, revision=base.revision, local_files_only=True)
        )
    except (hub.errors.LocalEntryNotFoundError, ValueError) as error:
        raise ModelError(
            f"the model {base.name} is not on this machine",
            hint=f"hf download {base.name}, or give its folder: --base DIR",
        ) from error


def title(base: Base) -> str:
    """Return how answers and cards name ``base``."""
    if base.kind == "catalogue":
        return catalog.find(base.name).name
    return base.name if base.kind == "hub" else Path(base.name).name
