"""A small model of whether a passage supports, contradicts or does not speak of a statement.

It weighs what the checks of the cascade see, for statements that do not repeat their source: how
many of their words one sentence has, what is denied, which way both point, what figures and names
are missing. Its numbers are fitted (``domainkit train verifier``) and kept as plain JSON.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from domainkit.errors import ModelError
from domainkit.guards import names
from domainkit.guards.alignment import align
from domainkit.guards.matching import Weights, rarity
from domainkit.guards.polarity import opposed
from domainkit.guards.reading import Reading, read
from domainkit.text import sentences
from domainkit.types import Passage, Span, Support

VERDICTS: tuple[Support, ...] = ("supported", "contradicted", "unsupported")
_BEST = 2  # sentences of the passage that are looked at closely
_NOWHERE = Span(0, 0)
_LONG = 20  # words: about a sentence, so that lengths are of the size of the other features


@dataclass(frozen=True, slots=True)
class Verifier:
    """A multinomial logistic model over ``features``; one row of ``weights`` a verdict."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    intercept: tuple[float, ...]
    report: Mapping[str, object] = field(default_factory=dict)

    def probabilities(self, statement: str, passage: Passage) -> dict[Support, float]:
        """Return the probability of each verdict on ``statement``; they add up to one."""
        scaled = [
            (value - mean) / scale
            for value, mean, scale in zip(
                features(statement, passage), self.mean, self.scale, strict=True
            )
        ]
        scores = [
            bias + sum(w * x for w, x in zip(row, scaled, strict=True))
            for row, bias in zip(self.weights, self.intercept, strict=True)
        ]
        parts = [math.exp(score - max(scores)) for score in scores]
        return {verdict: part / sum(parts) for verdict, part in zip(VERDICTS, parts, strict=True)}

    def save(self, path: Path) -> None:
        """Write the model and its report to ``path``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        made.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")
        made.replace(path)  # whole or not at all

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the model in ``path``.

        Raises:
            ModelError: when there is none, or it was made by another version.
        """
        hint = "domainkit train verifier"
        try:
            made = json.loads(path.read_text(encoding="utf-8"))
            loaded = cls(
                tuple(made["mean"]),
                tuple(made["scale"]),
                tuple(tuple(row) for row in made["weights"]),
                tuple(made["intercept"]),
                made["report"],
            )
        except FileNotFoundError as error:
            raise ModelError(f"{path}: there is no verifier", hint=hint) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: this is no verifier: {error}", hint=hint) from error
        if len(loaded.mean) != len(features("", Passage("", "", "", "", _NOWHERE, ""))):
            raise ModelError(f"{path}: made by another version of domainkit", hint=hint)
        return loaded


def features(statement: str, passage: Passage) -> list[float]:
    """Return what the model sees of a statement and a passage."""
    claim, about, whole = read(statement), read(passage.title), read(passage.text)
    weights = rarity([passage])
    parts = [read(span.of(passage.text)) for span in sentences(passage.text)] or [read("")]
    ranked = sorted(parts, key=lambda part: -_share(claim, part, weights))
    best = [*ranked, ranked[-1]][:_BEST]
    shares = [_share(claim, part, weights) for part in (*best, ranked[min(2, len(ranked) - 1)])]
    known = names.called(f"{passage.title} {passage.text}")
    found = [
        *shares,
        _share(claim, whole, weights),
        _share(claim, about, weights),
        _share(claim, parts[-1], weights),
        align(statement, best[0].text).kept,
        len(claim.words) / _LONG,
        len(claim.words - whole.words - about.words) / _LONG,
        float(bool(names.unknown(statement, known))),
        float(claim.poles.get("change") == frozenset({"up"})),
        float(claim.poles.get("change") == frozenset({"down"})),
        float(bool(claim.denial.denied)),
    ]
    for part in best:
        found += _compared(claim, about, part)
    return found


def _share(claim: Reading, part: Reading, weights: Weights) -> float:
    unseen = weights[""]
    whole = sum(weights.get(word, unseen) for word in claim.words) or 1.0
    return sum(weights.get(word, unseen) for word in claim.words & part.words) / whole


def _compared(claim: Reading, about: Reading, part: Reading) -> Sequence[float]:
    lacking = [f for f in claim.figures if not any(f.agrees(other) for other in part.figures)]
    alike = [f for f in lacking if any(f.alike(other) for other in part.figures)]
    same = [axis for axis, side in claim.poles.items() if side & part.poles.get(axis, frozenset())]
    return (
        float(claim.denial.clashes(part.denial, claim.words & part.words)),
        float(bool(part.denial.denied)),
        float(opposed(claim.poles, part.poles)),
        float(opposed(claim.poles, part.poles, axes=("change",))),
        float(opposed(claim.poles, part.poles, axes=("level",))),
        float("change" in same),
        float(len(same)),
        float(bool(claim.figures)),
        float(bool(lacking)),
        float(bool(alike)),
        float(bool(claim.codes - part.codes - about.codes)),
        len(part.words) / _LONG,
    )
