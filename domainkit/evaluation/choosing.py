"""Multiple choice with and without the documents: what retrieval adds to a model.

The protocol is MIRAGE's (Xiong et al., 2024, https://arxiv.org/abs/2402.13178): no examples are
given, passages are searched by the question alone, and the options are shown to the model only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from domainkit.evaluation import resampling, wording
from domainkit.packs.schemas.questions import YES_NO, EvalQuestion
from domainkit.protocols import Generator
from domainkit.types import Message, Prompt, Question, Retrieved

Retrieve = Callable[[Question], Sequence[Retrieved]]
Compose = Callable[[Question, Sequence[Retrieved]], Prompt]

_CHOOSE = {"en": "Answer with the letter alone.", "zh": "只写选项的字母。"}
_SAY = {"en": f"Answer with {', '.join(YES_NO)} alone.", "zh": "只写yes、no或maybe。"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a model chose with the passages found, and without any; None where it chose nothing."""

    id: str
    label: str
    found: str | None
    alone: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """Shares of right choices with their 95 % intervals, and how likely the gain is by chance.

    ``majority`` is what the commonest label gets.
    """

    asked: int
    with_documents: float
    with_interval: tuple[float, float]
    alone: float
    alone_interval: tuple[float, float]
    majority: float
    gained: int
    lost: int
    chance: float
    undecided: int


def asked(row: EvalQuestion) -> str:
    """Return a question as a model is asked it: with its options, and how to answer."""
    options = " ".join(f"{key}. {said}" for key, said in row.choices.items())
    how = (_CHOOSE if row.choices else _SAY)[row.language]
    return " ".join(part for part in (row.question, options, how) if part)


def choose(
    rows: Iterable[EvalQuestion], retrieve: Retrieve, compose: Compose, generator: Generator
) -> Iterator[Chosen]:
    """Yield what ``generator`` chooses for each row that has a label.

    Args:
        rows: judged questions; those without a label are passed over.
        retrieve: finds passages for a question, which holds no option.
        compose: makes the prompt of a question with its options, and passages.
        generator: what chooses.

    Raises:
        GenerationError: when the generator fails.
    """
    for row in rows:
        if row.label is None:
            continue
        passages = retrieve(Question(row.question, language=row.language))
        whole = Question(asked(row), language=row.language)
        bare = Prompt((Message("user", whole.text),))
        said = (generator.generate(p).text for p in (compose(whole, passages), bare))
        found, alone = (wording.label(wording.unmarked(text), row.choices) for text in said)
        yield Chosen(row.id, row.label, found, alone)


def summed(chosen: Sequence[Chosen]) -> Choices:
    """Return what the choices come to; zeros where there are none."""
    right = [float(one.found == one.label) for one in chosen]
    alone = [float(one.alone == one.label) for one in chosen]
    count = max(1, len(chosen))
    gained = sum(a > b for a, b in zip(right, alone, strict=True))
    lost = sum(a < b for a, b in zip(right, alone, strict=True))
    commonest = Counter(one.label for one in chosen).most_common(1)
    return Choices(
        asked=len(chosen),
        with_documents=sum(right) / count,
        with_interval=resampling.interval(right),
        alone=sum(alone) / count,
        alone_interval=resampling.interval(alone),
        majority=commonest[0][1] / count if commonest else 0.0,
        gained=gained,
        lost=lost,
        chance=resampling.mcnemar(gained, lost),
        undecided=sum(one.found is None for one in chosen),
    )
