"""Runs the guards in their order and folds what they say into an answer. Nothing else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Self

from domainkit import registry
from domainkit.guards.grounding import GroundingGuard, support
from domainkit.guards.lacking import lacking
from domainkit.guards.notice import NoticeGuard, day_of
from domainkit.guards.privacy import PrivacyGuard
from domainkit.packs.pack import Pack
from domainkit.protocols import AnswerGuard, QuestionGuard, Releasing
from domainkit.types import (
    Action,
    Answer,
    Draft,
    Question,
    Retrieved,
    Status,
    Verdict,
)

# Built-in guards in the order they run. Plugins come after those that see the raw question and
# after those that judge an answer.
RAW = ("emergency", "injection", "language")
CONDENSED = ("harm", "scope", "jurisdiction", "clarify")
ANSWER = (
    "grounding",
    "authorities",
    "dosing",
    "interactions",
    "advice",
    "leak",
    "conflict",
    "privacy",
    "notice",
)
# Guards whose refusal means that the documents do not say it: a stand-in may answer instead.
WITHHOLDING = ("grounding", "authorities", "dosing", "advice", "leak")

# What stops a turn, most pressing first, and the status it gives the answer.
_STOPS: dict[Action, Status] = {"escalate": "escalated", "refuse": "refused", "ask": "clarify"}


class GuardPipeline:
    """The guards of one pack."""

    def __init__(
        self,
        pack: Pack,
        *,
        raw: Sequence[QuestionGuard] = (),
        condensed: Sequence[QuestionGuard] = (),
        answer: Sequence[AnswerGuard] = (),
    ) -> None:
        """Run these guards, in this order; ``pack`` has the words of an answer without one."""
        self._pack = pack
        self._raw = tuple(raw)
        self._condensed = tuple(condensed)
        self._answer = tuple(answer)
        self._grounding = next((g for g in answer if isinstance(g, GroundingGuard)), None)
        self._notice = next((g for g in answer if isinstance(g, NoticeGuard)), None)
        self._privacy = next((g for g in answer if isinstance(g, PrivacyGuard)), None)

    @classmethod
    def from_pack(cls, pack: Pack, **given: object) -> Self:
        """Return the guards ``pack`` sets up, and those that plugins bring.

        A guard's class makes itself by ``from_pack(pack)``, or returns None not to run. What it
        names in ``needs``, such as ``authorities``, is handed to it from ``given``.
        """
        asked = (*RAW, *_plugins("question_guards"))
        answered = (*ANSWER, *_plugins("answer_guards"))
        return cls(
            pack,
            raw=_built("question_guards", pack, asked, given),
            condensed=_built("question_guards", pack, CONDENSED, given),
            answer=_built("answer_guards", pack, answered, given),
        )

    def masked(self, question: Question) -> Question:
        """Return ``question`` as everything else may read it and a log may keep it."""
        return self._privacy.masked(question) if self._privacy else question

    def question(
        self, question: Question, *, stage: Literal["raw", "condensed"] | None = None
    ) -> tuple[Verdict, ...]:
        """Return the verdicts on ``question``, of one stage or of both.

        Emergency and injection guards read ``question.text``; scope reads the question that stands
        alone, and so wants it condensed first.
        """
        raw = self._raw if stage != "condensed" else ()
        condensed = self._condensed if stage != "raw" else ()
        return tuple(guard.check(question) for guard in (*raw, *condensed))

    def stopped(self, question: Question, verdicts: Sequence[Verdict]) -> Answer | None:
        """Return the answer of the most pressing verdict that stops the turn, else None."""
        for action, status in _STOPS.items():
            for verdict in verdicts:
                if verdict.action == action:
                    text = verdict.text or verdict.reason
                    return Answer(status, text, verdicts=tuple(verdicts))
        return None

    def insufficient(
        self,
        question: Question,
        retrieved: Sequence[Retrieved],
        *,
        sufficiency: float,
        verdicts: Sequence[Verdict],
    ) -> Answer:
        """Return an answer that the documents do not say, what is nearest, what is missing."""
        return Answer(
            "insufficient",
            lacking(self._pack, question, retrieved),
            sufficiency=sufficiency,
            verdicts=tuple(verdicts),
            notices=(*day_of(question), *self._standing(question)),
        )

    def finish(self, draft: Draft, *, sufficiency: float, verdicts: Sequence[Verdict]) -> Answer:
        """Return ``draft`` as it may be shown, with every verdict.

        ``support`` is the share of statements supported as they were written, before any is left
        out; it is None when the model itself found no answer, and the sources may well hold none.
        Where too little is supported the status is ``insufficient``: a stand-in may then answer in
        its place.
        """
        judged = tuple(guard.check(draft) for guard in self._answer)
        if self._privacy:
            judged = self._privacy.told(draft, judged)
        verdicts = (*verdicts, *judged)
        unsupported = [v for v in judged if v.guard in WITHHOLDING and v.action == "refuse"]
        stopped = self.stopped(draft.question, [v for v in judged if v not in unsupported])
        if stopped:
            return replace(stopped, sufficiency=sufficiency, verdicts=verdicts)
        believed = self.believes(draft.written, sufficiency=sufficiency)
        share = None if believed else support(draft)
        if unsupported or not draft.text.strip():
            silent = self.insufficient(
                draft.question, draft.prompt.sources, sufficiency=sufficiency, verdicts=verdicts
            )
            return replace(silent, support=share)
        released = self.released(draft)
        return Answer(
            "answered",
            released.text,
            released.citations,
            released.claims,
            sufficiency=sufficiency,
            support=share,
            verdicts=verdicts,
            notices=(
                *day_of(draft.question),
                *(n for v in judged if v.action == "amend" for n in v.text.splitlines()),
            ),
        )

    def _standing(self, question: Question) -> tuple[str, ...]:
        return self._notice.lines(question.language) if self._notice else ()

    def released(self, draft: Draft) -> Draft:
        """Return what of ``draft`` may be shown, where no guard refuses it."""
        for guard in self._answer:
            if isinstance(guard, Releasing):
                draft = guard.released(draft)
        return draft

    @property
    def rewrites(self) -> int:
        """How many statements without support a generator may write anew, once each."""
        return self._grounding.rewrites if self._grounding else 0

    @property
    def completes(self) -> bool:
        """Whether the documents' own sentences follow what a model wrote."""
        return self._grounding is not None and self._grounding.completes

    def believes(self, written: str, *, sufficiency: float) -> bool:
        """Return whether a generator says, and may be right, that the documents do not say."""
        grounding = self._grounding
        return grounding is not None and grounding.believes(written, sufficiency=sufficiency)


def _built(
    kind: registry.Kind, pack: Pack, names: Sequence[str], given: Mapping[str, object]
) -> list[Any]:
    made = []
    for name in names:
        guard = registry.get(kind, name)
        needs = getattr(guard, "needs", ())
        made.append(guard.from_pack(pack, **{n: given[n] for n in needs if n in given}))
    return [guard for guard in made if guard is not None]


def _plugins(kind: registry.Kind) -> list[str]:
    return [name for name in registry.names(kind) if name not in {*RAW, *CONDENSED, *ANSWER}]
