"""Learning from answers the model itself writes: GRPO and RLOO.

One change of the weights follows each set of answers, so the ratio of the new model's to the old
one's likelihood is 1 and its clipping moot: what is left is the policy gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from domainkit import extras
from domainkit.packs.schemas.recipe import Stage
from domainkit.training.likelihood import log_probabilities
from domainkit.training.masks import IGNORED, Encoded
from domainkit.training.rewards import Wanted, grounded

_PURPOSE = "learning from answers a model writes"
_LEVEL = 1e-4  # beside the spread of rewards, as TRL divides


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt that the model answers, and what is wanted of the answer."""

    ids: tuple[int, ...]
    wanted: Wanted


class Sampled:
    """The policy gradient of ``stage.samples`` answers to each prompt.

    GRPO (Shao et al. 2024, eq. 3) takes from each reward the mean of its prompt's and divides by
    their spread; RLOO (Ahmadian et al. 2024, eq. 8) takes the mean of the others'. ``beta`` times
    how far an answer's likelihood has moved from the base's is taken from its reward.
    """

    def __init__(
        self,
        stage: Stage,
        decode: Callable[[Sequence[int]], str],
        stops: Sequence[int],
        pad: int,
    ) -> None:
        self._stage = stage
        self._decode = decode
        self._stops = list(stops)
        self._pad = pad
        self.rewards: list[float] = []  # the mean reward of each step's answers
        self._read = 0

    def weight(self, rows: Sequence[Asked]) -> float:
        """Return the answers that are written for ``rows``."""
        self.rewards.append(0.0)
        self._read = 0
        return len(rows) * self._stage.samples

    def read(self, rows: Sequence[Asked]) -> int:
        """Return the tokens of all prompts and answers of the last step."""
        return self._read

    def total(self, model: Any, rows: Sequence[Asked]) -> Any:
        """Return the summed loss of the answers to ``rows``."""
        return sum(self._of(model, row) for row in rows)

    def _of(self, model: Any, row: Asked) -> Any:
        torch = extras.load("torch", needed_for=_PURPOSE)
        answers = self._write(model, row)
        encoded = [
            Encoded((*row.ids, *said), (*[IGNORED] * len(row.ids), *said)) for said in answers
        ]
        likely = log_probabilities(model, encoded)
        given = [grounded(self._decode(said).strip(), row.wanted) for said in answers]
        rewards = torch.tensor(given, device=likely.device)
        self.rewards[-1] += sum(given)
        self._read += sum(len(one.ids) for one in encoded)
        if self._stage.beta:
            rewards = rewards - self._stage.beta * (likely.detach() - self._base(model, encoded))
        counts = torch.tensor([len(said) for said in answers], device=likely.device)
        each = likely / counts if self._stage.kind == "grpo" else likely
        return -(advantages(rewards, self._stage.kind) * each).sum()

    def _write(self, model: Any, row: Asked) -> list[list[int]]:
        """Return answers that the model writes by chance, each with the token that ended it."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        asked = torch.tensor([row.ids], device=model.device)
        model.eval()
        with torch.no_grad():
            written = model.generate(
                input_ids=asked,
                attention_mask=torch.ones_like(asked),
                do_sample=True,
                temperature=self._stage.temperature,
                top_k=0,
                top_p=1.0,
                num_return_sequences=self._stage.samples,
                max_new_tokens=self._stage.answer_tokens,
                eos_token_id=self._stops,
                pad_token_id=self._pad,
            )
        model.train()
        return [self._ended(ids) for ids in written[:, len(row.ids) :].tolist()]

    def _ended(self, ids: list[int]) -> list[int]:
        end = next((i + 1 for i, token in enumerate(ids) if token in self._stops), len(ids))
        return ids[:end]

    def _base(self, model: Any, encoded: Sequence[Encoded]) -> Any:
        torch = extras.load("torch", needed_for=_PURPOSE)
        with torch.no_grad(), model.disable_adapter():
            return log_probabilities(model, encoded)


def advantages(rewards: Any, kind: str) -> Any:
    """Return how much better each answer to a prompt did than the others."""
    if kind == "grpo":
        return (rewards - rewards.mean()) / (rewards.std() + _LEVEL)
    others = (rewards.sum() - rewards) / (len(rewards) - 1)
    return rewards - others
