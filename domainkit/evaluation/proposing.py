"""Proposes questions that a passage answers: by its form, and by a model where one is given.

What a passage looks like decides what is asked: a heading that is a question, a statute's
condition, a heading, a figure. A proposal is never a judged question before a person took it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from domainkit.protocols import Generator
from domainkit.text import detect, sentences
from domainkit.types import Message, Passage, Prompt

Origin = Literal["question", "condition", "heading", "figure", "model"]

Ask = Callable[[Passage], Iterator["Proposal"]]

_MARKS = "?？"
# A quotation shorter than this stands in many passages; one longer is seldom cited whole.
_SHORTEST = {"en": 24, "zh": 8}
_LONGEST = 300
_LONGEST_QUESTION = 240
_NUMBERED = re.compile(
    r"^(?:§+\s*[\w.]+|Art(?:icle|\.)\s*\d\w*|Section\s+\d\w*|第\S{1,9}[条章节编]"
    # "2.1 Dose" and "二、用量" are numbered, "24 hours later" and "10 mg tablets" are not
    r"|\d{1,2}(?:\.\d{1,2})*(?:[.)、]\s*|\s+)(?=[A-Z\u4e00-\u9fff])|[一二三四五六七八九十]{1,3}、)\s*"
)
_WHERE = re.compile(r"^(?:\(\w{1,3}\)\s*)?(?P<word>Where|If|When)\s+(?P<what>[^,;:.]{12,160}),\s")
# A case told of "it" cannot be asked about: nobody knows what it is.
_POINTING = re.compile(r"(?:it|they|this|these|those|that|he|she)\b", re.IGNORECASE)
_ITEM = re.compile(r"^[(（]?\w{1,3}[)）.]\s+")
_IN_CASE = re.compile(r"^(?:第\S{1,9}条\s*)?(?P<what>[^，。；：]{4,60}的)，")
_DUTY = re.compile(
    r"^(?:第\S{1,9}条\s*)?(?P<who>[^，。；：“”]{2,20}?)(?P<modal>应当|有权|不得)[^，。；]{2,}"
)
_MODALS = {"应当": "应当做什么", "有权": "有权做什么", "不得": "不得做什么"}
_UNITS = (
    r"(?:%|‰|per cent|percent|°C|mmHg|m?mol|mEq|[mkµμ]?g|mcg|m[lL]|litres?|IU|mm|cm|km|kg|"
    r"seconds?|minutes?|hours?|days?|weeks?|months?|years?|euros?|dollars?|times|rooms?|tablets?)"
    r"(?:/[A-Za-z0-9.²³]+)*"
)
_FIGURE = re.compile(rf"\d[\d,.]*(?:\s*(?:to|and|[-–])\s*\d[\d,.]*)?\s*{_UNITS}(?![A-Za-z])")
_ZH_UNITS = (
    "(?:个月|个工作日|小时|分钟|公斤|千克|毫克|微克|毫升|毫米汞柱|周岁|"
    "年|月|日|天|周|岁|元|倍|次|克|升|％|%)"
)
_HAN_FIGURE = "[一二三四五六七八九十百千万]"
_ZH_FIGURE = re.compile(
    rf"(?:\d[\d,.]*(?:[至到~—-]\d[\d,.]*)?|[百千万]分之{_HAN_FIGURE}+|{_HAN_FIGURE}{{1,6}})"
    rf"{_ZH_UNITS}(?:以[上下内])?"
)
_INSTRUCTION = {
    "en": (
        "You write exam questions. Write one short question that the text answers and that can be "
        "understood without the text. Write only the question."
    ),
    "zh": (
        "你负责出题。请根据下面的文字写一个简短的问题："
        "答案就在文字中，不看文字也能读懂。只写问题本身。"
    ),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question, the words of the passage that answer it, and what a right answer says."""

    question: str
    origin: Origin
    quote: str
    must_say: tuple[str, ...] = ()


def propose(passage: Passage) -> Iterator[Proposal]:
    """Yield what the form of ``passage`` lets one ask: at most one question and one figure."""
    language = detect(passage.text)
    parts = _body(passage, language)
    if not parts:
        return
    for rule in (_asked, _condition, _heading):
        if found := rule(passage, parts, language):
            yield found
            break
    if found := _figure(passage, parts, language):
        yield found


def propose_by(generator: Generator, passage: Passage) -> Proposal | None:
    """Return the question that ``generator`` writes for ``passage``; None where it is none.

    What it wrote is taken only if it is one question in the passage's language.

    Raises:
        GenerationError: when the model fails.
    """
    language = detect(passage.text)
    parts = _body(passage, language)
    if not parts:
        return None
    shown = f"{passage.title}\n\n{passage.text}"
    prompt = Prompt((Message("system", _INSTRUCTION[language]), Message("user", shown)))
    said = generator.generate(prompt).text.strip().splitlines()
    question = said[0].strip(' "“”') if said else ""
    if not (8 <= len(question) <= _LONGEST_QUESTION and question[-1] in _MARKS):
        return None
    return Proposal(question, "model", parts[0]) if detect(question) == language else None


def same(question: str) -> str:
    """Return ``question`` without case, spaces and punctuation: alike ones are the same."""
    return "".join(re.findall(r"\w+", question.casefold()))


def _body(passage: Passage, language: str) -> list[str]:
    """Return the sentences of ``passage`` below its heading that are worth quoting."""
    text = passage.text
    for head in (passage.section[-1] if passage.section else "", passage.title):
        if head and text.startswith(head):
            text = text[len(head) :].lstrip()
    shortest = _SHORTEST[language]
    said = (span.of(text) for span in sentences(text))
    return [s for s in said if shortest <= len(s) <= _LONGEST and "\n" not in s]


def _asked(passage: Passage, parts: Sequence[str], language: str) -> Proposal | None:
    """A heading that is a question is asked as it stands."""
    for head in (*passage.section[-1:], passage.title):
        bare = _NUMBERED.sub("", head)
        if len(bare) > 6 and bare[-1] in _MARKS:
            return Proposal(bare, "question", parts[0])
    return None


def _condition(passage: Passage, parts: Sequence[str], language: str) -> Proposal | None:
    """A rule for a case is asked for by its case, a duty or a right by who has it."""
    title = _titled(passage.title, language)
    for part in parts:
        if language == "en":
            match = _WHERE.match(part)
            if match and not _POINTING.match(match["what"]):
                asked = f"What applies {match['word'].lower()} {match['what']}, under {title}?"
                return Proposal(asked, "condition", part)
        elif match := _IN_CASE.match(part):
            return Proposal(f"根据{title}，{match['what']}，应当如何处理？", "condition", part)
        elif match := _DUTY.match(part):
            asked = f"根据{title}，{match['who']}{_MODALS[match['modal']]}？"
            return Proposal(asked, "condition", part)
    return None


def _heading(passage: Passage, parts: Sequence[str], language: str) -> Proposal | None:
    if not passage.section:
        return None
    head = _NUMBERED.sub("", passage.section[-1]).strip(" .:：—-")
    title = _titled(passage.title, language)
    if language == "en" and len(head) > 2:
        first = (
            head if head[:2].isupper() or not head[1:2].islower() else head[0].lower() + head[1:]
        )
        return Proposal(f"What does {title} say about {first}?", "heading", parts[0])
    if language == "zh" and len(head) > 1:
        return Proposal(f"{title}关于“{head}”是怎么说的？", "heading", parts[0])
    return None


def _figure(passage: Passage, parts: Sequence[str], language: str) -> Proposal | None:
    """A sentence with one figure is asked for by the sentence without it."""
    pattern = _FIGURE if language == "en" else _ZH_FIGURE
    for part in parts:
        figures = pattern.findall(part)
        if len(figures) != 1 or len(part) > _LONGEST_QUESTION // 2 + 40:
            continue
        figure = figures[0].strip()
        blank = _ITEM.sub("", part.replace(figure, "…"))
        title = _titled(passage.title, language)
        if language == "en":
            asked = f"Which figure does {title} give here: “{blank}”?"
        else:
            asked = f"{title}中“{blank}”里的数字是多少？"
        return Proposal(asked, "figure", part, (figure,))
    return None


def _titled(title: str, language: str) -> str:
    if language == "en":
        return f"“{title}”"
    return title if title.startswith("《") else f"《{title}》"
