"""Finds what is both trained and asked: a suite that was learned measures memory.

A row is contaminated when it shares thirteen words in a row with a text of an evaluation set
(Brown et al. 2020, "Language Models are Few-Shot Learners", appendix C), a Chinese character
counting as a word, or when it holds a whole question that is shorter than that. Two questions
that share three quarters of their terms ask the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from domainkit.packs.problems import Problem
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.packs.schemas.rows import TrainRow
from domainkit.text import terms
from domainkit.text.language import HAN

RUN = 13
# The most that a row and a question of the shipped packs share is .67 (824 rows, 710 questions,
# 26 November 2026), so this lets them all through and the next nearest would be looked at.
SAME_QUESTION = 0.75
# A shorter question ("What is asthma?") is anybody's: holding it says nothing.
_SHORTEST = 6
_WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")


class Evaluations:
    """The texts of evaluation sets, to be looked for in rows."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        # The first words of each run -> the whole runs that begin so, and whose they are.
        self._runs: dict[str, dict[str, str]] = {}

    def add(self, name: str, texts: Sequence[str]) -> None:
        """Take in the ``texts`` of the set ``name``."""
        if texts:
            self.names[name] = self.names.get(name, 0) + len(texts)
        for text in texts:
            words = _words(text)
            length = min(RUN, len(words))
            if length < _SHORTEST:
                continue
            for start in range(len(words) - length + 1):
                run = words[start : start + length]
                whole = self._runs.setdefault(" ".join(run[:_SHORTEST]), {})
                whole.setdefault(" ".join(run), name)

    def holding(self, text: str) -> str:
        """Return the set that ``text`` shares a run of words with, or nothing."""
        words = _words(text)
        for start in range(len(words) - _SHORTEST + 1):
            begun = self._runs.get(" ".join(words[start : start + _SHORTEST]))
            if begun is None:
                continue
            here = " ".join(words[start : start + RUN]) + " "
            for run, name in begun.items():
                if here.startswith(run + " "):
                    return name
        return ""


def leaks(
    trained: Sequence[tuple[str, str, TrainRow]], asked: Sequence[tuple[str, str, EvalQuestion]]
) -> Iterator[Problem]:
    """Yield each question that a training row asks too, or whose words it holds.

    Args:
        trained: file, line and row of each training row.
        asked: file, line and row of each judged question.
    """
    known = [(row.id, frozenset(terms(row.question))) for _, _, row in trained]
    sought = Evaluations()
    for shown, key, question in asked:
        own = frozenset(terms(question.question))
        same = (name for name, other in known if _share(own, other) >= SAME_QUESTION)
        if found := next(same, None):
            text = f"asks what the training row '{found}' asks: it would measure memory"
            yield Problem(shown, f"{key}.question", text)
        else:
            sought.add(f"{shown}:{key}", [question.question, *question.ideal])
    for shown, key, row in trained:
        if held := sought.holding(f"{row.question}\n{row.answer or ''}"):
            yield Problem(shown, key, f"shares {RUN} words in a row, or a question, with {held}")


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
