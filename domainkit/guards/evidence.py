"""How likely it is, before anything is written, that what was retrieved suffices to answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from domainkit.packs.schemas.manifest import Evidence
from domainkit.types import Retrieved


def sufficiency(retrieved: Sequence[Retrieved], numbers: Evidence) -> float:
    """Return the probability in [0, 1] that ``retrieved`` suffices; 0 when nothing was found.

    A logistic model (see ``Evidence``) of what ``features`` measures.
    """
    if not retrieved:
        return 0.0
    coverage, score, similarity = features(retrieved)
    logit = (
        numbers.intercept
        + numbers.coverage * coverage
        + numbers.score * score
        + numbers.similarity * similarity
    )
    # Written for either sign, so that no weight of a pack can overflow.
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))


def features(retrieved: Sequence[Retrieved]) -> tuple[float, float, float]:
    """Return what the model looks at, each the best of all passages.

    The share of the question's terms one passage holds (``via["coverage"]``), the fused score, and
    the cosine (``via["dense"]``). What an index did not measure counts as 0.
    """
    return (
        max((found.via.get("coverage", 0.0) for found in retrieved), default=0.0),
        max((found.score for found in retrieved), default=0.0),
        max((found.via.get("dense", 0.0) for found in retrieved), default=0.0),
    )
