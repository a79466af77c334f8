"""The extension points: one or two methods each, resolved by name through the registry.

Implementations are plain classes; nothing here needs to be subclassed. Each is checked by the
contract tests in ``domainkit.testing``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from domainkit.types import (
    NO_NAMES,
    Document,
    Draft,
    Entry,
    Filter,
    Generation,
    Hit,
    Names,
    Passage,
    Prompt,
    Question,
    Reference,
    Resolution,
    Retrieved,
    Verdict,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


@runtime_checkable
class Reader(Protocol):
    """Turns a file into documents."""

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the documents of ``path`` with ``source`` set to the file's name.

        Raises:
            IngestionError: with the reason, when the file cannot be read.
        """


@runtime_checkable
class Splitter(Protocol):
    """Divides a document into passages."""

    def split(self, document: Document) -> Iterator[Passage]:
        """Yield passages in document order; ``document.text[p.span] == p.text`` for each."""


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def id(self) -> str:
        """Name and revision; an index opened with another id is stale."""

    @property
    def dim(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str], *, role: Literal["query", "passage"]) -> Vectors:
        """Return float32 vectors of shape [len(texts), dim], L2-normalised, in input order."""


@runtime_checkable
class DerivedEmbedder(Embedder, Protocol):
    """An embedder whose vectors are computed from those of another, without the texts."""

    base: Embedder

    def project(self, vectors: Vectors) -> Vectors:
        """Return the vectors, unit and of the same shape, that the base's ``vectors`` become."""


@runtime_checkable
class LexicalIndex(Protocol):
    """Finds passages by their words. Changes are durable once ``add`` or ``remove`` returns."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Index ``entries``; a key already present is replaced."""

    def remove(self, keys: Sequence[int]) -> None:
        """Forget ``keys``; unknown keys are ignored."""

    def keys(self) -> list[int]:
        """Return every key the index holds, sorted."""

    def worn(self, *, whole: bool = False) -> list[int]:
        """Return the keys to ``add`` again so that nothing remains of what was removed.

        Without ``whole``, only as far as remains are many or are erased at little cost.
        """

    def search(
        self,
        query: str,
        k: int,
        filter: Filter,
        *,
        title_boost: float = 0.0,
        names: Names = NO_NAMES,
    ) -> list[Hit]:
        """Return at most ``k`` hits that pass ``filter``, best first; ties by key.

        A term in the title counts ``title_boost`` on top of what it counts in the whole. Other
        ``names`` of what a term names count less than the term.
        """

    @property
    def rarity(self) -> float:
        """What a word weighs that one passage alone holds: the unit in which scores grow."""

    def idf(self, query: str) -> dict[str, float]:
        """Return what each term of ``query`` weighs: the fewer passages hold it, the more."""

    def coverage(
        self, query: str, keys: Sequence[int], *, names: Names = NO_NAMES
    ) -> dict[int, float]:
        """Return for each of ``keys`` the idf-weighted share, in [0, 1], of the query's terms."""


@runtime_checkable
class VectorIndex(Protocol):
    """Finds passages by their vectors. Changes are durable once ``add`` or ``remove`` returns."""

    def add(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Index ``vectors`` ([len(entries), dim]); a key already present is replaced."""

    def remove(self, keys: Sequence[int]) -> None:
        """Forget ``keys``; unknown keys are ignored."""

    def keys(self) -> list[int]:
        """Return every key the index holds, sorted."""

    def vectors(self, keys: Sequence[int]) -> Vectors:
        """Return the vectors of ``keys``, each of which it holds, in their order."""

    def search(self, vector: Vectors, k: int, filter: Filter) -> list[Hit]:
        """Return at most ``k`` hits that pass ``filter`` by inner product; ties by key."""


@runtime_checkable
class Reranker(Protocol):
    """Reorders what the first stage found."""

    @property
    def depth(self) -> int:
        """How many of the best it looks at."""

    def rerank(self, question: Question, retrieved: Sequence[Retrieved]) -> list[Retrieved]:
        """Return the same passages, best first, with ranks from 1.

        A score stays what the first stage said, which is what sufficiency is told by; what a
        reranker says of a passage stands in its ``via``.
        """


@runtime_checkable
class Generator(Protocol):
    """Writes an answer to a prompt."""

    @property
    def id(self) -> str:
        """Engine and model, as every answer names them."""

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        """Return the whole answer.

        Raises:
            GenerationError: when the model fails or can use no adapter.
            UnknownComponent: when there is no such adapter.
        """

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        """Yield pieces of text, then the whole ``Generation`` last; stop soon after ``cancel``."""


class Vectorised(Protocol):
    """Gives a text's vector to guards that judge by it."""

    def __call__(self, text: str, embedder: str) -> NDArray[np.float32] | None:
        """Return the vector of ``text``; None where the assistant has another embedder."""


@runtime_checkable
class QuestionGuard(Protocol):
    """Judges a question before anything is retrieved."""

    def check(self, question: Question) -> Verdict:
        """Return a verdict for the stage ``question``."""


@runtime_checkable
class AnswerGuard(Protocol):
    """Judges a draft before anyone sees it."""

    def check(self, draft: Draft) -> Verdict:
        """Return a verdict for the stage ``answer``."""


@runtime_checkable
class Releasing(Protocol):
    """An answer guard that leaves out or corrects parts of what it does not refuse."""

    def released(self, draft: Draft) -> Draft:
        """Return what of ``draft`` may be shown."""


@runtime_checkable
class Authorities(Protocol):
    """Resolves what an answer names (an article of law) to what exists."""

    def resolve(self, reference: Reference, as_of: date | None) -> Resolution:
        """Return what ``reference`` comes to on ``as_of``; without a day, as it now stands."""
