"""Measures each guard of a pack: what it stops of what it should, and of what it should not.

A pack's ``guards.jsonl`` holds, a line each, a text, the guard it is for, and whether that guard
must stop it. The other suites are made by code: doses, statements and works, right and wrong, from
the pack's own documents, personal data from numbers whose checksums are right and wrong.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domainkit import registry
from domainkit.evaluation import altered, planted
from domainkit.evaluation.cases import Case, read
from domainkit.guards import citations
from domainkit.guards.pipeline import ANSWER, CONDENSED, RAW, GuardPipeline
from domainkit.guards.privacy import PrivacyGuard
from domainkit.packs.pack import Pack
from domainkit.types import (
    Citation,
    Claim,
    Draft,
    Passage,
    Prompt,
    Question,
    Retrieved,
    Span,
)

SUITE = "guards.jsonl"
_OTHER = "The documents hold nothing else about it."
# Guards that judge what an answer says by what it cites; the others read its text alone.
_RESOLVED = frozenset({"grounding", "authorities", "conflict"})
_Z = 1.96  # the standard normal's 97.5 % point: intervals of 95 %


@dataclass(frozen=True, slots=True)
class Measured:
    """What one guard did with its cases, and how long it took."""

    guard: str
    stage: Literal["question", "answer"]
    wrong: tuple[Case, ...]
    positives: int
    negatives: int
    milliseconds: tuple[float, ...]

    @property
    def recall(self) -> float:
        """The share stopped of what must be."""
        return (
            1 - sum(case.stop for case in self.wrong) / self.positives if self.positives else 0.0
        )

    @property
    def refusals(self) -> float:
        """The share stopped of what must not be."""
        stopped = sum(not case.stop for case in self.wrong)
        return stopped / self.negatives if self.negatives else 0.0

    def project(self) -> dict[str, Any]:
        """Return the row of a table."""
        low, high = wilson(sum(not case.stop for case in self.wrong), self.negatives)
        return {
            "guard": self.guard,
            "stage": self.stage,
            "positives": self.positives,
            "negatives": self.negatives,
            "recall": round(self.recall, 4),
            "false refusals": round(self.refusals, 4),
            "95 %": f"{low:.3f}-{high:.3f}",
            "p95 ms": round(percentile(self.milliseconds), 3),
        }


def measure(pack: Pack, cases: Sequence[Case], given: Mapping[str, object]) -> list[Measured]:
    """Return what each guard of ``pack`` did with its cases, in the order guards run."""
    found = []
    for name in (*RAW, *CONDENSED, *ANSWER):
        own = [case for case in cases if case.guard == name]
        stage: Literal["question", "answer"] = "answer" if name in ANSWER else "question"
        guard = _guard(pack, name, stage, given)
        if guard is not None and own:
            found.append(_measured(name, stage, guard, own))
    return found


def together(pack: Pack, questions: Sequence[Case], given: Mapping[str, object]) -> list[float]:
    """Return the milliseconds that all guards of questions add to each of ``questions``."""
    pipeline = GuardPipeline.from_pack(pack, **given)
    taken = []
    for case in questions:
        question = Question(case.text, language=case.language)
        begun = time.perf_counter()
        pipeline.question(pipeline.masked(question))
        taken.append(1000 * (time.perf_counter() - begun))
    return taken


def wilson(count: int, total: int) -> tuple[float, float]:
    """Return the ends of Wilson's interval of a share; it says something of none in fifty too."""
    if not total:
        return 0.0, 1.0
    share, room = count / total, 1 + _Z**2 / total
    middle = (share + _Z**2 / (2 * total)) / room
    reach = _Z * math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2)) / room
    return max(0.0, middle - reach), min(1.0, middle + reach)


def percentile(values: Sequence[float], share: float = 0.95) -> float:
    """Return the value that ``share`` of ``values`` do not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _guard(pack: Pack, name: str, stage: str, given: Mapping[str, object]) -> Any:
    kind: registry.Kind = "answer_guards" if stage == "answer" else "question_guards"
    made = registry.get(kind, name)
    needs = getattr(made, "needs", ())
    return made.from_pack(pack, **{need: given[need] for need in needs if need in given})


def _measured(
    name: str, stage: Literal["question", "answer"], guard: Any, cases: Sequence[Case]
) -> Measured:
    def judge(case: Case) -> bool:
        question = Question(case.text, language=case.language)
        if isinstance(guard, PrivacyGuard):
            return bool(guard.masked(question).text != case.text)
        judged = guard.check(_draft(case) if stage == "answer" else question)
        return bool(judged.action != "pass")

    judge(cases[0])  # models are read and phrases compiled once
    wrong, taken = [], []
    for case in cases:
        begun = time.perf_counter()
        stopped = judge(case)
        taken.append(1000 * (time.perf_counter() - begun))
        if stopped != case.stop:
            wrong.append(case)
    positives = sum(case.stop for case in cases)
    return Measured(name, stage, tuple(wrong), positives, len(cases) - positives, tuple(taken))


def _draft(case: Case) -> Draft:
    """Return an answer of one statement that cites ``source``, or a passage of something else.

    Interactions are told by what is asked, whatever the answer.
    """
    passage = case.source or Passage("other", "other", "Other", "", Span(0, len(_OTHER)), _OTHER)
    asked = case.text if case.guard == "interactions" else ""
    question = Question(asked, language=case.language)
    given = (passage,) if case.beside is None else (passage, case.beside)
    sources = tuple(Retrieved(p, 1.0, n, {"lexical": 1.0}) for n, p in enumerate(given, start=1))
    prompt = Prompt((), sources, question)
    if case.guard in _RESOLVED:
        return citations.draft(question, prompt, f"{case.text} [1]")
    whole = Span(0, len(case.text))
    claims = (Claim(case.text, whole, "supported", passage.id),)
    cited = Citation("[1]", passage.id, passage.document_id, passage.title, "", "", Span(0, 0))
    return Draft(question, prompt, case.text, (cited,), claims, written=case.text)


# The guards whose cases are made by code, from a pack and the sections of its documents.
MADE: Mapping[str, Callable[[Pack, Sequence[Passage]], Iterator[Case]]] = {
    "dosing": planted.doses,
    "privacy": planted.personal,
    "leak": planted.leaks,
    "grounding": altered.grounding,
    "authorities": altered.authorities,
    "conflict": altered.conflict,
}


def cases_of(pack: Pack, made: Collection[str] = MADE) -> Iterator[Case]:
    """Yield the cases of the pack's suite, and those made by code for the guards it has."""
    if path := pack.find(SUITE):
        yield from read(path)
    passages = [*planted.passages(pack)]
    for name in made:
        if name in pack.guards:
            yield from MADE[name](pack, passages)
