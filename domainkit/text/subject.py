"""Leaves of a question what it is about."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

# Chinese words and characters that carry no subject: they ask, join, or are how people speak where
# texts say it otherwise (吃 and 服用, 孩子 and 未成年人: a quarter of the passages that answer
# hold them). A small corpus has few of them, and would take them for rare words of the question.
_FUNCTION = re.compile(
    "(?:多少|几)(?:天|日|个?月|年|周|个?星期|小时|分钟|秒|周?岁|元|钱|个|种|次)"
    "|最[多少长短高低大小迟早]|百分之|孩子"
    "|应该|应当|可以|哪里|哪些|哪个|哪只|多少|多久|多长|多大|什么|怎么|怎样|如何|为何|时候|时间|情况|需要"
    "|自己|是否|能否|有没有|是不是|[的了吗呢吧啊呀么在是有会能要应该几多我你他她它们这那个和与或及把被给从对"
    "于就也都还又再很更最后前上下里中时地得着过让使由向为以因所其此并而但若则将可吃喝算]"
)
# What tells an assistant how to answer: "Begin with yes, no or maybe."
_TOLD = re.compile(r"\b(?:begin|answer|reply|respond) (?:with|in|by) [^.?!]*[.?!]?", re.IGNORECASE)

# In a corpus of a hundred short texts "highest" is as rare as the name of a disease. So an English
# word weighs less the commoner it is at large, down to a quarter: what a question asks for was
# told on 734 + 315 training questions of the packs to an area of .817 of words so weighed, .805 of
# words all alike, .812 with a list of words that only ask.
_LEAST = 0.25
_ALWAYS, _SELDOM = 200, 6000  # the ranks below and above which no word weighs less or more


def subject(question: str) -> str:
    """Return ``question`` without what only asks: Chinese words, and how it is to be answered."""
    return _FUNCTION.sub(" ", _TOLD.sub(" ", question))


def weighed(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of terms, less for common English words."""
    ranks = _ranks()
    return {term: weight * _rare(ranks.get(term, _SELDOM)) for term, weight in weights.items()}


def _rare(rank: int) -> float:
    """Return what a word counts that is so common: all of it where it is seldom used at large."""
    share = math.log(max(rank, _ALWAYS) / _ALWAYS) / math.log(_SELDOM / _ALWAYS)
    return _LEAST + (1 - _LEAST) * min(1.0, share)


@lru_cache(maxsize=1)
def _ranks() -> dict[str, int]:
    """Return how common English words are, by their stems, from ``common.txt``."""
    text = Path(__file__).with_name("common.txt").read_text(encoding="utf-8")
    stems = " ".join(line for line in text.splitlines() if not line.startswith("#")).split()
    return {stem: rank for rank, stem in enumerate(stems)}
