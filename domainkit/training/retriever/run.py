"""Tunes an embedder on pairs, tries it on pairs held back, and keeps it with its card."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

from domainkit import extras, registry
from domainkit.errors import TrainingError
from domainkit.models import tuned
from domainkit.packs.schemas.recipe import Stage
from domainkit.protocols import Embedder
from domainkit.retrieval.vector_cache import VectorCache
from domainkit.training import checkpoint
from domainkit.training.loop import Step
from domainkit.training.retriever import static, trial
from domainkit.training.retriever.contrastive import PairLoop, Triple
from domainkit.training.retriever.material import Material, Pair
from domainkit.training.retriever.trial import Trial

# Of what words find for a question, the negative is the best that does not answer it, past the
# first few: unjudged passages that do answer stand at the very top.
_FOUND = 30
_SKIPPED = 1
_LEAST = 20  # pairs: with fewer there is nothing to learn from and nothing to try it on
_SAVED = 50  # steps between two checkpoints


@dataclass(frozen=True, slots=True)
class Base:
    """What is tuned: a model's folder, its name and prefixes; no ``folder`` makes a static one."""

    name: str
    folder: Path | None = None
    query_prefix: str = ""
    passage_prefix: str = ""
    cosine_floor: float = 0.0


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how fast to learn, chosen on scifact's training claims.

    A static embedder begins from chance, so it learns faster and for longer.
    """

    epochs: int = 3
    batch: int = 16
    learning_rate: float = 3e-5
    max_tokens: int = 192
    seed: int = 0

    @property
    def stage(self) -> Stage:
        """The same, as the training loop takes it."""
        return Stage(epochs=self.epochs, batch=self.batch, learning_rate=self.learning_rate)


@dataclass(frozen=True, slots=True)
class Made:
    """A tuned embedder: its folder, the steps it took, and how it did on what was held back."""

    folder: Path
    trained: int
    steps: Sequence[Step]
    trial: Trial


def run(
    material: Material,
    base: Base,
    *,
    name: str,
    embedders: Path,
    options: Options,
    now: datetime,
    resume: bool = False,
    progress: Callable[[Step], None] | None = None,
    stop: Event | None = None,
) -> Made:
    """Return the embedder ``name``, tuned, tried and kept below ``embedders``.

    Raises:
        TrainingError: with too few pairs, when interrupted, or when the name is taken.
    """
    folder, work = embedders / name, embedders / ".runs" / name
    trained, held = divided(material, folder, seed=options.seed)
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    triples = list(_triples(material, trained, options.seed))
    loop = _loop(base, material, triples, options, work)
    key = _key(base, triples, options)
    if resume:
        checkpoint.load(work, loop, run=key)
    with _cut(loop.model, base, options.max_tokens):
        _train(loop, work, key, progress, stop)
    loop.model.save(str(work / "model"), create_model_card=False)
    before = base.folder or work / "start"
    pair = (_embedder(before, base.name, base), _embedder(work / "model", name, base))
    cache = VectorCache(work / "encoded.sqlite")
    tried = trial.compare(material, held, pair, cache, seed=options.seed)
    said = {
        "query_prefix": base.query_prefix,
        "passage_prefix": base.passage_prefix,
        "cosine_floor": base.cosine_floor,
        "options": asdict(options),
    }
    finish(work, folder, card(name, pair, (trained, held), tried, now) | said)
    return Made(folder, len(trained), loop.taken, tried)


def divided(material: Material, folder: Path, *, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs to learn from and those held back, for an embedder to stand in ``folder``.

    Raises:
        TrainingError: when the folder is taken, or there are too few pairs.
    """
    if folder.exists():
        raise TrainingError(f"{folder} is there already", hint="give it another --name")
    trained, held = trial.split(material.pairs, seed=seed)
    if len(trained) < _LEAST or not held:
        raise TrainingError(
            f"{len(material.pairs)} pairs are too few to tune a retriever and to try it",
            hint=f"add documents, or questions: {_LEAST} to train on and some to hold back",
        )
    return trained, held


def card(
    name: str,
    embedders: tuple[Embedder, Embedder],
    pairs: tuple[Sequence[Pair], Sequence[Pair]],
    tried: Trial,
    now: datetime,
) -> dict[str, Any]:
    """Return what every tuned embedder says of itself: from what it came and how it did."""
    before, after = embedders
    trained, held = pairs
    return {
        "schema": 1,
        "name": name,
        "base": before.id,
        "id": after.id,
        "made": now.isoformat(timespec="seconds"),
        "pairs": {"trained": len(trained), "held_back": len(held)},
        "trial": asdict(tried) | {"better": tried.better},
    }


def finish(work: Path, folder: Path, said: Mapping[str, Any]) -> None:
    """Have the finished model stand in ``folder`` with its card; nothing else is kept."""
    text = json.dumps(said, ensure_ascii=False, indent=2)
    (work / "model" / tuned.CARD).write_text(f"{text}\n", encoding="utf-8")
    (work / "model").replace(folder)
    shutil.rmtree(work)


def _train(
    loop: PairLoop,
    work: Path,
    key: str,
    progress: Callable[[Step], None] | None,
    stop: Event | None,
) -> None:
    for step in loop.run():
        if progress:
            progress(step)
        stopped = stop is not None and stop.is_set()
        if stopped or step.number % _SAVED == 0:
            checkpoint.save(work, loop, run=key)
        if stopped and step.number < step.of:
            raise TrainingError(
                f"stopped after step {step.number} of {step.of}; the run is kept",
                hint="go on with --resume",
            )


@contextmanager
def _cut(model: Any, base: Base, max_tokens: int) -> Iterator[None]:
    """Have texts cut shorter while training; a static model reads texts of any length."""
    if base.folder is None:
        yield
        return
    before = model.max_seq_length
    model.max_seq_length = min(max_tokens, before or max_tokens)
    try:
        yield
    finally:
        model.max_seq_length = before


def _triples(material: Material, pairs: Sequence[Pair], seed: int) -> Iterator[Triple]:
    """Yield each pair with a passage that shares its words and does not answer it."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    names = sorted(material.texts)
    for pair in pairs:
        found = [n for n in material.search(pair.question, _FOUND) if n not in pair.answers]
        negative = found[min(_SKIPPED, len(found) - 1)] if found else draw.choice(names)
        yield Triple(pair.question, pair.text, material.texts[negative], negative, pair.answers)


def _loop(
    base: Base, material: Material, triples: Sequence[Triple], options: Options, work: Path
) -> PairLoop:
    torch = extras.load("torch", needed_for="training a retriever")
    torch.manual_seed(options.seed)
    if base.folder is None:
        model = static.build(list(material.texts.values()), work / "start", seed=options.seed)
    else:
        model = _opened(base.folder)
    loop = PairLoop(model, triples, options.stage, seed=options.seed)
    loop.prefixes = (base.query_prefix, base.passage_prefix)
    return loop


def _opened(folder: Path) -> Any:
    library = extras.load("sentence_transformers", needed_for="training a retriever")
    extras.load("transformers.utils.logging", needed_for="loading").disable_progress_bar()
    return library.SentenceTransformer(str(folder), local_files_only=True)


def _embedder(folder: Path, name: str, base: Base) -> Embedder:
    made: Embedder = registry.get("embedders", "sentence-transformers")(
        folder, name=name, query_prefix=base.query_prefix, passage_prefix=base.passage_prefix
    )
    return made


def _key(base: Base, triples: Sequence[Triple], options: Options) -> str:
    """Return a hash of what is trained on what: only the same run can be resumed."""
    told = [base.name, asdict(options), [(t.question, t.passage, t.negative) for t in triples]]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
