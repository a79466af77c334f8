"""What a question asks for beside its words, and what of it a sentence tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domainkit.text import asked

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
_OPEN = re.compile(
    r"\b(?:unclear|unknown|not known|(?:was|were|is|are) expected|might|hypothes\w+"
    r"|(?:primary|main|secondary) (?:outcome|endpoint)s? (?:was|were)|aim(?:ed|s)?|objective"
    r"|(?:asked|assess\w+|examin\w+|investigat\w+|studied|tested) whether)\b|不清楚|尚不明确",
    re.IGNORECASE,
)
# What a study did, and what happened before a case: a question about it asks how, who or when.
_DESIGN = re.compile(
    r"\b(?:were|was) (?:randomly )?(?:assigned|randomi[sz]ed|allocated|matched|enrolled|recruited"
    r"|included|followed|interviewed|reviewed|pooled|sequenced)\b|随机分|被分为|纳入"
)
_BEFORE = re.compile(
    r"(?:background|introduction|methods?|patients|facts|objectives?|背景|目的|方法|对象"
    r"|经审理查明)\b",
    re.IGNORECASE,
)
_STUDIED = (
    "adults|centres|children|clinics|families|hospitals|men|mice|participants?|patients|people"
    "|rats|studies|trials?|women"
)
_ASKS_DESIGN = re.compile(
    rf"\b(?:took|take) part\b|\bhow many (?:\w+ ){{0,2}}(?:{_STUDIED})\b"
    rf"|\b(?:{_STUDIED}) (?:were|was|did|took|had been)\b"
    r"|\b(?:enrol\w*|includ\w*|exclud\w*|assign\w*|adjust\w*|follow\w*|blind\w*|recruit\w*"
    r"|randomi\w+|measured|given|group|outcome|endpoint|design|search|threshold|criteri\w+"
    r"|defin\w+|strain|model|invented|purpose|aim)\b|\bhow (?:was|were|long (?:was|were))\b"
    r"|\bwho\b|\bwhen\b|\bwhat happened\b|\bwhich (?:drug|dose)"
    r"|多少[人名例]|几[人名例]|随机|分组|入组|随访|纳入|排除|谁|何时|什么时候",
    re.IGNORECASE,
)
# Of two that results give side by side, one is asked for.
_PAIRS = tuple(
    (re.compile(rf"\b(?:{one})", re.IGNORECASE), re.compile(rf"\b(?:{other})", re.IGNORECASE))
    for one, other in (("adjust", "crude|unadjusted"), ("systolic", "diastolic"))
)
# What ties a question's subject to what it asks for: a sentence that says it uses other words.
_MEANS = re.compile(r"\bmeans?\b", re.IGNORECASE)
_COSTS = re.compile(r"\b(?:costs?|paid|pay)\b", re.IGNORECASE)


def asks_design(question: str) -> bool:
    """Return whether ``question`` may ask how a study was made, or what happened in a case."""
    return bool(_ASKS_DESIGN.search(question))


def related(question: str) -> str:
    """Return ``question`` without the words that only tie its subject to what it asks for.

    "What does an entry cost?" is answered by a fee, "Which glucose means diabetes?" by a test.
    """
    rest = _MEANS.sub(" ", question)
    return _COSTS.sub(" ", rest) if asked.kind(question) == "money" else rest


def is_before(section: Sequence[str], sentence: str) -> bool:
    """Return whether ``sentence`` tells what came before findings or reasons: methods, facts."""
    return bool(_DESIGN.search(sentence)) or any(map(_BEFORE.match, section))


def is_other(question: str, sentence: str) -> bool:
    """Return whether ``sentence`` gives the other of two that ``question`` asks for one of."""
    return any(
        bool(one.search(question)) > bool(other.search(question))
        and bool(other.search(sentence)) > bool(one.search(sentence))
        for pair in _PAIRS
        for one, other in (pair, pair[::-1])
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


def is_open(sentence: str) -> bool:
    """Return whether ``sentence`` says what a study asks or expects, or what nobody knows."""
    return bool(_OPEN.search(sentence))
