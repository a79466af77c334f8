"""What is asked and answered: questions, prompts, generations, answers, turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from domainkit.types.documents import Retrieved, Span

# For a term of a question, the phrases that name the same: each a run of terms.
Names = Mapping[str, tuple[tuple[str, ...], ...]]
NO_NAMES: Names = MappingProxyType({})

Role = Literal["system", "user", "assistant"]
Stage = Literal["question", "answer"]
Action = Literal["pass", "amend", "ask", "refuse", "escalate"]
Status = Literal["answered", "insufficient", "clarify", "refused", "escalated"]
Support = Literal["supported", "contradicted", "unsupported"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation or of a prompt."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, with its history and the day and place it is asked for.

    ``condensed`` is the question rewritten to stand alone, where there is a history. ``dated``
    says that the day is read from its own words.
    """

    text: str
    history: tuple[Message, ...] = ()
    as_of: date | None = None
    jurisdiction: str | None = None
    language: str = "en"
    condensed: str | None = None
    dated: bool = False

    @property
    def search_text(self) -> str:
        """The text to retrieve with: the condensed question where there is one."""
        return self.condensed or self.text


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages for a generator; ``sources[i]`` is cited in the answer as ``[i+1]``.

    ``names`` are what else the pack calls what the question names.
    """

    messages: tuple[Message, ...]
    sources: tuple[Retrieved, ...] = ()
    question: Question | None = None
    names: Names = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and seconds one generation took; ``first_token_seconds`` is None when unmeasured.

    ``cached_tokens`` of the prompt had been computed for an earlier one that began alike.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    first_token_seconds: float | None = None
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Generation:
    """What a generator wrote, which model and adapter wrote it, and why it stopped."""

    text: str
    model: str
    adapter: str | None = None
    finish: Literal["stop", "length", "cancelled"] = "stop"
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Citation:
    """A resolved reference: the quoted words and where a professional finds them.

    ``quote_span`` counts in ``Document.text``; ``document`` text at that span equals ``quote``.
    """

    marker: str
    passage_id: str
    document_id: str
    title: str
    locator: str
    quote: str
    quote_span: Span
    source: str = ""
    page: int | None = None
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer, judged against the passage it cites.

    ``span`` counts in the answer's text; ``quote_span`` in the document's. ``check`` is what
    decided a verdict against it: figures, codes, denial, direction, exchanged, names; "" where
    it was the words alone.
    """

    text: str
    span: Span
    verdict: Support
    passage_id: str | None = None
    quote_span: Span | None = None
    check: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before the answer guards have seen it.

    ``text`` has its citations resolved; ``written`` is what the generator wrote, markers and all.
    """

    question: Question
    prompt: Prompt
    text: str
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()
    written: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one guard decided; ``text`` is shown to the user when the action is not pass.

    A guard that is in doubt passes a question and says how sure it must ``least`` be that the
    sources suffice.
    """

    guard: str
    stage: Stage
    action: Action
    reason: str = ""
    text: str = ""
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user sees. A refusal is an answer, told apart by ``status``.

    ``sufficiency`` in [0, 1] is the probability, before generation, that the sources suffice;
    ``support`` in [0, 1] is the share of claims supported, after it. Both are None where the
    answer never reached that point.
    """

    status: Status
    text: str
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()
    sufficiency: float | None = None
    support: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """The whole record of one question: what log, audit and evaluation read.

    ``timings`` are seconds by stage.
    """

    question: Question
    retrieved: tuple[Retrieved, ...]
    prompt: Prompt | None
    generation: Generation | None
    answer: Answer
    timings: Mapping[str, float] = field(default_factory=dict)
