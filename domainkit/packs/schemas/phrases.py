"""Phrases as packs write them.

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

from typing import Annotated

from pydantic import AfterValidator, Field

from domainkit.packs.schemas.base import Language

GAP = ".."
MOST_GAPS = 2  # gaps are bounded too, so the work a phrase can cause is bounded
GAP_REACH = {"en": 4, "zh": 8}  # the words, the characters, that a ``..`` may stand for
# A negation counts only this near before a sign: "no sudden chest pain" takes the sign back,
# "no relief from the chest pain" must not.
NEGATION_REACH = {"en": 1, "zh": 2}


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
