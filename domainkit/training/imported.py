"""The rows of a recipe that are in a published layout: read, screened and weighed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from domainkit.packs import loader
from domainkit.packs.leakage import Evaluations
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.recipe import GROUNDED, Data, Recipe
from domainkit.training.data import build
from domainkit.training.data.contamination import gather
from domainkit.training.data.rows import DataRow


class Named(Protocol):
    """Anything with a name of its own."""

    @property
    def id(self) -> str:
        """The name."""
        ...


R = TypeVar("R", bound=Named)


@dataclass(frozen=True, slots=True)
class Imported:
    """The rows, how many of the files' were turned away and why, and what is not here."""

    rows: tuple[DataRow, ...]
    reasons: dict[str, int]
    accounts: tuple[build.Account, ...]
    absent: tuple[str, ...]


def read(pack: Pack, recipe: Recipe, *, grounded: int = 0) -> Imported:
    """Return the imported rows of ``recipe``, each as often as its weight says.

    They are screened, and compared with each other and with the packs' suites, as
    ``domainkit train data build`` does it.

    Args:
        pack: whose files they are, where the recipe names no other.
        recipe: names them.
        grounded: how many rows are read beside them; what is replayed is a share of all.

    Raises:
        TrainingError: when a file cannot be read or holds nothing that can be trained on.
    """
    named = [data for data in recipe.data if data.format != GROUNDED]
    replay = recipe.replay
    if replay and replay.format != GROUNDED:
        named.append(replay)
    found = [(data, _home(pack, data).find(data.path)) for data in named]
    present = [(data, path) for data, path in found if path is not None]
    absent = tuple(_told(data) for data, path in found if path is None)
    rows: list[DataRow] = []
    reasons: dict[str, int] = {}
    accounts: list[build.Account] = []
    for data, path in present:
        source = _source(data, path)
        built = build.build([source], _suites(), build.Options(languages=data.languages))
        accounts += built.accounts
        for reason, count in built.accounts[0].rejected.items():
            reasons[reason] = reasons.get(reason, 0) + count
        chosen = [row for row in built.rows if data.split in ("all", row.split)]
        if data is replay:
            wanted = round((grounded + len(rows)) * replay.ratio / (1 - replay.ratio))
            rows += weighed(chosen, wanted / len(chosen) if chosen else 0, seed=recipe.seed)
        else:
            rows += weighed(chosen, data.weight, seed=recipe.seed)
    return Imported(tuple(rows), reasons, tuple(accounts), absent)


@cache
def _suites() -> Evaluations:
    """Return the suites of the shipped packs, read once."""
    return gather([])


def weighed(rows: Sequence[R], weight: float, *, seed: int) -> Iterator[R]:
    """Yield each row as often as ``weight`` says; what is left of it is drawn, by its id."""
    whole, part = divmod(weight, 1)
    for row in rows:
        chance = random.Random(f"{seed}:{row.id}").random()  # noqa: S311 - not a secret
        for _ in range(int(whole) + (chance < part)):
            yield row


def _home(pack: Pack, data: Data) -> Pack:
    return loader.load(data.pack) if data.pack else pack


def _source(data: Data, path: Path) -> build.Source:
    layout = "" if data.format == "auto" else data.format
    return build.Source(path, data.licence, data.source or path.name, layout)


def _told(data: Data) -> str:
    where = f"; get it from {data.source}" if data.source else ""
    here = f"in the pack '{data.pack}'" if data.pack else "here"
    return f"{data.path} is not {here}{where} (licence: {data.licence or 'not told'})"
