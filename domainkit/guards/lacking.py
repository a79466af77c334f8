"""Says that the documents do not answer: what was looked for, what is nearest, what is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Template

from domainkit.packs.pack import Pack
from domainkit.text import terms
from domainkit.text.language import HAN
from domainkit.text.neutral import without_numbers
from domainkit.text.subject import subject
from domainkit.types import Passage, Question, Retrieved

_NAMED = 3  # of the nearest passages
_MISSED = 6  # of the words no passage holds
_NOTHING = {"en": "nothing", "zh": "无"}
# Where each word stands in some passage, no word is missing.
_ANSWER = {"en": "a sentence that answers it", "zh": "回答这个问题的句子"}
_WORD = re.compile(rf"[{HAN}]{{2,}}|[^\W_{HAN}][\w-]*")


def lacking(pack: Pack, question: Question, retrieved: Sequence[Retrieved]) -> str:
    """Return the pack's words for a question that the documents do not answer."""
    spoken = "zh" if question.language == "zh" else "en"
    found = dict.fromkeys(_named(source.passage) for source in retrieved)
    missed = missing(question.search_text, retrieved)
    return Template(pack.prompt("refuse", question.language).strip()).safe_substitute(
        question=" ".join(question.search_text.split()),
        nearest="; ".join([*found][:_NAMED]) or _NOTHING[spoken],
        missing=(", " if spoken == "en" else "、").join(missed) or _ANSWER[spoken],
    )


def missing(question: str, retrieved: Sequence[Retrieved]) -> list[str]:
    """Return the words of ``question``, in order, that no passage holds."""
    held = {
        term
        for source in retrieved
        for term in terms(
            "\n".join((source.passage.title, *source.passage.section, source.passage.text))
        )
    }
    words = dict.fromkeys(_WORD.findall(subject(question)))
    unknown = [word for word in words if (t := set(terms(word))) and not t & held]
    return unknown[:_MISSED]


def _named(passage: Passage) -> str:
    # A judgment's paragraph "[6]" would read as the number of a source, and there are none here.
    return without_numbers(", ".join(name for name in (passage.title, passage.locator) if name))
