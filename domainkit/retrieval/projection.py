"""An embedder turned by a matrix learnt from questions and the passages that answer them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from domainkit.errors import ModelError
from domainkit.protocols import Embedder

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

FILE = "projection.npy"
_DIGITS = 12


class ProjectedEmbedder:
    """``base``, whose vectors v become v + v·W, of length 1 again; questions and passages alike.

    What ``base`` has encoded need not be encoded again: ``project`` turns its vectors.

    Args:
        base: makes the vectors.
        matrix: W, float32 of shape [dim, dim].
        name: what the embedder is called.
        cosine_floor: what no cosine of the turned vectors lies under.

    Raises:
        ModelError: when the matrix is not of the base's dimensions.
    """

    def __init__(
        self, base: Embedder, matrix: NDArray[np.float32], *, name: str, cosine_floor: float = 0.0
    ) -> None:
        if matrix.shape != (base.dim, base.dim):
            raise ModelError(
                f"projection '{name}' has the shape {matrix.shape}; {base.id} makes vectors of "
                f"{base.dim} numbers",
                hint="tune it anew: domainkit train retriever",
            )
        self.base = base
        self.cosine_floor = cosine_floor
        self.languages: Sequence[str] = getattr(base, "languages", ())
        self._matrix = np.eye(base.dim, dtype=np.float32) + matrix
        made = hashlib.sha256(base.id.encode() + matrix.astype("<f4").tobytes())
        self._id = f"{name}@{made.hexdigest()[:_DIGITS]}"

    @property
    def id(self) -> str:
        """``name@revision``: the revision is of the base and of the matrix."""
        return self._id

    @property
    def dim(self) -> int:
        """The length of a vector, which is the base's."""
        return self.base.dim

    def encode(self, texts: Sequence[str], *, role: Literal["query", "passage"]) -> Vectors:
        """Return float32 vectors of shape [len(texts), dim], L2-normalised, in input order."""
        return self.project(self.base.encode(texts, role=role))

    def project(self, vectors: Vectors) -> Vectors:
        """Return the vectors that the base's ``vectors`` become."""
        turned = vectors @ self._matrix
        unit: Vectors = turned / np.linalg.norm(turned, axis=1, keepdims=True).clip(1e-12)
        return unit


def save(folder: Path, matrix: NDArray[np.float32]) -> None:
    """Write the matrix below ``folder``."""
    np.save(folder / FILE, matrix.astype("<f4"), allow_pickle=False)


def load(folder: Path) -> NDArray[np.float32]:
    """Return the matrix below ``folder``.

    Raises:
        ModelError: when there is none that can be read.
    """
    try:
        matrix: NDArray[np.float32] = np.load(folder / FILE, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder / FILE} cannot be read: {error}",
            hint="tune it anew: domainkit train retriever",
        ) from error
    return matrix.astype(np.float32)
