"""Text to unit vectors, by a model in a folder that sentence-transformers saved."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.retrieval import bert
from domainkit.retrieval.openvino_embedder import OpenVinoEmbedder, Role
from domainkit.retrieval.weights import named

if TYPE_CHECKING:
    from domainkit.protocols import Embedder, Vectors

_BATCH = 32  # on 2 cores larger batches pad more than they save


class FolderEmbedder:
    """The model in a folder: run by OpenVINO if it is a plain BERT, else by sentence-transformers.

    The vectors of both belong into one index. Only what runs the model is imported.

    Args:
        path: the model's folder.
        languages: those it knows; none are taken for all.
        options: what both take besides.

    Raises:
        ModelError: when the folder holds no such model.
        MissingExtra: when what runs it is not installed.
    """

    def __init__(self, path: Path, *, languages: Sequence[str] = (), **options: Any) -> None:
        shape = bert.Shape.read(path)
        self._runs: Embedder = (
            OpenVinoEmbedder(path, shape, **options)
            if shape
            else SentenceTransformerEmbedder(path, **options)
        )
        self.languages = tuple(languages)
        self.cosine_floor: float = options.get("cosine_floor", 0.0)

    @property
    def id(self) -> str:
        """``name@revision``."""
        return self._runs.id

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._runs.dim

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """Return float32 vectors of shape [len(texts), dim], L2-normalised, in input order."""
        return self._runs.encode(texts, role=role)


class SentenceTransformerEmbedder:
    """A sentence-transformers model, loaded on first use from ``path`` and from nowhere else.

    Args:
        path: the model's folder.
        name: what the model is called.
        revision: which version of it; by default the first digits of its weights' SHA-256.
        query_prefix: what its publisher puts before a question.
        passage_prefix: what its publisher puts before a passage.
        cosine_floor: what no cosine of its vectors lies under.

    Raises:
        ModelError: when the folder holds no such model.
        MissingExtra: when sentence-transformers is not installed.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        revision: str = "",
        query_prefix: str = "",
        passage_prefix: str = "",
        cosine_floor: float = 0.0,
    ) -> None:
        self.cosine_floor = cosine_floor
        self._id = named(path, name, revision)
        self._prefixes = {"query": query_prefix, "passage": passage_prefix}
        library = extras.load("sentence_transformers", needed_for="embedding texts")
        extras.load("transformers.utils.logging", needed_for="loading").disable_progress_bar()
        try:
            self._model: Any = library.SentenceTransformer(str(path), local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"{path} is not a sentence-transformers model: {error}",
                hint=f"domainkit models verify {name}",
            ) from error

    @property
    def id(self) -> str:
        """``name@revision``."""
        return self._id

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """Return float32 vectors of shape [len(texts), dim], L2-normalised, in input order.

        Texts of like length share a batch, and no text is encoded twice.
        """
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        with self._precision(role):
            vectors = self._model.encode(
                [self._prefixes[role] + text for text in distinct],
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        place = {text: row for row, text in enumerate(distinct)}
        ordered: Vectors = np.asarray(vectors, dtype=np.float32)[[place[text] for text in texts]]
        return ordered

    def _precision(self, role: str) -> AbstractContextManager[Any]:
        """Multiply the matrices of passages in half precision where the processor is made for it.

        With AMX, 2.2 times the passages a second of processor time; the vectors keep a cosine of
        .99998 (MiniLM) and .99999 (multilingual-e5-small) to those of single precision. A lone
        question would wait longer for its weights to be converted than it gains.
        """
        torch = extras.load("torch", needed_for="embedding texts")
        half = role == "passage" and torch.cpu.get_capabilities().get("amx_bf16", False)
        precision: AbstractContextManager[Any] = torch.autocast(
            "cpu", dtype=torch.bfloat16, enabled=half and self._model.device.type == "cpu"
        )
        return precision
