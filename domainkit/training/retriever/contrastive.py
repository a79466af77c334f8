"""The training loop of an embedder: questions near their passages, far from all others.

The loss is sentence-transformers' ``MultipleNegativesRankingLoss`` (in-batch negatives and one
hard negative a pair, a softmax over cosines times 20), written out so that a passage which answers
another question of the batch does not count against it. Its trainer is not used: it needs the
library ``datasets``, and would start an interrupted run anew
(``docs/decisions/retriever-training.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from domainkit import extras
from domainkit.training.loop import Loop

_PURPOSE = "training a retriever"
_SCALE = 20.0  # the loss's default: cosines become logits


@dataclass(frozen=True, slots=True)
class Triple:
    """A question, a passage that answers it and one that does not, by text and by name.

    ``answers`` are the names of all passages that do.
    """

    question: str
    passage: str
    negative: str
    negative_name: str
    answers: frozenset[str]


class PairLoop(Loop):
    """Tunes a sentence-transformers model on triples, seeded and resumable like every loop.

    ``prefixes`` are put before questions and passages.
    """

    prefixes: tuple[str, str] = ("", "")

    def _step(self, rows: Sequence[Triple], rate: float) -> float:
        """Change the weights once and return the mean loss of a question."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        before, ahead = self.prefixes
        with _half(torch, self.model.device):
            questions = self._vectors([before + row.question for row in rows])
            texts = [row.passage for row in rows] + [row.negative for row in rows]
            passages = self._vectors([ahead + text for text in texts])
        scores = _SCALE * questions.float() @ passages.float().T
        scores = scores.masked_fill(torch.tensor(_answering(rows), device=scores.device), -1e4)
        wanted = torch.arange(len(rows), device=scores.device)
        loss = torch.nn.functional.cross_entropy(scores, wanted)
        loss.backward()
        self.change(rate)
        return float(loss.item())

    def _read(self, rows: Sequence[Triple]) -> int:
        """Return 0: texts are cut to tokens within the model."""
        return 0

    def _vectors(self, texts: list[str]) -> Any:
        torch = extras.load("torch", needed_for=_PURPOSE)
        features = self.model.preprocess(texts)
        placed = {
            name: value.to(self.model.device) if torch.is_tensor(value) else value
            for name, value in features.items()
        }
        vectors = self.model(placed)["sentence_embedding"]
        return torch.nn.functional.normalize(vectors, dim=-1)


def _half(torch: Any, device: Any) -> AbstractContextManager[Any]:
    """Multiply in half precision where the processor has units for it, as for passages."""
    ready = device.type == "cpu" and torch.cpu.get_capabilities().get("amx_bf16", False)
    context: AbstractContextManager[Any] = torch.autocast(
        device.type, dtype=torch.bfloat16, enabled=ready
    )
    return context


def _answering(rows: Sequence[Triple]) -> list[list[bool]]:
    """Return which columns, passages and then negatives, answer a question that is not theirs."""

    def column(asked: Triple, own: int) -> list[bool]:
        others = [i != own and bool(asked.answers & row.answers) for i, row in enumerate(rows)]
        return others + [row.negative_name in asked.answers for row in rows]

    return [column(row, number) for number, row in enumerate(rows)]
