"""``guards.yaml``: what each guard looks for and says. Which guards exist stands in code.

A pack holds phrases, never regular expressions, so that opening an unknown pack cannot hang.
Phrase and text are both folded (``domainkit.text.analysis.fold``) and lose their apostrophes:
"can't" and "cant" are one word. Then a phrase stands for

- in English: its words, whole and in order, whatever punctuation is between; ``faint*`` is every
  word it begins; ``..`` allows up to four other words. ``chest .. hurt*`` is in "my chest really
  hurts".
- in Chinese: its characters, spaces ignored; ``..`` allows up to eight others.

A ``..`` never crosses the end of a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from domainkit.packs.schemas.base import Language, Strict

GAP = ".."
MOST_GAPS = 2  # gaps are bounded too, so the work a phrase can cause is bounded
GAP_REACH = {"en": 4, "zh": 8}  # the words, the characters, that a ``..`` may stand for
# A negation counts only this near before a sign: "no sudden chest pain" takes the sign back,
# "no relief from the chest pain" must not.
NEGATION_REACH = {"en": 1, "zh": 2}

NO_ANSWER: Mapping[Language, str] = MappingProxyType(
    {"en": "The documents do not say.", "zh": "文件中没有说明。"}
)


def _checked(phrase: str) -> str:
    parts = phrase.split(GAP)
    if len(parts) - 1 > MOST_GAPS:
        raise ValueError(f"'{phrase}' has more than {MOST_GAPS} gaps '{GAP}'")
    if not all(any(c.isalnum() for c in part) for part in parts):
        raise ValueError(f"'{phrase}' needs words before, after and between its gaps '{GAP}'")
    stars = sum(word.endswith("*") for word in phrase.split())
    if phrase.count("*") != stars:
        raise ValueError(f"'{phrase}' has a '*' that does not end a word")
    return phrase


Phrase = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_checked)]
Phrases = Annotated[tuple[Phrase, ...], Field(max_length=400)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Texts = dict[Language, Annotated[str, Field(min_length=1, max_length=2000)]]


class Sign(Strict):
    """One emergency sign: a phrase of every list of ``all`` is in the question, in any order.

    ``name`` finishes the sentence "This may be …". ``unless`` silences this sign alone. ``text``
    replaces the common text.
    """

    name: Texts
    all: dict[Language, Annotated[tuple[Phrases, ...], Field(min_length=1, max_length=5)]]
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    text: Texts = Field(default_factory=dict)


class Contact(Strict):
    """Whom to call: words that assume no country, and the numbers of known jurisdictions."""

    default: Texts
    jurisdictions: dict[str, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default_factory=dict
    )


class Emergency(Strict):
    """Stops the turn and sends the user to help.

    ``text`` and the signs' own texts may hold ``$sign`` (the sign's name) and ``$`` + the key of
    a contact: its number in the question's jurisdiction, else in the pack's first, else its
    default words. ``negations`` take back a phrase of a sign that they stand directly before
    (``NEGATION_REACH``). A sentence with an ``informational`` phrase asks about the subject, not
    for a patient, and gives no sign, unless it also holds one of ``personal``.
    """

    signs: dict[Identifier, Sign] = Field(min_length=1, max_length=200)
    text: Texts
    contacts: dict[Identifier, Contact] = Field(default_factory=dict)
    negations: dict[Language, Phrases] = Field(default_factory=dict)
    informational: dict[Language, Phrases] = Field(default_factory=dict)
    personal: dict[Language, Phrases] = Field(default_factory=dict)


class Injection(Strict):
    """Refuses a question that tries to rewrite the assistant's instructions.

    How such attempts look in every domain stands in ``domainkit.guards.injection``; ``phrases``
    are what this pack adds.
    """

    phrases: dict[Language, Phrases] = Field(default_factory=dict)
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    text: Texts


class Topic(Strict):
    """A subject the assistant leaves to others, or an act it does not help with."""

    phrases: dict[Language, Phrases]
    unless: dict[Language, Phrases] = Field(default_factory=dict)
    text: Texts


class ScopeGuard(Strict):
    """Refuses questions on these topics, each with its own text."""

    topics: dict[Identifier, Topic] = Field(min_length=1, max_length=100)


class Grounding(Strict):
    """What happens to statements the sources do not support.

    ``annotate`` releases them marked; ``repair`` has at most ``rewrites`` of them written anew,
    once, and leaves out those that are still not supported; ``withhold`` holds back the whole
    answer. An answer whose ``support`` is below ``minimum`` is never released. ``no_answer`` is
    the one sentence a generator is asked to write when the sources do not say.
    """

    mode: Literal["annotate", "repair", "withhold"] = "repair"
    rewrites: int = Field(default=2, ge=0, le=20)
    minimum: float = Field(default=0.5, ge=0, le=1)
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
    scope: ScopeGuard | None = None
    grounding: Grounding | None = None
    authorities: AuthorityCheck | None = None
    conflict: Conflict | None = None
    notice: Notice | None = None
