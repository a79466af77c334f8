"""``guards.yaml``: what each guard looks for and says. Which guards exist stands in code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domainkit.packs.schemas.base import Language, Strict
from domainkit.packs.schemas.medicines import Dosing, Interactions
from domainkit.packs.schemas.phrases import Identifier, Phrases, Texts

NO_ANSWER: Mapping[Language, str] = MappingProxyType(
    {"en": "The documents do not say.", "zh": "文件中没有说明。"}
)


class Sign(Strict):
    """One emergency sign: a phrase of every list of ``all`` is in the question, in any order.

    ``name`` finishes the sentence "This may be …". ``unless`` silences this sign alone. ``text``
    replaces the common text. With ``asked`` a question about the subject, of nobody, gives it too.
    """

    name: Texts
    asked: bool = False
    all: dict[Language, Annotated[tuple[Phrases, ...], Field(min_length=1, max_length=5)]]
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    text: Texts = Field(default_factory=dict)


class Contact(Strict):
    """Whom to call: words that assume no country, and the numbers of known jurisdictions."""

    default: Texts
    jurisdictions: dict[str, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default_factory=dict
    )

    def number(self, place: str) -> str | None:
        """Return whom to call in ``place``, or in the country it is part of ("US-CA")."""
        known = self.jurisdictions
        return known.get(place) or known.get(place.partition("-")[0])


class Certainty(Strict):
    """How sure a fitted model must be: of English without and with an embedder, of Chinese."""

    alone: float = Field(gt=0, le=1)
    joint: float = Field(gt=0, le=1)
    chinese: float = Field(default=1.0, gt=0, le=1)  # 1 never counts


class Judged(Certainty):
    """When a question without a sign is an emergency; ``name`` finishes "This may be …"."""

    name: Texts


class Despair(Certainty):
    """When a question tells of thoughts of suicide or self-harm; answered as ``sign`` is."""

    sign: Identifier


class Emergency(Strict):
    """Stops the turn and sends the user to help.

    ``text`` and the signs' own texts may hold ``$sign`` (the sign's name) and ``$`` + the key of
    a contact: its number in the question's jurisdiction, else in the pack's first, else its
    default words. ``negations`` take back a phrase of a sign that they stand directly before
    (``NEGATION_REACH``). A sentence with an ``informational`` phrase asks about the subject, not
    for a patient, and gives no sign, unless it also holds one of ``personal``; beside one that
    does, and none of ``standing``, it may give a sign's first idea. A sentence with a ``reported``
    phrase (news, fiction, an exercise) and a clause with one of ``past`` give none either, unless
    they also hold one of ``current``. ``judged`` and ``despair`` add fitted models.
    """

    signs: dict[Identifier, Sign] = Field(min_length=1, max_length=200)
    text: Texts
    contacts: dict[Identifier, Contact] = Field(default_factory=dict)
    negations: dict[Language, Phrases] = Field(default_factory=dict)
    informational: dict[Language, Phrases] = Field(default_factory=dict)
    personal: dict[Language, Phrases] = Field(default_factory=dict)
    reported: dict[Language, Phrases] = Field(default_factory=dict)
    standing: dict[Language, Phrases] = Field(default_factory=dict)
    past: dict[Language, Phrases] = Field(default_factory=dict)
    current: dict[Language, Phrases] = Field(default_factory=dict)
    judged: Judged | None = None
    despair: Despair | None = None

    @model_validator(mode="after")
    def _despair_has_its_sign(self) -> Self:
        if self.despair and self.despair.sign not in self.signs:
            raise ValueError(f"despair.sign: no sign is named {self.despair.sign!r}")
        return self


class Injection(Strict):
    """Refuses a question that tries to rewrite the assistant's instructions.

    How such attempts look in every domain stands in ``domainkit.guards.override``; ``phrases`` are
    what this pack adds. What else a fitted model takes for an order is refused from the certainty
    ``alone`` in English without an embedder, ``joint`` with one, ``chinese`` in Chinese; 1 never
    is. How many orders and questions that it did not learn from it takes for one stands in
    ``benchmarks/results/guards-fresh.md``; of 1,142 Chinese questions of two public sets one.
    """

    phrases: dict[Language, Phrases] = Field(default_factory=dict)
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    text: Texts
    alone: float = Field(default=0.9, gt=0, le=1)
    joint: float = Field(default=0.7, gt=0, le=1)
    chinese: float = Field(default=0.7, gt=0, le=1)


class Topic(Strict):
    """A subject the assistant leaves to others, or an act it does not help with."""

    phrases: dict[Language, Phrases]
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    text: Texts


class ScopeGuard(Strict):
    """Refuses questions on these topics, each with its own text."""

    topics: dict[Identifier, Topic] = Field(min_length=1, max_length=100)


class Harm(Strict):
    """Refuses requests for help to harm, to deceive or to break a duty.

    ``topics`` are found by words, the rest by a model, unless ``unless``: English from a certainty
    of ``alone``, with an embedder ``joint``, and answered from ``doubted`` on only of sources that
    suffice as ``surely``; Chinese from ``chinese``.
    """

    topics: dict[Identifier, Topic] = Field(default_factory=dict, max_length=100)
    text: Texts
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    alone: float = Field(default=0.6, gt=0, le=1)
    joint: float = Field(default=0.6, gt=0, le=1)
    chinese: float = Field(default=0.6, gt=0, le=1)
    doubted: float = Field(default=0.08, gt=0, le=1)  # docs/decisions/sufficiency.md
    surely: float = Field(default=0.6, ge=0, le=1)


class Missing(Strict):
    """A fact to ask for: each list of ``all`` has a phrase in the question, ``unless`` none."""

    all: dict[Language, Annotated[tuple[Phrases, ...], Field(min_length=1, max_length=5)]]
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    text: Texts


class Clarify(Strict):
    """Asks back for facts that an answer depends on."""

    facts: dict[Identifier, Missing] = Field(min_length=1, max_length=100)


class Jurisdiction(Strict):
    """Refuses questions on the law of places without texts.

    ``text`` may hold ``$named``, the places the question names, and ``$held``, those with texts.
    """

    text: Texts


class LanguageCheck(Strict):
    """Asks for a question in a language of the pack, where it is in another."""

    text: Texts


class Advice(Strict):
    """Leaves out statements that apply a source to the reader, found by their ``phrases``.

    ``text`` is shown beside an answer that lost one.
    """

    phrases: dict[Language, Phrases]
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    text: Texts


class Leak(Strict):
    """Leaves out sentences that repeat ``run`` words in a row of the pack's own prompts."""

    run: int = Field(default=8, ge=4, le=50)


PersonalData = Literal[
    "identity-number",
    "card",
    "iban",
    "record-number",
    "phone",
    "email",
    "ip",
    "postcode",
    "address",
    "name",
    "website",
]


class Privacy(Strict):
    """Masks personal data: which kinds in a question and its history, which in an answer.

    A document's own telephone numbers and addresses are what people ask for; the numbers of a
    person's papers never are. ``ingest`` masks kinds in documents before they are stored: what is
    masked there can no longer be found, quoted or compared with the page.
    """

    question: tuple[PersonalData, ...] = (
        "identity-number",
        "card",
        "iban",
        "record-number",
        "phone",
        "email",
        "ip",
        "address",
    )
    answer: tuple[PersonalData, ...] = ("identity-number", "card", "iban", "record-number")
    ingest: tuple[PersonalData, ...] = ()


class Grounding(Strict):
    """What happens to statements the sources do not support.

    ``annotate`` releases them marked; ``repair`` has at most ``rewrites`` of them written anew,
    once, and leaves out those that are still not supported; ``withhold`` holds back the whole
    answer. An answer whose ``support`` is below ``minimum`` is never released. ``no_answer`` is
    the one sentence a generator is asked to write when the sources do not say; it is believed
    below a sufficiency of ``doubted``, and from there on the documents' own sentences stand in.
    With ``complete`` those of them that say more follow what a model wrote.
    On the packs' own questions .75 to .86 of those that the sources answer are at .6 or above, and
    .03 to .05 of the others; of 60 that they answer, SmolLM2-135M said of 10 that they do not.
    """

    mode: Literal["annotate", "repair", "withhold"] = "repair"
    doubted: float = Field(default=0.6, ge=0, le=1)
    rewrites: int = Field(default=2, ge=0, le=20)
    minimum: float = Field(default=0.5, ge=0, le=1)
    complete: bool = True
    no_answer: Texts = Field(default_factory=lambda: dict(NO_ANSWER))


class AuthorityCheck(Strict):
    """What happens to laws, articles, papers and codes that are not what an answer says.

    ``annotate`` names them beside the answer, ``repair`` corrects what can only have been meant
    and leaves out the other sentences, ``withhold`` holds back the whole answer.
    """

    mode: Literal["annotate", "repair", "withhold"] = "repair"


class Conflict(Strict):
    """Shows both sides where another document contradicts a statement.

    ``alike`` is the share of the statement's words, rare ones counting more, that the other
    document holds before it speaks of the same thing. Below 0.8, other people, other drugs and
    other days are taken for it.
    """

    alike: float = Field(default=0.8, ge=0.5, le=1)


class Notice(Strict):
    """Lines shown with every answer, keyed so that a child pack can add or remove one."""

    texts: dict[Identifier, Texts] = Field(min_length=1, max_length=20)


class Guards(Strict):
    """The whole of ``guards.yaml`` after inheritance. A guard that is absent does not run."""

    emergency: Emergency | None = None
    injection: Injection | None = None
    language: LanguageCheck | None = None
    harm: Harm | None = None
    scope: ScopeGuard | None = None
    jurisdiction: Jurisdiction | None = None
    clarify: Clarify | None = None
    grounding: Grounding | None = None
    authorities: AuthorityCheck | None = None
    dosing: Dosing | None = None
    interactions: Interactions | None = None
    advice: Advice | None = None
    leak: Leak | None = None
    conflict: Conflict | None = None
    privacy: Privacy | None = None
    notice: Notice | None = None
