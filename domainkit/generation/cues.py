"""What a question asks for beside its words, and what of it a sentence tells."""

from __future__ import annotations

import re

_HOW_MUCH = re.compile(
    r"\bhow (?:many|much|often|long|old|far|high|likely|common)\b"
    "|多少|几[个次天年月岁周]|多[久长大高]",
    re.IGNORECASE,
)
_ASKS_MEANING = re.compile(
    r"^what (?:is|are|does|do)\b|^(?:what|which)\b.*\bcounts? as\b|\bis meant by\b"
    "|什么是|是什么意思|是指什么|定义",
    re.IGNORECASE,
)
_TELLS_MEANING = re.compile(
    r"\bmeans?\b|\b(?:is|are) (?:the|an?|any|all|those|when)\b|指|为", re.IGNORECASE
)
_ASKS_FINDINGS = re.compile(
    r"^(?:do|does|did|is|are|was|were|can|could|has|have|will|would)\b"
    r"|\b(?:whether|effects?|found|show(?:n|ed)?|results?)\b|吗|是否",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:unclear|unknown|not known|(?:was|were|is|are) expected|might|hypothes\w+"
    r"|(?:primary|main|secondary) (?:outcome|endpoint)s? (?:was|were)|aim(?:ed|s)?|objective"
    r"|(?:asked|assess\w+|examin\w+|investigat\w+|studied|tested) whether)\b|不清楚|尚不明确",
    re.IGNORECASE,
)


def counts(question: str) -> bool:
    """Return whether ``question`` asks how many or how much there is of something."""
    return bool(_HOW_MUCH.search(question))


def asks_meaning(question: str) -> bool:
    """Return whether ``question`` may ask what a word means."""
    return bool(_ASKS_MEANING.search(question))


def tells_meaning(sentence: str) -> bool:
    """Return whether ``sentence`` may define something."""
    return bool(_TELLS_MEANING.search(sentence))


def asks_findings(question: str) -> bool:
    """Return whether ``question`` asks what was found, or for yes or no."""
    return bool(_ASKS_FINDINGS.search(question))


def is_open(sentence: str) -> bool:
    """Return whether ``sentence`` says what a study asks or expects, or what nobody knows."""
    return bool(_OPEN.search(sentence))
