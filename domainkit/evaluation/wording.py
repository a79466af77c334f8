"""Compares an answer's words with those a person would write: exact match, F1, ROUGE, labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from domainkit import extras
from domainkit.packs.schemas.questions import YES_NO
from domainkit.text.analysis import fold
from domainkit.text.language import HAN

# ROUGE-L takes time by the product of both lengths: 0.2 s for two texts of this many words, while
# an answer has at most some 160 tokens. What is longer is compared by its beginning.
MOST = 1_000

COMPARED = ("exact_match", "token_f1", "rouge_1", "rouge_l")

_WORD = re.compile(f"[{HAN}]|[^\\W_{HAN}]+")
# What goes on a word or a number: 5分钟 is said in 约5分钟, and not in 15分钟.
_LETTERS = f"[^\\W_{HAN}]"
_MARKER = re.compile(r"\s?\[\d+\]")
# What an English answer has and means nothing by, as SQuAD's evaluation leaves it out.
_ARTICLES = frozenset({"a", "an", "the"})
_SAID = {"是": "yes", "是的": "yes", "否": "no", "不是": "no", "不": "no", "也许": "maybe"}
# "B.", "(b) insulin", "The answer is B": a letter alone, or one that is said to be the answer.
_LETTER = re.compile(
    r"^[\s(（*]*([a-z0-9])(?=\s*(?:[)）.:：,，、。*]|$))"
    r"|(?:answer(?: is)?|答案(?:是|为)?)[\s:：(（*]*([a-z0-9])(?![a-z0-9])"
)


def words(text: str) -> list[str]:
    """Return the words of ``text`` in one form; of Chinese, the characters."""
    return _WORD.findall(fold(text))


def unmarked(text: str) -> str:
    """Return ``text`` without the markers of its citations."""
    return _MARKER.sub("", text)


def against(text: str, ideals: Sequence[str]) -> dict[str, float]:
    """Return exact match, F1, ROUGE-1 and ROUGE-L of ``text``, each for the nearest ideal."""
    made = [_of_one(text, ideal) for ideal in ideals]
    return {name: max(one[name] for one in made) for name in made[0]} if made else {}


def f1(said: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the harmonic mean of the shares of words in common; 1 for nothing against nothing."""
    if not said or not wanted:
        return float(not said and not wanted)
    shared = sum((Counter(said) & Counter(wanted)).values())
    return 2 * shared / (len(said) + len(wanted))


def says(text: str, wanted: str) -> bool:
    """Return whether ``text`` holds the words ``wanted``, as whole words, whatever the case."""
    sought = " ".join(fold(wanted).split())
    begins = f"(?<!{_LETTERS})" if _whole(sought[:1]) else ""
    ends = f"(?!{_LETTERS})" if _whole(sought[-1:]) else ""
    pattern = begins + re.escape(sought) + ends
    return bool(sought) and re.search(pattern, " ".join(fold(text).split())) is not None


def label(text: str, choices: Mapping[str, str]) -> str | None:
    """Return which of ``choices`` an answer takes, or of yes, no and maybe; None if none is told.

    A choice is told by its letter where the answer begins with it or says that it is the answer,
    else by its words where no other choice's are there.
    """
    folded = fold(text).strip()
    if not choices:
        return _yes_no(folded)
    by_letter = {fold(key): key for key in choices}
    if (found := _LETTER.search(folded)) and (letter := found[1] or found[2]) in by_letter:
        return by_letter[letter]
    told = [key for key, words_ in choices.items() if says(text, words_)]
    longest = [k for k in told if not any(_within(choices[k], choices[o]) for o in told if o != k)]
    return longest[0] if len(longest) == 1 else None


def _within(part: str, whole: str) -> bool:
    return part != whole and says(whole, part)


def _yes_no(folded: str) -> str | None:
    first = next(iter(re.findall(r"[^\W_]+", folded)), "")
    if first in YES_NO:
        return first
    return next((_SAID[said] for said in sorted(_SAID, key=len, reverse=True)
                 if first.startswith(said)), None)  # fmt: skip


def _of_one(text: str, ideal: str) -> dict[str, float]:
    said, wanted = words(text), words(ideal)
    plain, sought = ([w for w in found if w not in _ARTICLES] or found for found in (said, wanted))
    rouge = _rouge().score(" ".join(wanted[:MOST]), " ".join(said[:MOST]))
    return {
        "exact_match": float(plain == sought),
        "token_f1": f1(plain, sought),
        "rouge_1": float(rouge["rouge1"].fmeasure),
        "rouge_l": float(rouge["rougeL"].fmeasure),
    }


class _Words:
    """Divides for the library what has been divided: its own way knows no Chinese."""

    def tokenize(self, text: str) -> list[str]:
        return text.split()


@cache
def _rouge() -> Any:
    library = extras.load("rouge_score.rouge_scorer", needed_for="comparing answers by ROUGE")
    return library.RougeScorer(["rouge1", "rougeL"], tokenizer=_Words())


def _whole(character: str) -> bool:
    """Return whether a word could go on beside ``character``; Chinese sets no spaces."""
    return character.isalnum() and re.match(f"[{HAN}]", character) is None
