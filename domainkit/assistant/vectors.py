"""Hands guards the vector of a question, made once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from domainkit.protocols import Embedder

    Vector = NDArray[np.float32]


class QuestionVectors:
    """The vectors of an assistant's own embedder, where it is the one a guard asks for."""

    def __init__(self, embedder: Callable[[], Embedder | None]) -> None:
        """Ask ``embedder`` for what is in use at each question."""
        self._embedder = embedder
        self._last: tuple[str, str, Vector] | None = None

    def __call__(self, text: str, embedder: str) -> Vector | None:
        """Return the vector of ``text``; None where the assistant has another embedder."""
        used = self._embedder()
        if used is None or used.id.partition("@")[0] != embedder:
            return None
        last = self._last
        if last is None or last[:2] != (used.id, text):
            last = self._last = (used.id, text, used.encode([text], role="query")[0])
        return last[2]
