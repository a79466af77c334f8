"""How likely a model finds the trained tokens of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domainkit import extras
from domainkit.errors import TrainingError
from domainkit.training.masks import IGNORED, Encoded

_PURPOSE = "training an adapter"
# Packed and apart, the same sums in float32 differ by less than 1e-4; what leaks moves .1.
_SAME = 1e-2


def log_probabilities(model: Any, rows: Sequence[Encoded], *, packed: bool = False) -> Any:
    """Return the summed log-probability of each row's trained tokens, a tensor of [len(rows)].

    Only the end of each row is trained, so only its logits are computed: with a vocabulary of
    50,000 the prompt's would take more memory than the model. Shorter rows are filled up on the
    right, where a causal model cannot see; ``packed``, the rows stand in one sequence instead,
    each with positions of its own, and none sees another.
    """
    if packed and len(rows) > 1:
        return _packed(model, rows)
    torch = extras.load("torch", needed_for=_PURPOSE)
    width = max(len(row.ids) for row in rows)
    first = min(row.start for row in rows)

    def filled(values: Sequence[Sequence[int]], fill: int) -> Any:
        full = [[*value, *[fill] * (width - len(value))] for value in values]
        return torch.tensor(full, device=model.device)

    logits = model(
        input_ids=filled([row.ids for row in rows], 0),
        attention_mask=filled([[1] * len(row.ids) for row in rows], 0),
        logits_to_keep=width - first + 1,
    ).logits
    labels = filled([row.labels for row in rows], IGNORED)[:, first:]
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].float().transpose(1, 2), labels, ignore_index=IGNORED, reduction="none"
    )
    return -losses.sum(dim=1)


def _packed(model: Any, rows: Sequence[Encoded]) -> Any:
    """Return the same of rows that stand one after the other; only trained logits are computed."""
    torch = extras.load("torch", needed_for=_PURPOSE)
    ids: list[int] = []
    positions: list[int] = []
    predicting, labels, owners = list[int](), list[int](), list[int]()
    for number, row in enumerate(rows):
        begun = len(ids)
        ids += row.ids
        positions += range(len(row.ids))
        for place, label in enumerate(row.labels):
            if label != IGNORED:
                predicting.append(begun + place - 1)
                labels.append(label)
                owners.append(number)

    def tensor(values: Sequence[int]) -> Any:
        return torch.tensor(values, device=model.device)

    logits = model(
        input_ids=tensor(ids)[None],
        position_ids=tensor(positions)[None],
        logits_to_keep=tensor(predicting),
        use_cache=False,
    ).logits[0]
    losses = torch.nn.functional.cross_entropy(logits.float(), tensor(labels), reduction="none")
    return -losses.new_zeros(len(rows)).index_add(0, tensor(owners), losses)


def mean_log_probability(model: Any, rows: Sequence[Encoded]) -> float:
    """Return the mean log-probability of a trained token of ``rows``: the loss, negated."""
    torch = extras.load("torch", needed_for=_PURPOSE)
    with torch.no_grad():
        total = sum(log_probabilities(model, [row]).item() for row in rows)
    return float(total) / sum(len(row.trained) for row in rows)


def check_packing(model: Any, rows: Sequence[Encoded]) -> None:
    """Check on this very model that packed rows do not see each other.

    Raises:
        TrainingError: when they do: its attention does not heed positions.
    """
    torch = extras.load("torch", needed_for=_PURPOSE)
    chosen = sorted(rows, key=lambda row: len(row.ids))[:2]
    model.eval()
    with torch.no_grad():
        apart = torch.cat([log_probabilities(model, [row]) for row in chosen])
        together = log_probabilities(model, chosen, packed=True)
    gap = float((apart - together).abs().max()) / max(len(row.trained) for row in chosen)
    if gap > _SAME:
        raise TrainingError(
            f"rows that are packed see each other in this model: log-probabilities of a token "
            f"differ by {gap:.3f}",
            hint="packing: false in the recipe's stage",
        )
