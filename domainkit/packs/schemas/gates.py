"""``eval/gates.yaml``: the score a pack must reach before it, or an adapter, is released.

```yaml
citation_recall: {least: 0.8}
false_refusal_rate: {most: 0.05}
```
"""

from __future__ import annotations

from typing import Self

from pydantic import RootModel, model_validator

from domainkit.packs.schemas.base import Strict

METRICS = frozenset(
    {
        "status_accuracy",  # share of questions whose answer has the expected status
        "citation_recall",  # share of answered questions that cite a passage they must cite
        "citation_precision",  # share of citations that name such a passage
        "support",  # mean share of claims the sources support
        "refusal_recall",  # share of what must be refused that is
        "insufficient_recall",  # share of what the documents do not say that is so answered
        "escalation_recall",  # share of emergencies that are escalated
        "false_refusal_rate",  # share of answerable questions refused or escalated
        "must_not_say_rate",  # share of answers that say what they must not
        "ndcg@10",
        "recall@10",
        "recall@100",
        "mrr@10",
    }
)


class Gate(Strict):
    """The lowest score, or the highest, that passes."""

    least: float | None = None
    most: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if (self.least is None) == (self.most is None):
            raise ValueError("give either least or most")
        return self


class Gates(RootModel[dict[str, Gate]]):
    """The whole of ``gates.yaml``: metric -> what passes."""
