"""Layouts that are known and hold nothing to train on: each says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from domainkit.training.formats.samples import Keys, Sample, Unusable


@dataclass(frozen=True, slots=True)
class Refused(Keys):
    """A layout whose rows are all refused; ``without`` are keys its rows do not have."""

    why: str
    without: frozenset[str] = frozenset()

    def fits(self, row: Any) -> bool:
        """Return whether ``row`` has the keys and none of the others."""
        return Keys.fits(self, row) and not self.without & row.keys()

    def read(self, row: Any) -> Sequence[Sample]:
        """Refuse the row."""
        return self._refuse()

    def _refuse(self) -> NoReturn:
        raise Unusable(self.why)


class Registry(Refused):
    """A list of data sets: an entry has at least one of the keys."""

    def fits(self, row: Any) -> bool:
        """Return whether ``row`` names where a data set is."""
        return isinstance(row, Mapping) and bool(self.keys & row.keys())


_QUESTION = "a question without an answer: give the file as --against, an evaluation set"

MT_BENCH = Refused(
    "mt-bench",
    "https://github.com/lm-sys/FastChat, data/mt_bench/question.jsonl",
    frozenset({"question_id", "turns"}),
    _QUESTION,
)
VICUNA_QUESTIONS = Refused(
    "vicuna-questions",
    "https://github.com/lm-sys/FastChat, data/vicuna_bench/question.jsonl",
    frozenset({"question_id", "text"}),
    _QUESTION,
)
QUESTIONS = Refused(
    "questions",
    "https://github.com/SCIR-HI/Huatuo-Llama-Med-Chinese, benchmark/question.json",
    frozenset({"question"}),
    _QUESTION,
    frozenset({"answer", "std_answer"}),
)
TWO_MODELS = Refused(
    "law-gpt-two-models",
    "https://github.com/LiuHC0428/LAW-GPT, data/test_result.json",
    frozenset({"问题", "ChatGLM", "LawGPT_zh"}),
    "two models' answers, and nobody says which is better",
)
DISEASES = Refused(
    "disease-table",
    "https://github.com/Kent0n-Li/ChatDoctor, format_dataset.csv",
    frozenset({"disease", "Symptom"}),
    "a record of a knowledge base, not something said: ingest the file instead",
)
REGISTRY = Registry(
    "dataset-registry",
    "https://github.com/hiyouga/LLaMA-Factory, data/dataset_info.json",
    frozenset({"file_name", "hf_hub_url", "ms_hub_url", "om_hub_url", "script_url"}),
    "an entry of LLaMA-Factory's list of data sets: import the file it names",
)
