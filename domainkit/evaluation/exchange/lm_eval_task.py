"""A suite as a task of lm-evaluation-harness: its YAML, and the questions as local data.

Every question is answered by writing (``generate_until``), so that an engine that gives no
likelihoods can be measured: a choice by its letter, yes, no or maybe by the word, and what has an
ideal answer by exact match.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from domainkit.evaluation.choosing import asked
from domainkit.packs.schemas.questions import EvalQuestion


def write(folder: Path, name: str, questions: Sequence[EvalQuestion]) -> int:
    """Write the task ``name`` to ``folder``; return how many questions it has.

    Questions without a label or an ideal answer are left out: a word to say or a passage to cite
    is nothing the harness can score.
    """
    rows = list(_rows(questions))
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / f"{name}.jsonl"
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    data.write_text(lines, encoding="utf-8")
    task = yaml.safe_dump(_task(name, data), sort_keys=False, allow_unicode=True)
    (folder / f"{name}.yaml").write_text(task, encoding="utf-8")
    return len(rows)


def _rows(questions: Sequence[EvalQuestion]) -> Iterator[dict[str, str]]:
    for one in questions:
        if one.label is None and not one.ideal:
            continue
        prompt = one.question if one.label is None else asked(one)
        yield {"id": one.id, "prompt": prompt, "answer": one.label or one.ideal[0]}


def _task(name: str, data: Path) -> dict[str, Any]:
    """Return the task's YAML, of the keys that lm-evaluation-harness 0.4 knows."""
    return {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data.resolve())}},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "{{prompt}}",
        "doc_to_target": "{{answer}}",
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 64, "do_sample": False},
        "filter_list": [
            {
                "name": "said",
                "filter": [
                    {
                        "function": "regex",
                        "regex_pattern": r"(?i)^\W*([A-E](?![a-z])|yes|no|maybe|[^\n]+)",
                        "group_select": 0,
                    },
                    {"function": "take_first"},
                ],
            }
        ],
        "metric_list": [
            {
                "metric": "exact_match",
                "aggregation": "mean",
                "higher_is_better": True,
                "ignore_case": True,
                "ignore_punctuation": True,
            }
        ],
        "metadata": {"version": 1.0},
    }
