"""Documents small enough to read in a test, and an embedder that counts what it embeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from domainkit.testing import HashEmbedder

LEASE = (
    "The landlord returns the deposit within fourteen days.\n"
    "The tenant pays rent on the first day of the month.\n"
    "The landlord keeps the deposit when rent is unpaid."
)
GUIDE = "Metformin lowers blood glucose.\nAspirin thins the blood.\n糖尿病患者应当定期检查血糖。"


class CountingEmbedder(HashEmbedder):
    """Counts the passages it embeds, and can be told to fail at one of them."""

    def __init__(self, dim: int = 64) -> None:
        super().__init__(dim)
        self.passages = 0
        self.fails_at = ""
        self.languages: tuple[str, ...] = ()

    def encode(
        self, texts: Sequence[str], *, role: Literal["query", "passage"]
    ) -> NDArray[np.float32]:
        if self.fails_at and any(self.fails_at in text for text in texts):
            raise KeyboardInterrupt
        self.passages += len(texts) if role == "passage" else 0
        return super().encode(texts, role=role)


Put = Callable[..., None]
