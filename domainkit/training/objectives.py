"""What a stage makes less: the negative likelihood of answers, or what compares them.

Each formula is its authors', over the tokens of answers alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from domainkit import extras
from domainkit.training.likelihood import log_probabilities
from domainkit.training.masks import Encoded

_PURPOSE = "training an adapter"


@dataclass(frozen=True, slots=True)
class Compared:
    """Answers to one prompt, encoded, the best first; ``number`` is its place among the rows."""

    number: int
    answers: tuple[Encoded, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer found good or not, and ``other``: another row's answer to the same prompt."""

    number: int
    row: Encoded
    other: Encoded
    good: bool


class Objective(Protocol):
    """What is added up over the rows of a step, and what the sum is divided by."""

    def weight(self, rows: Sequence[Any]) -> float:
        """Return what the rows of a step weigh together."""
        ...

    def total(self, model: Any, rows: Sequence[Any]) -> Any:
        """Return the summed loss of ``rows``, a tensor to go back from."""
        ...

    def read(self, rows: Sequence[Any]) -> int:
        """Return how many tokens a model reads for ``rows``."""
        ...


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The negative log-probability of every trained token."""

    packed: bool = False

    def weight(self, rows: Sequence[Encoded]) -> float:
        """Return the trained tokens."""
        return sum(len(row.trained) for row in rows)

    def total(self, model: Any, rows: Sequence[Encoded]) -> Any:
        """Return their summed negative log-probability."""
        return -log_probabilities(model, rows, packed=self.packed).sum()

    def read(self, rows: Sequence[Encoded]) -> int:
        """Return all tokens of the rows."""
        return sum(len(row.ids) for row in rows)


@dataclass(slots=True)
class Against:
    """What DPO and KTO hold a model against: how likely it found the answers at the start.

    ``reference`` are those log-probabilities, kept with a checkpoint.
    """

    beta: float
    reference: list[list[float]] = field(default_factory=list)

    def remember(self, model: Any, rows: Sequence[Any]) -> None:
        """Keep how likely ``model`` finds the answers of ``rows`` now."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        model.eval()
        with torch.inference_mode():
            self.reference = [log_probabilities(model, _answers(row)).tolist() for row in rows]
        model.train()

    def weight(self, rows: Sequence[Any]) -> float:
        """Return their number."""
        return len(rows)

    def read(self, rows: Sequence[Any]) -> int:
        """Return the tokens of all answers, each with its prompt."""
        return sum(len(one.ids) for row in rows for one in _answers(row))

    def _moved(self, model: Any, rows: Sequence[Any]) -> Any:
        """Return by how much each answer became likelier, a tensor of [rows, answers]."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        now = _each(model, rows)
        before = torch.tensor([self.reference[row.number] for row in rows], device=now.device)
        return now - before


@dataclass(slots=True)
class Dpo(Against):
    """Direct preference optimisation (Rafailov et al. 2023, eq. 7): the sigmoid of the margin."""

    def total(self, model: Any, rows: Sequence[Compared]) -> Any:
        """Return the summed loss of pairs."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        good, bad = self._moved(model, rows).unbind(1)
        return -torch.nn.functional.logsigmoid(self.beta * (good - bad)).sum()


@dataclass(slots=True)
class Kto(Against):
    """Kahneman-Tversky optimisation (Ethayarajh et al. 2024, eq. 8), both sides weighing 1.

    How far the model has moved at all is estimated on answers to other rows' prompts.
    """

    def total(self, model: Any, rows: Sequence[Verdict]) -> Any:
        """Return the summed loss of answers that were judged."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        own, other = self._moved(model, rows).unbind(1)
        drift = other.mean().detach().clamp(min=0)
        sign = torch.tensor([1.0 if row.good else -1.0 for row in rows], device=own.device)
        return (1 - torch.sigmoid(self.beta * sign * (own - drift))).sum()


@dataclass(frozen=True, slots=True)
class _Comparing:
    """What the losses share that hold answers against each other alone."""

    beta: float = 0.0

    def weight(self, rows: Sequence[Compared]) -> float:
        """Return their number."""
        return len(rows)

    def read(self, rows: Sequence[Compared]) -> int:
        """Return the tokens of all answers, each with its prompt."""
        return sum(len(one.ids) for row in rows for one in row.answers)


@dataclass(frozen=True, slots=True)
class Orpo(_Comparing):
    """Odds ratio preference optimisation (Hong et al. 2024, eq. 6): no reference is needed."""

    def total(self, model: Any, rows: Sequence[Compared]) -> Any:
        """Return the summed loss of pairs."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        good, bad = _means(model, rows).unbind(1)
        odds = (good - bad) - (_log1mexp(torch, good) - _log1mexp(torch, bad))
        return -(good + self.beta * torch.nn.functional.logsigmoid(odds)).sum()


@dataclass(frozen=True, slots=True)
class Rrhf(_Comparing):
    """Rank responses to align (Yuan et al. 2023, eq. 4): a worse answer is not to be likelier."""

    def total(self, model: Any, rows: Sequence[Compared]) -> Any:
        """Return the summed loss of ranked answers, and of the best one's likelihood."""
        means = [_means(model, [row])[0] for row in rows]
        return sum(-each[0] + _inversions(each) for each in means)


@dataclass(frozen=True, slots=True)
class Reward(_Comparing):
    """Bradley and Terry's loss of a reward that a head gives (Ouyang et al. 2022, eq. 1)."""

    def total(self, model: Any, rows: Sequence[Compared]) -> Any:
        """Return the summed loss of pairs."""
        torch = extras.load("torch", needed_for=_PURPOSE)
        given = torch.stack([score(model, one) for row in rows for one in row.answers[:2]])
        good, bad = given.view(-1, 2).unbind(1)
        return -torch.nn.functional.logsigmoid(good - bad).sum()


def score(model: Any, row: Encoded) -> Any:
    """Return the reward that the head of ``model`` gives an answer, a number in a tensor."""
    torch = extras.load("torch", needed_for=_PURPOSE)
    ids = torch.tensor([row.ids], device=model.device)
    made = model(input_ids=ids, output_hidden_states=True, logits_to_keep=1)
    return model.reward_head(made.hidden_states[-1][0, -1].float())[0]


def _answers(row: Compared | Verdict) -> Sequence[Encoded]:
    return row.answers[:2] if isinstance(row, Compared) else (row.row, row.other)


def _each(model: Any, rows: Sequence[Any]) -> Any:
    """Return the log-probabilities of two answers a row, a tensor of [rows, 2]."""
    flat = [one for row in rows for one in _answers(row)]
    return log_probabilities(model, flat).view(len(rows), 2)


def _means(model: Any, rows: Sequence[Compared]) -> Any:
    """Return the mean log-probability of a token of each answer, a tensor of [rows, answers]."""
    torch = extras.load("torch", needed_for=_PURPOSE)
    flat = [one for row in rows for one in row.answers]
    summed = log_probabilities(model, flat)
    counts = torch.tensor([len(one.trained) for one in flat], device=summed.device)
    return (summed / counts).view(len(rows), -1)


def _inversions(means: Any) -> Any:
    """Return by how much worse answers are likelier, added up over all pairs."""
    gaps = (
        means[None, :] - means[:, None]
    )  # [i, j]: answer j over answer i, which is better if i<j
    return gaps.triu(diagonal=1).clamp(min=0).sum()


def _log1mexp(torch: Any, value: Any) -> Any:
    """Return log(1 - exp(value)) for negative values, without losing the small ones."""
    near = torch.log(-torch.expm1(value))
    return torch.where(value > -0.6931472, near, torch.log1p(-torch.exp(value)))
