"""Text to unit vectors, by a BERT that OpenVINO runs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.retrieval import bert
from domainkit.retrieval.weights import named

if TYPE_CHECKING:
    from domainkit.protocols import Vectors

Role = Literal["query", "passage"]

# Of a batch, padding included; 512 to 8,192 differ by less than a run from the next
# (docs/decisions/embedding.md).
_TOKENS = 2048


class OpenVinoEmbedder:
    """A BERT in a folder that sentence-transformers saved. It imports neither torch nor that.

    Args:
        path: the model's folder.
        shape: of the model, as ``Shape.read`` found it there.
        name: what the model is called.
        revision: which version of it; by default the first digits of its weights' SHA-256.
        query_prefix: what its publisher puts before a question.
        passage_prefix: what its publisher puts before a passage.
        cosine_floor: what no cosine of its vectors lies under.

    Raises:
        ModelError: when the folder's files are damaged.
        MissingExtra: when OpenVINO or tokenizers is not installed.
    """

    def __init__(
        self,
        path: Path,
        shape: bert.Shape,
        *,
        name: str,
        revision: str = "",
        query_prefix: str = "",
        passage_prefix: str = "",
        cosine_floor: float = 0.0,
    ) -> None:
        self.cosine_floor = cosine_floor
        self._id = named(path, name, revision)
        self._shape = shape
        self._prefixes = {"query": query_prefix, "passage": passage_prefix}
        library = extras.load("openvino", needed_for="embedding texts")
        self._core = library.Core()
        try:
            self._model = bert.Graph(library, path, shape).model()
            self._tokenizer = _tokenizer(path, shape.longest)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"{path} is not a sentence-transformers model: {error}",
                hint=f"domainkit models verify {name}",
            ) from error
        self._compiled: dict[str, Any] = {}
        self._turn = threading.Lock()

    @property
    def id(self) -> str:
        """``name@revision``."""
        return self._id

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._shape.hidden

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        """Return float32 vectors of shape [len(texts), dim], L2-normalised, in input order.

        Texts of like length share a batch, and no text is encoded twice.
        """
        distinct = list(dict.fromkeys(texts))
        vectors = np.empty((len(distinct), self.dim), dtype=np.float32)
        encoded = self._tokenizer.encode_batch_fast([self._prefixes[role] + t for t in distinct])
        tokens = [found.ids for found in encoded]
        # One at a time, each on every core.
        with self._turn:
            request = self._request(role)
            for rows in _batches([len(ids) for ids in tokens]):
                vectors[rows] = request.infer(_padded([tokens[row] for row in rows]))[0]
        place = {text: row for row, text in enumerate(distinct)}
        ordered: Vectors = vectors[[place[text] for text in texts]]
        return ordered

    def _request(self, role: Role) -> Any:
        """Return what runs the model: a question's numbers whole, a passage's as is quickest.

        Where the processor multiplies half precision itself, OpenVINO has it do so.
        """
        quickest = self._core.get_property("CPU", "INFERENCE_PRECISION_HINT").get_type_name()
        precision = "f32" if role == "query" else quickest
        if precision not in self._compiled:
            options = {"INFERENCE_PRECISION_HINT": precision}
            compiled = self._core.compile_model(self._model, "CPU", options)
            self._compiled[precision] = compiled.create_infer_request()
        return self._compiled[precision]


def _tokenizer(folder: Path, longest: int) -> Any:
    library = extras.load("tokenizers", needed_for="embedding texts")
    tokenizer = library.Tokenizer.from_file(str(folder / bert.TOKENIZER))
    said = json.loads((folder / bert.TOKENIZER_SETTINGS).read_text(encoding="utf-8"))
    if said["tokenizer_class"] in bert.NORMALISED_ANEW:
        tokenizer.normalizer = library.normalizers.BertNormalizer(
            lowercase=said.get("do_lower_case", True),
            handle_chinese_chars=said.get("tokenize_chinese_chars", True),
            strip_accents=said.get("strip_accents"),
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return tokenizer


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield places of texts of like length, as many as make ``_TOKENS`` when they are padded."""
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if rows and (len(rows) + 1) * lengths[row] > _TOKENS:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _padded(tokens: Sequence[Sequence[int]]) -> list[Any]:
    """Return the tokens as rows of one length, and which of them are not padding."""
    ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
    mask = np.zeros(ids.shape, dtype=np.float32)
    for row, own in enumerate(tokens):
        ids[row, : len(own)] = own
        mask[row, : len(own)] = 1
    return [ids, mask]
