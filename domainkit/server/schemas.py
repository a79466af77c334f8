"""What the endpoints take and give. Answers are projections made in ``domainkit.assistant``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from domainkit.assistant.asking import MAX_QUESTION
from domainkit.types import Action, Stage, Status, Support

MAX_HISTORY = 20  # messages: what a prompt of a few thousand tokens could ever use

Text = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]
SpanPair = Annotated[
    list[int],
    Field(min_length=2, max_length=2, description="Half-open character offsets: [start, end)."),
]
Share = Annotated[float, Field(ge=0, le=1)]

ASK_EXAMPLE: dict[str, Any] = {
    "question": "What is the usual adult dose of paracetamol?",
    "as_of": "2025-06-30",
    "k": 5,
}
RETRIEVE_EXAMPLE: dict[str, Any] = {"question": "paracetamol adult dose", "k": 3}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MessageIn(_Body):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: Text


class RetrieveIn(_Body):
    """A question whose passages are wanted."""

    model_config = ConfigDict(json_schema_extra={"examples": [RETRIEVE_EXAMPLE]})

    question: Text
    as_of: date | None = Field(
        default=None,
        description="Only texts in force on this day; by default the one it names, or today.",
    )
    jurisdiction: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="Only texts of this jurisdiction, and texts that name none.",
    )
    k: int | None = Field(
        default=None, ge=1, le=50, description="How many passages; the pack's number by default."
    )


class AskIn(RetrieveIn):
    """A question to answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [ASK_EXAMPLE]})

    history: tuple[MessageIn, ...] = Field(
        default=(), max_length=MAX_HISTORY, description="Earlier messages, oldest first."
    )
    adapter: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        description="A tuned adapter by name, not the active one; `base` is the model alone.",
    )
    stream: bool = Field(
        default=False, description="Answer as server-sent events: token, citation, final, error."
    )


class CitationOut(_Body):
    """A reference checked against the document: the quoted words and where they stand."""

    marker: str = Field(description="As it stands in the text: [1].")
    title: str
    section: list[str] = Field(description="Headings from the root down.")
    locator: str = Field(description="The citation a professional would write.")
    page: int | None
    quote: str
    quote_span: SpanPair
    passage_id: str
    document_id: str
    source: str = Field(description="The document's path below the ingested folder.")


class ClaimOut(_Body):
    """One statement of the answer, judged against the passage it cites."""

    text: str
    span: SpanPair
    verdict: Support
    passage_id: str | None
    quote_span: SpanPair | None
    check: str = Field(
        description="What decided against it: figures, names, denial …; else empty."
    )


class VerdictOut(_Body):
    """What one guard decided."""

    guard: str
    stage: Stage
    action: Action
    reason: str


class UsageOut(_Body):
    """Tokens read and written by the generator."""

    prompt_tokens: int
    completion_tokens: int


class AnswerOut(_Body):
    """An answer, as ``domainkit ask --json`` prints it; ``status`` tells a refusal."""

    status: Status
    text: str
    citations: list[CitationOut]
    claims: list[ClaimOut]
    sufficiency: Share | None = Field(
        description="Probability, before generation, that the sources suffice."
    )
    support: Share | None = Field(description="Share of claims supported, after generation.")
    verdicts: list[VerdictOut]
    notices: list[str]
    condensed: str | None = Field(description="The question as searched, where it has a history.")
    generator: str | None = Field(
        description="What wrote the text; null where nothing was asked to."
    )
    adapter: str | None
    usage: UsageOut
    timings: dict[str, float] = Field(description="Seconds by stage, and their total.")


class AlsoOut(_Body):
    """A passage of another document that says no more than the one that is shown."""

    passage_id: str
    document_id: str
    title: str
    locator: str


class PassageOut(_Body):
    """A passage found for the question."""

    rank: int = Field(ge=1)
    score: float
    via: dict[str, float] = Field(description="Each index's own score.")
    passage_id: str
    document_id: str
    title: str
    section: list[str]
    locator: str
    page: int | None
    span: SpanPair
    text: str
    also: list[AlsoOut] = Field(description="Passages that say the same and are not shown.")


class RetrievedOut(_Body):
    """Passages, best first."""

    passages: list[PassageOut]


class ScopeOut(_Body):
    """What the assistant answers, what it leaves to others, and for whom."""

    model_config = ConfigDict(populate_by_name=True)

    inside: list[str] = Field(alias="in")
    outside: list[str] = Field(alias="out")
    audience: str


class DomainOut(_Body):
    """What this assistant is, and what it holds."""

    name: str
    title: str
    version: str
    languages: list[str]
    jurisdictions: list[str]
    scope: ScopeOut
    documents: int
    passages: int
    generator: str
    embedder: str | None


class HealthOut(_Body):
    """Whether the server takes requests, and its version."""

    status: Literal["ok"]
    version: str


class FieldProblem(_Body):
    """A field of a request and what is wrong with it; never the value sent."""

    field: str
    problem: str


class Problem(_Body):
    """An error as RFC 9457 has it; ``hint`` is the next thing to do."""

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    errors: list[FieldProblem] | None = None
