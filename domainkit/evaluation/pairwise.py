"""A generator judges pairs of answers: by a rubric, each pair in both orders.

A judge that prefers what it is shown first agrees with itself in neither order; such a pair is a
tie, and how often that happens is reported.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from domainkit.evaluation import resampling
from domainkit.protocols import Generator
from domainkit.types import Message, Prompt

Choice = Literal["first", "second", "tie", "unread"]
Language = Literal["en", "zh"]

SURE = 0.05  # of a lean that large by chance: above it no bias is said to be there

RUBRIC = {
    "en": (
        "Which answer serves the person who asked better?\n"
        "- It says what is true by the reference, where there is one, and nothing beyond it.\n"
        "- It keeps every number, unit, dose, date and condition.\n"
        "- It says so when it does not know, and does not refuse what it can answer.\n"
        "- It is as short as it can be. Length, order and tone count for nothing."
    ),
    "zh": (
        "哪一个回答对提问的人更有用？\n"
        "- 有参考答案时，内容与其一致，不添加没有依据的内容。\n"
        "- 数字、单位、剂量、日期和条件都不变。\n"
        "- 不知道时说明不知道；能回答时不拒绝。\n"
        "- 尽量简短。长短、先后和语气都不算优点。"
    ),
}
_ASK = {
    "en": "Write only 1 if answer 1 is better, 2 if answer 2 is better, or tie.",
    "zh": "回答1更好只写1，回答2更好只写2，不分高下只写tie。",
}
_NAMES = {"en": ("Question", "Reference", "Answer"), "zh": ("问题", "参考答案", "回答")}
_VERDICT = re.compile(r"(?<![\d.])([12])(?![\d.])|\b(tie)\b|(平局|不分高下|一样好)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to a question; ``reference`` is a good one, where one is known."""

    id: str
    question: str
    first: str
    second: str
    reference: str = ""
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said of a pair as it stands, and with its answers swapped.

    Both are told of the pair as it stands: ``first`` is ``pair.first`` in either order.
    """

    id: str
    shown: Choice
    swapped: Choice

    @property
    def read(self) -> bool:
        """Whether both replies were a verdict."""
        return "unread" not in (self.shown, self.swapped)

    @property
    def consistent(self) -> bool:
        """Whether the judge said the same in both orders."""
        return self.read and self.shown == self.swapped

    @property
    def choice(self) -> Choice:
        """The verdict: what both orders say, else a tie; unread where a reply was no verdict."""
        if not self.read:
            return "unread"
        return self.shown if self.consistent else "tie"


@dataclass(frozen=True, slots=True)
class Tally:
    """What the judgements come to.

    ``consistency`` is the share of pairs judged alike in both orders. ``leans`` names the place
    that the others lean to, where a lean so large has a chance below ``SURE``.
    """

    pairs: int
    first: int
    second: int
    ties: int
    unread: int
    consistency: float
    to_shown_first: int
    to_shown_second: int
    chance: float

    @property
    def leans(self) -> Literal["first", "second", ""]:
        """Which place the judge prefers, whatever stands there."""
        if self.chance > SURE:
            return ""
        return "first" if self.to_shown_first > self.to_shown_second else "second"


class Judge:
    """Judges pairs with a generator. The same rubric and generator judge alike every time."""

    def __init__(self, generator: Generator, rubric: str = "") -> None:
        """Judge by ``rubric``, by default the one of the question's language."""
        self._generator = generator
        self._rubric = rubric.strip()

    @property
    def id(self) -> str:
        """What judges, and by which rubric."""
        parts = [self._rubric or "".join(RUBRIC.values()), *_ASK.values()]
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
        return f"{self._generator.id}, rubric {digest}"

    def judge(self, pair: Pair) -> Judgement:
        """Return what is said of ``pair`` in both orders.

        Raises:
            GenerationError: when the generator fails.
        """
        shown = self._ask(pair, pair.first, pair.second)
        back = self._ask(pair, pair.second, pair.first)
        turned: dict[Choice, Choice] = {"first": "second", "second": "first"}
        return Judgement(pair.id, shown, turned.get(back, back))

    def _ask(self, pair: Pair, one: str, two: str) -> Choice:
        question, reference, answer = _NAMES[pair.language]
        parts = [f"{question}: {pair.question}"]
        parts += [f"{reference}: {pair.reference}"] if pair.reference else []
        parts += [f"{answer} 1: {one}", f"{answer} 2: {two}", _ASK[pair.language]]
        system = self._rubric or RUBRIC[pair.language]
        prompt = Prompt((Message("system", system), Message("user", "\n\n".join(parts))))
        return verdict(self._generator.generate(prompt).text)


def verdict(reply: str) -> Choice:
    """Return what a reply says: its first 1, 2 or tie; unread where it says none or both."""
    found = {
        match.group(0).lower() for match in _VERDICT.finditer(reply.strip().partition("\n\n")[0])
    }
    if len(found) != 1:
        return "unread"
    said = found.pop()
    return {"1": "first", "2": "second"}.get(said, "tie")  # type: ignore[return-value]


def tally(judgements: Iterable[Judgement]) -> Tally:
    """Return what ``judgements`` come to."""
    made = list(judgements)
    read = [one for one in made if one.read]
    first = sum(_leaning(one) > 0 for one in read)
    second = sum(_leaning(one) < 0 for one in read)
    return Tally(
        pairs=len(made),
        first=sum(one.choice == "first" for one in made),
        second=sum(one.choice == "second" for one in made),
        ties=sum(one.choice == "tie" for one in made),
        unread=len(made) - len(read),
        consistency=sum(one.consistent for one in read) / len(read) if read else 0.0,
        to_shown_first=first,
        to_shown_second=second,
        chance=resampling.mcnemar(first, second),
    )


def judged(judge: Judge, pairs: Sequence[Pair], known: Iterable[str] = ()) -> Iterator[Judgement]:
    """Yield a judgement of each pair that is not ``known`` by its id."""
    skipped = set(known)
    for pair in pairs:
        if pair.id not in skipped:
            yield judge.judge(pair)


def _leaning(judgement: Judgement) -> int:
    """Return 1 where the pair was won by what was shown first each time, -1 by the other."""
    if judgement.consistent:
        return 0
    places = {"first": 1, "tie": 0, "second": -1}
    lean = places[judgement.shown] - places[judgement.swapped]
    return (lean > 0) - (lean < 0)
