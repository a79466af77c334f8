"""Works out everything a training run will do before it does any of it: what a dry run shows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from domainkit.errors import ModelError, TrainingError
from domainkit.generation.base_model import BaseText, open_config, open_text
from domainkit.models import families
from domainkit.packs import loader
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.recipe import GROUNDED, Ia3, Lora, Recipe
from domainkit.training import imported, memory
from domainkit.training.examples import Example, examples
from domainkit.training.imported import Imported
from domainkit.training.masks import Encoded
from domainkit.training.material import Writer
from domainkit.training.objectives import Compared, Verdict
from domainkit.training.recipe import Named, locate, title

# A dry run without the base's tokenizer guesses: characters a token, and tokens an answer.
_CHARACTERS_PER_TOKEN = 3
_ANSWER = 160


@dataclass(frozen=True, slots=True)
class Plan:
    """A training run, worked out.

    ``base`` is None and ``absent`` says why where the model is not on this machine; then nothing
    is ``encoded``, which are the rows of the sft stages; ``others`` are those of each other stage.
    ``size`` and ``memory`` are None where the base's shape is not known.
    """

    pack: Pack
    named: Named
    base: Path | None
    base_name: str
    absent: str
    examples: tuple[Example, ...]
    encoded: tuple[Encoded, ...]
    targets: tuple[str, ...]
    size: memory.Size | None
    memory: memory.Estimate | None
    imported: Imported = field(default_factory=lambda: Imported((), {}, (), ()))
    others: tuple[tuple[Any, ...], ...] = ()

    @property
    def steps(self) -> int:
        """How often the weights will change, in all stages together."""
        stages = self.named.recipe.stages
        known = len(self.examples) + len(self.imported.rows)
        return sum(
            stage.total_steps(len(self.rows(number)) if self.base else known)
            for number, stage in enumerate(stages)
        )

    @property
    def lengths(self) -> tuple[int, float, int] | None:
        """The least, middle and greatest number of tokens of an example; None if not counted."""
        counts = [len(row.ids) for row in self.witnesses]
        return (min(counts), median(counts), max(counts)) if counts else None

    @property
    def witnesses(self) -> tuple[Encoded, ...]:
        """Encoded rows by which it is seen that training did something: answers, or texts."""
        if self.encoded:
            return self.encoded
        rows = [row for rows in self.others for row in rows]
        found = [one for row in rows if (one := _answer_of(row)) is not None]
        return tuple(found)

    def rows(self, number: int) -> tuple[Any, ...]:
        """Return what the stage ``number`` is trained on."""
        sft = self.named.recipe.stages[number].kind == "sft"
        return self.encoded if sft else self.others[number]

    @property
    def rows_hash(self) -> str:
        """The SHA-256 of every message and answer that is trained, in order."""
        said: list[Any] = [
            [[m.content for m in row.prompt.messages], row.answer] for row in self.examples
        ]
        said += [row.id for row in self.imported.rows]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()

    @property
    def licences(self) -> dict[str, int]:
        """How many rows there are under each licence."""
        own = Counter(row.licence for row in self.examples)
        return dict(own + Counter(row.licence for row in self.imported.rows))

    def summary(self) -> dict[str, Any]:
        """Return the whole plan as JSON-ready data; what is not known is null."""
        recipe, rows = self.named.recipe, self.examples
        lengths = self.lengths
        return {
            "recipe": {
                "name": self.named.name,
                "file": str(self.named.path),
                "title": recipe.title,
            },
            "pack": {"name": self.pack.name, "fingerprint": self.pack.fingerprint},
            "base": {
                "name": self.base_name,
                "path": str(self.base) if self.base else None,
                "absent": self.absent or None,
            },
            "rows": {
                "answers": sum(not row.refusal for row in rows),
                "refusals": sum(row.refusal for row in rows),
                "imported": len(self.imported.rows),
                "turned_away": self.imported.reasons,
                "absent": list(self.imported.absent),
                "licences": self.licences,
                "sha256": self.rows_hash,
            },
            "tokens": {
                "example": dict(zip(("min", "median", "max"), lengths, strict=True))
                if lengths
                else None,
                "trained": sum(len(row.trained) for row in self.encoded) if lengths else None,
            },
            "steps": self.steps,
            "stages": [stage.model_dump(mode="json") for stage in recipe.stages],
            "method": recipe.method.model_dump(mode="json"),
            "targets": list(self.targets),
            "size": asdict(self.size) if self.size else None,
            "memory": {**asdict(self.memory), "total": self.memory.total, "source": memory.SOURCE}
            if self.memory
            else None,
            "device": recipe.device,
            "precision": recipe.precision,
        }


def plan(
    pack: Pack,
    named: Named,
    *,
    prompt_tokens: int,
    base: Path | None = None,
    models: Path | None = None,
) -> Plan:
    """Return what training by the recipe ``named`` would do for ``pack``.

    Args:
        pack: whose rows and prompts are used; an assistant's own, with those of what it extends.
        named: the recipe.
        prompt_tokens: the room a prompt has when answering; training gives it no more.
        base: the base model, instead of the one the recipe names.
        models: the folder of fetched models; the default cache if None.

    Raises:
        TrainingError: naming file and line of a row that cannot be trained.
        PackError: for rows or a recipe that do not fit their schema.
    """
    recipe = named.recipe
    where, absent = base, ""
    if where is None:
        try:
            where = locate(recipe.base, models=models)
        except ModelError as error:
            absent = str(error)
    text = open_text(where) if where else None
    rows = _grounded(pack, recipe, text, prompt_tokens)
    brought = imported.read(pack, recipe, grounded=len(rows))
    encoded, others = _material(recipe, text, rows, brought)
    config: Mapping[str, Any] = recipe.base.config
    if where and (base or where.is_dir() or not config):
        config = open_config(where)
    targets = _targets(config, named)
    size = memory.measure(config, recipe, targets) if len(config) > 1 else None
    made = Plan(
        pack=pack,
        named=named,
        base=where,
        base_name=base.name.removesuffix(".gguf") if base else title(recipe.base),
        absent=absent,
        examples=tuple(rows),
        encoded=encoded,
        targets=targets,
        size=size,
        memory=None,
        imported=brought,
        others=others,
    )
    seen = made.witnesses
    prompt, answer = _longest(seen) if seen else (recipe.stages[0].max_tokens, _ANSWER)
    needed = memory.estimate(size, recipe, prompt=prompt, answer=answer) if size else None
    return replace(made, memory=needed)


def _grounded(
    pack: Pack, recipe: Recipe, text: BaseText | None, prompt_tokens: int
) -> list[Example]:
    """Return the pack's own rows, each as often as its weight says."""
    found: list[Example] = []
    for data in recipe.data:
        if data.format == GROUNDED:
            rows = examples(
                pack,
                [data],
                budget=prompt_tokens,
                count=_counter(text),
                context=recipe.rag_context,
                seed=recipe.seed,
                home=loader.load(data.pack) if data.pack else None,
            )
            found += imported.weighed(rows, data.weight, seed=recipe.seed)
    return found


def _material(
    recipe: Recipe, text: BaseText | None, rows: Sequence[Example], brought: Imported
) -> tuple[tuple[Encoded, ...], tuple[tuple[Any, ...], ...]]:
    """Return the rows of the first sft stage as tokens, and those of every other stage."""
    if text is None or brought.absent:
        return (), ()
    writer = Writer(recipe, text)
    stages = [tuple(writer.of(stage, rows, brought.rows)) for stage in recipe.stages]
    sft = [i for i, stage in enumerate(recipe.stages) if stage.kind == "sft"]
    others = tuple(() if i in sft else found for i, found in enumerate(stages))
    return (stages[sft[0]] if sft else ()), others


def _answer_of(row: Any) -> Encoded | None:
    """Return a row's own answer, or the best one, as tokens; None where the model writes it."""
    match row:
        case Encoded():
            return row
        case Compared(_, answers):
            return answers[0]
        case Verdict(_, own, _, good):
            return own if good else None
    return None


def _counter(text: BaseText | None) -> Callable[[str], int]:
    if text is None:
        return lambda words: len(words) // _CHARACTERS_PER_TOKEN + 1
    tokenizer = text.tokenizer
    return lambda words: len(tokenizer(words, add_special_tokens=False)["input_ids"])


def _targets(config: Mapping[str, Any], named: Named) -> tuple[str, ...]:
    method = named.recipe.method
    if not isinstance(method, Lora | Ia3):
        return ()
    chosen = method.targets
    if chosen != "auto":
        return chosen
    if not config:
        raise TrainingError(
            f"{named.path}: the layers to tune are not known before the base is here",
            hint="name them in method.targets, or give base.config with its model_type",
        )
    family = families.of(config)
    if family.model != "causal":
        raise TrainingError(
            f"{named.path}: {family.title} read with an encoder, and recipes tune decoders alone",
            hint="choose another base: domainkit models matrix",
        )
    return family.targets


def _longest(encoded: Sequence[Encoded]) -> tuple[int, int]:
    """Return the most tokens a prompt has, and the most an answer has."""
    return max(row.start for row in encoded), max(len(row.trained) for row in encoded)
