"""Two runs against each other: the pairs of answers that differ, and people's votes on them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from domainkit.errors import EvaluationError
from domainkit.evaluation.pairwise import Pair
from domainkit.evaluation.preferences import Vote
from domainkit.evaluation.record import Item

FILE = "votes.jsonl"
Chosen = Literal["left", "right", "tie"]


@dataclass(frozen=True, slots=True)
class Duel:
    """A pair as a person sees it: which run stands on which side is not shown."""

    pair: Pair
    left: str
    right: str
    swapped: bool

    @property
    def sides(self) -> tuple[str, str]:
        """The answers, left and right."""
        both = (self.pair.first, self.pair.second)
        return both[::-1] if self.swapped else both


@dataclass(frozen=True, slots=True)
class Ballot:
    """One person's vote on a duel, as it is kept."""

    question: str
    left: str
    right: str
    chosen: Chosen
    when: str

    @property
    def vote(self) -> Vote:
        """The vote, as ratings are made of."""
        share = {"left": 1.0, "right": 0.0, "tie": 0.5}[self.chosen]
        return Vote(self.left, self.right, share)


def pairs_of(first: Sequence[Item], second: Sequence[Item]) -> list[Pair]:
    """Return the pairs of answers to the questions both asked that are not the same word for word.

    A question that was changed between the runs is another question.
    """
    others = {item.id: item for item in second}
    return list(_pairs(first, others))


def _pairs(first: Sequence[Item], others: dict[str, Item]) -> Iterator[Pair]:
    for item in first:
        other = others.get(item.id)
        if other is None or other.question.question != item.question.question:
            continue
        one, two = item.turn.answer.text, other.turn.answer.text
        if one.strip() != two.strip():
            ideal = item.question.ideal[0] if item.question.ideal else ""
            yield Pair(item.id, item.question.question, one, two, ideal, item.question.language)


def duels(
    pairs: Sequence[Pair], names: tuple[str, str], *, seed: int, voted: Sequence[Ballot] = ()
) -> list[Duel]:
    """Return ``pairs`` in an order and on sides that nobody can foretell.

    Args:
        pairs: the answers, the first of each from the first of ``names``.
        names: of the two runs.
        seed: of order and sides.
        voted: what was voted on already is left out.
    """
    draw = random.Random(seed)  # noqa: S311  # it hides which run is which, and guards nothing
    known = {(ballot.question, frozenset((ballot.left, ballot.right))) for ballot in voted}
    made = []
    for pair in draw.sample(list(pairs), len(pairs)):
        swapped = draw.random() < 0.5
        left, right = names[::-1] if swapped else names
        if (pair.id, frozenset(names)) not in known:
            made.append(Duel(pair, left, right, swapped))
    return made


@dataclass(frozen=True, slots=True)
class Ballots:
    """The votes kept in the file ``path``."""

    path: Path

    def read(self) -> list[Ballot]:
        """Return every vote, the oldest first.

        Raises:
            EvaluationError: naming the line that is no vote.
        """
        if not self.path.is_file():
            return []
        lines = self.path.read_text(encoding="utf-8").split("\n")
        return [self._read(number, line) for number, line in enumerate(lines, 1) if line.strip()]

    def add(self, ballot: Ballot) -> None:
        """Keep one more vote."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(ballot), ensure_ascii=False) + "\n")

    def _read(self, number: int, line: str) -> Ballot:
        try:
            ballot = Ballot(**json.loads(line))
            fault = "" if ballot.chosen in get_args(Chosen) else f"chosen '{ballot.chosen}'"
        except (ValueError, TypeError) as error:
            fault = str(error)
        if fault:
            raise EvaluationError(
                f"{self.path}:{number}: not a vote: {fault}", hint="delete that line"
            )
        return ballot
