"""Trains an adapter's recipe again and holds the losses against those on record.

The same rows, base, seed, libraries and threads on the same kind of machine give the same losses
to the last bit; elsewhere a processor rounds otherwise, and how far that goes is measured here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from pydantic import ValidationError

from domainkit import extras
from domainkit.errors import TrainingError
from domainkit.generation.adapters import Adapter
from domainkit.generation.base_model import fingerprint
from domainkit.generation.prompt import template_hash
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.adapter import DIGITS, Manifest
from domainkit.packs.schemas.recipe import Recipe
from domainkit.training import card, run
from domainkit.training.loop import Step
from domainkit.training.plan import Plan, plan
from domainkit.training.recipe import Named


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How a second run compares: of ``steps`` compared, so many have the ``equal`` loss.

    ``apart`` is the largest difference of a loss, ``weights`` whether the file is the same to the
    byte (None where only a part was trained), ``differing`` what is not as it was then, which may
    round otherwise: libraries, machine, threads.
    """

    steps: int
    of: int
    equal: int
    apart: float
    weights: bool | None
    differing: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether every loss is the same, and the weights where all of it was trained."""
        return self.equal == self.steps and self.weights is not False


def planned(adapter: Adapter, pack: Pack, *, prompt_tokens: int, **where: Path | None) -> Plan:
    """Return the run that made ``adapter``, once it is known to train the same on the same.

    Args:
        adapter: of whose recipe; the record has it whole.
        pack: the pack whose rows it was trained on.
        prompt_tokens: the room a prompt has.
        where: ``base`` and ``models``, as ``plan`` takes them.

    Raises:
        TrainingError: naming what would be trained otherwise: rows, base, prompts.
        ModelError: when the base is not here.
    """
    record = adapter.manifest
    try:
        recipe = Recipe.model_validate(record.recipe)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise TrainingError(
            f"{adapter.folder}: its recipe is not one of this version of domainkit: {places}",
            hint=f"take the version that made it, or train anew: {record.command}",
        ) from error
    named = Named(record.name, adapter.folder, record.recipe_given, recipe)
    made = plan(pack, named, prompt_tokens=prompt_tokens, **where)
    if made.base is None:
        raise TrainingError(made.absent, hint="give the base it was tuned on: --base")
    then_and_now = {
        "rows": (record.rows.sha256, made.rows_hash),
        "base": (record.base.fingerprint, fingerprint(made.base)),
        "prompts": (record.pack.prompt, template_hash(pack)),
    }
    if other := [name for name, (then, now) in then_and_now.items() if then != now]:
        raise TrainingError(
            f"{adapter.folder}: what '{record.name}' was trained on is not what is here: "
            f"other {', '.join(other)} (pack {pack.name} {pack.manifest.version})",
            hint=f"it was trained for {record.pack.name} {record.pack.version}; take that pack",
        )
    return made


def again(
    adapter: Adapter,
    made: Plan,
    *,
    steps: int | None,
    now: datetime,
    progress: Callable[[Step], None] = lambda step: None,
) -> Reproduction:
    """Return how the first ``steps`` steps of ``made``, or all, compare with the record.

    Raises:
        TrainingError: as ``run.run`` does.
    """
    record = adapter.manifest
    few = min(steps or len(record.losses), len(record.losses))
    taken: list[Step] = []
    stop = Event()

    def each(step: Step) -> None:
        taken.append(step)
        progress(step)
        if len(taken) == few:
            stop.set()

    weights: bool | None = None
    _same_threads(record)
    with TemporaryDirectory(prefix="domainkit-again-") as place:
        try:
            second = run.run(
                made, adapters=Path(place), name="again", now=now, progress=each, stop=stop
            )
            weights = second.manifest.weights == record.weights
        except TrainingError:
            if len(taken) < few:
                raise
    pairs = list(zip(record.losses, (round(s.loss, DIGITS) for s in taken), strict=False))
    return Reproduction(
        steps=len(pairs),
        of=len(record.losses),
        equal=sum(then == now for then, now in pairs),
        apart=max(abs(then - now) for then, now in pairs),
        weights=weights,
        differing=tuple(_differing(record)),
    )


def _same_threads(record: Manifest) -> None:
    """Sum in as many threads as then: their number decides the order of a sum."""
    if record.threads:
        extras.load("torch", needed_for="training").set_num_threads(record.threads)


def _differing(record: Manifest) -> Iterator[str]:
    """Yield what may round otherwise than when ``record`` was written."""
    here = card.versions()
    for name, then in record.libraries.items():
        if here.get(name) != then:
            yield f"{name} {here.get(name)}, then {then}"
    if (machine := card.machine()) != record.machine:
        yield f"{machine}, then {record.machine}"
    if not record.threads:
        yield "how many threads trained is not on record"
    if record.processes > 1:
        yield f"one process, then {record.processes}"
