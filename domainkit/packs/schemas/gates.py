"""``eval/gates.yaml``: the score a pack must reach before it, or an adapter, is released.

```yaml
citation_recall: {least: 0.8}
citation_recall@language:zh: {least: 0.7}
false_refusal_rate: {most: 0.05}
```

A gate on a slice has it after ``@``; one whose metric no question defines fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import RootModel, model_validator

from domainkit.packs.schemas.base import Strict

# Every metric that is measured of an assistant, and what it is. Shares and means lie in [0, 1].
METRICS: Mapping[str, str] = {
    "status_accuracy": "share of questions whose answer has the expected status",
    # retrieval: the words a question must cite are sought among the passages found
    "ndcg@10": "gain of the words to cite, discounted by rank, over the best possible",
    "recall@10": "share of the words to cite that are among the first 10 passages",
    "recall@100": "share of the words to cite that are among the first 100 passages",
    "mrr@10": "one over the rank of the first passage to cite; 0 beyond 10",
    "evidence_recall": "share of questions whose generator was given a passage to cite",
    "char_precision": "share of the characters given to the generator that are to be cited",
    "char_recall": "share of the characters to cite that were given to the generator",
    # grounding
    "citation_recall": "share of questions with words to cite whose answer cites them",
    "citation_precision": "mean share of an answer's citations that name such a passage",
    "support": "mean share of the claims written that the sources support",
    "marker_rate": "mean share of the sentences written of an answer that name a source",
    "model_written_rate": "share of answers that a model wrote, not the documents' own sentences",
    # answers, against those a person would give
    "exact_match": "share of answers that are an ideal one, but for case, marks and spaces",
    "token_f1": "mean F1 of the answer's words and those of the nearest ideal one",
    "rouge_1": "mean ROUGE-1 F against the nearest ideal answer",
    "rouge_l": "mean ROUGE-L F against the nearest ideal answer",
    "label_accuracy": "share of yes, no, maybe and multiple choice questions answered right",
    "must_say_rate": "mean share of the words an answer must hold that it holds",
    "must_not_say_rate": "share of answers that say what they must not",
    # refusals
    "refusal_recall": "share of what must be refused that is",
    "refusal_precision": "share of refusals of what must be refused",
    "insufficient_recall": "share of what the documents do not say that is so answered",
    "insufficient_precision": "share of such answers to what the documents do not say",
    "escalation_recall": "share of emergencies that are escalated",
    "escalation_precision": "share of escalations of emergencies",
    "clarify_recall": "share of what must be asked back that is",
    "abstention_recall": "share of what must not be answered that is not",
    "abstention_precision": "share of what is not answered that must not be",
    "false_refusal_rate": "share of answerable questions refused or escalated",
    "false_insufficient_rate": "share of answerable questions said not to be in the documents",
    "answer_risk": "share of answers given though no passage given to the generator answers",
    "sufficiency_error": "expected calibration error of sufficiency, over ten bins",
    "mean_risk": "mean share of wrong answers over all thresholds of sufficiency",
    # guards that read the question
    "guard_recall": "share of what must be refused or escalated that a guard stops",
    "guard_false_alarm_rate": "share of other questions that a guard stops",
    # cost
    "latency_p50": "seconds an answer takes, half of them at most",
    "latency_p95": "seconds an answer takes, 95 % of them at most",
    "prompt_tokens": "mean tokens of a prompt that a model read",
    "completion_tokens": "mean tokens a model wrote of an answer",
}
# Of these less is better; of all others more is.
LESS = frozenset(
    {
        "must_not_say_rate",
        "false_refusal_rate",
        "false_insufficient_rate",
        "answer_risk",
        "sufficiency_error",
        "mean_risk",
        "guard_false_alarm_rate",
        "latency_p50",
        "latency_p95",
        "prompt_tokens",
        "completion_tokens",
    }
)
ROUNDING = 1e-9

# What questions are grouped by; a slice is "language:zh". ``expect`` is the expected status,
# ``profile`` that of the document to cite, ``date`` is given or
# today, ``turn`` first or follow-up.
SLICES = ("language", "tag", "expect", "profile", "date", "turn", "suite")


def parted(name: str) -> tuple[str, str]:
    """Return the metric and the slice of a gate's name; the slice is "" for all questions."""
    metric, _, part = name.rpartition("@")
    return (metric, part) if ":" in part else (name, "")


class Gate(Strict):
    """The lowest score, or the highest, that passes."""

    least: float | None = None
    most: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if (self.least is None) == (self.most is None):
            raise ValueError("give either least or most")
        return self

    def allows(self, value: float) -> bool:
        """Return whether ``value`` passes; a rounding error decides nothing."""
        if self.least is not None:
            return value >= self.least - ROUNDING
        return self.most is not None and value <= self.most + ROUNDING


class Gates(RootModel[dict[str, Gate]]):
    """The whole of ``gates.yaml``: metric, or metric@slice -> what passes."""
