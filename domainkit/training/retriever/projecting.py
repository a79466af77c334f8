"""Turns the vectors of an embedder by a learnt matrix, tries that, and keeps it with its card."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from domainkit.protocols import Embedder
from domainkit.retrieval import projection as matrices
from domainkit.retrieval.projection import ProjectedEmbedder
from domainkit.retrieval.vector_cache import VectorCache
from domainkit.training.loop import Step
from domainkit.training.retriever import trial
from domainkit.training.retriever.material import Material, Pair
from domainkit.training.retriever.projection import Examples, Learning, fit
from domainkit.training.retriever.run import Made, card, divided, finish

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

# Passages that are told apart: those that answer, the likeliest by words, and others up to so
# many. Encoding what was not encoded yet takes longer than the learning.
_PASSAGES = 20_000
_LIKELY = 10
_SAMPLE = 200  # questions whose cosines tell what none lies under


def run(
    material: Material,
    base: Embedder,
    *,
    of: str,
    name: str,
    embedders: Path,
    now: datetime,
    learning: Learning | None = None,
    encoded: Path | None = None,
    progress: Callable[[Step], None] | None = None,
) -> Made:
    """Return the embedder ``name``: ``base`` turned by what the pairs teach, tried and kept.

    It is tried as learnt without the pairs held back, and kept as learnt from all of them.

    Args:
        material: what is learnt.
        base: whose vectors are turned.
        of: the name or the folder that opens ``base`` again.
        name: what the new embedder is called.
        embedders: the folder it is kept in.
        now: goes into its card.
        learning: how long and how fast.
        encoded: a file of vectors made earlier; it is read, and not changed.
        progress: called after every step.

    Raises:
        TrainingError: with too few pairs, or when the name is taken.
    """
    learning = learning or Learning()
    folder, work = embedders / name, embedders / ".runs" / name
    trained, held = divided(material, folder, seed=learning.seed)
    shutil.rmtree(work, ignore_errors=True)
    (work / "model").mkdir(parents=True)
    cache = VectorCache(work / "encoded.sqlite")
    if encoded is not None and encoded.is_file():
        shutil.copyfile(encoded, work / "encoded.sqlite")
    examples = _examples(material, [*trained, *held], base, cache, learning.seed)
    part = replace(examples, pairs=examples.pairs[: len(trained)])
    known = ProjectedEmbedder(base, fit(part, learning), name=name)
    tried = trial.compare(material, held, (base, known), cache, seed=learning.seed)
    steps: list[Step] = []

    def tell(step: Step) -> None:
        steps.append(step)
        if progress:
            progress(step)

    matrix = fit(examples, learning, progress=tell)
    matrices.save(work / "model", matrix)
    after = ProjectedEmbedder(base, matrix, name=name)
    said = {
        "of": of,
        "cosine_floor": _floor(
            after.project(examples.questions), after.project(examples.passages)
        ),
        "options": asdict(learning),
    }
    finish(work, folder, card(name, (base, after), (trained, held), tried, now) | said)
    return Made(folder, len(trained), steps, tried)


def _examples(
    material: Material, pairs: Sequence[Pair], base: Embedder, cache: VectorCache, seed: int
) -> Examples:
    """Return the vectors of the pairs' questions and of the passages they are told apart from."""
    names = dict.fromkeys(name for pair in pairs for name in sorted(pair.answers))
    for pair in pairs:
        names.update(dict.fromkeys(material.search(pair.question, _LIKELY)))
    others = sorted(material.texts.keys() - names.keys())
    drawn = random.Random(seed).sample(  # noqa: S311 - not a secret
        others, min(len(others), max(0, _PASSAGES - len(names)))
    )
    places = {name: place for place, name in enumerate([*names, *drawn])}
    texts = [material.texts[name] for name in places]
    rows = {text: place for place, text in enumerate(texts)}
    asked, learnt, answers = [], [], []
    for question, pair in enumerate(pairs):
        if pair.text not in rows:  # a passage without the sentence that asks
            rows[pair.text] = len(texts)
            texts.append(pair.text)
        asked.append(pair.question)
        learnt.append((question, rows[pair.text]))
        answers.append(frozenset([*(places[n] for n in pair.answers), rows[pair.text]]))
    return Examples(
        questions=cache.encode(base, asked, role="query"),
        passages=cache.encode(base, texts, role="passage"),
        pairs=learnt,
        answers=answers,
    )


def _floor(questions: Vectors, passages: Vectors) -> float:
    """Return what no cosine of some questions and the passages lies under, at least 0."""
    lowest = float((questions[:_SAMPLE] @ passages.T).min())
    return round(max(0.0, float(np.floor(lowest * 100) / 100)), 2)
