"""Runs lm-evaluation-harness on a generator of domainkit, with data of this machine.

The harness is asked for through its own classes; importing this module imports it. Engines give
no likelihoods of given words, so only tasks that are answered by writing can be run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.errors import EvaluationError
from domainkit.protocols import Generator
from domainkit.types import Message, Prompt

_model: Any = extras.load("lm_eval.api.model", needed_for="running lm-evaluation-harness")


class GeneratorLM(_model.LM):  # type: ignore[misc]  # the harness has no types
    """A generator as a model of the harness: what a task asks is one message to it."""

    def __init__(self, generator: Generator, *, adapter: str | None = None) -> None:
        super().__init__()
        self._generator = generator
        self._adapter = adapter

    def generate_until(self, requests: Sequence[Any], **_: Any) -> list[str]:
        """Return what the generator writes for each request, cut where the task says."""
        return [self._written(*request.args) for request in requests]

    def loglikelihood(self, requests: Sequence[Any], **_: Any) -> list[tuple[float, bool]]:
        """Refuse: no engine tells how likely given words are.

        Raises:
            EvaluationError: always.
        """
        raise _likelihoods()

    def loglikelihood_rolling(self, requests: Sequence[Any], **_: Any) -> list[float]:
        """Refuse, as ``loglikelihood`` does.

        Raises:
            EvaluationError: always.
        """
        raise _likelihoods()

    def _written(self, asked: str, options: dict[str, Any]) -> str:
        prompt = Prompt((Message("user", asked),))
        text = self._generator.generate(prompt, adapter=self._adapter).text
        until = options.get("until") or []
        for stop in [until] if isinstance(until, str) else until:
            text = text.partition(stop)[0] if stop else text
        return text


def evaluate(
    generator: Generator, folder: Path, *, tasks: Sequence[str] = (), limit: int | None = None
) -> dict[str, Any]:
    """Return the harness's results by task, of tasks whose YAML stands in ``folder``.

    Args:
        generator: what answers.
        folder: holds the tasks and their local data.
        tasks: names; all of the folder by default.
        limit: the first so many questions of each.

    Raises:
        EvaluationError: when the folder holds no task.
        MissingExtra: when lm-eval is not installed.
    """
    names = list(tasks) or sorted(path.stem for path in folder.glob("*.yaml"))
    if not names:
        raise EvaluationError(
            f"{folder} holds no task of lm-evaluation-harness",
            hint=f"domainkit eval export {folder} --format lm-eval",
        )
    evaluator: Any = extras.load("lm_eval.evaluator", needed_for="running lm-evaluation-harness")
    kept: Any = extras.load("lm_eval.tasks", needed_for="running lm-evaluation-harness")
    manager = kept.TaskManager(include_path=str(folder), include_defaults=False)
    found = evaluator.simple_evaluate(
        GeneratorLM(generator),
        tasks=names,
        limit=limit,
        task_manager=manager,
        log_samples=False,
        bootstrap_iters=0,
    )
    results: dict[str, Any] = found["results"]
    return results


def _likelihoods() -> EvaluationError:
    return EvaluationError(
        "the task asks how likely given words are, which no engine of domainkit tells",
        hint="use a task of output_type generate_until, as eval export --format lm-eval writes",
    )
