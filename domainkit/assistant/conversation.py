"""Makes a follow-up question stand alone, and tells it from one that turns to another subject.

By rule, not by a model: what is searched for is then what was asked, word for word, and nothing
else. How often the rules are right stands in ``benchmarks/results/conversation.md``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from domainkit.text import terms
from domainkit.text.analysis import fold
from domainkit.text.subject import subject
from domainkit.types import Message, Question

TURNS = 3  # questions that are remembered: further back, people name the subject again

# What points back, or says that something is left out.
_BACK = re.compile(
    r"^(?:and|but|or|also|then|so|ok|okay|what about|how about|what if|even if|why|how so"
    r"|what else)\b"
    r"|\b(?:it|its|they|them|their|this|that|these|those|he|him|his|she|her|hers|there|one|ones"
    r"|same|former|latter|instead|otherwise|else)\b"
)
_BACK_ZH = re.compile(
    "^(?:那|那么|还有|另外|如果|要是|假如|为什么|为啥|然后|但是|可是|例外)|[它其]|这[个种些样款条类]|那[个种些样款条类]"
    "|上述|刚才|前面|呢[?？]?$"
)
# What is asked of a subject, and for whom, but is none.
_ASPECTS = frozenset(
    terms(
        "dose dosage amount side effects symptoms cause treatment treated risk limit"
        " exception deadline penalty fee cost price maximum minimum highest lowest child"
        " children adult baby pregnancy pregnant woman women men elderly older younger"
        " people person patient age year month week day hour minute time take use wait stop"
        " start work help apply say mean need must may might different difference other more"
        " most least longer next first second night morning evening daily often once twice"
        " happen give reading number value level result between last reaction meanwhile talk"
        " drive drink eat sleep exercise smoke alcohol coffee food water milk travel doctor"
        " hospital clinic call pay sign written write still back again allowed possible"
    )
)
_ASPECTS_ZH = re.compile(
    "剂量|用量|副作用|症状|原因|治疗|风险|上限|下限|最多|最少|例外|期限|处罚|罚款|费用|价格|孩子|小孩|儿童|婴儿|成人|大人"
    "|老人|老年人|孕妇|孕期|女性|男性|病人|患者|岁|年|月|周|天|小时|分钟|次|早上|晚上|每天|一天|吃|用|停|等|做|去|说|算|不|没"
    "|喝|咖啡|酒|果汁|水|牛奶|母乳|饭|药|说话|代替|替代|医院|医生|洗澡|运动|开车|测|量|放|保存|继续|交|付|签|写"
    "|行|好|可能|必须|一样|不同|区别|其他|别的|以上|以下|超过|注意|办|问题|结果|数据|以后|之后|之前|当天|[一二三四五六七八九十两]"
)
_LEAST_ZH = 2  # characters that a subject has
_SHORT_ZH = 6  # characters: a question that stands alone is longer


def condense(question: Question) -> Question:
    """Return ``question`` with what it follows up before it; as it is where it stands alone.

    A question that names another subject than the last one begins anew.
    """
    if question.condensed:
        return question
    before = followed(question)
    if not before:
        return question
    return replace(question, condensed=" ".join([*before, question.text]))


def followed(question: Question) -> list[str]:
    """Return the questions that ``question`` follows up, the oldest first."""
    if stands_alone(question.text, question.language):
        return []
    return _thread(question.history, question.language)


def stands_alone(text: str, language: str) -> bool:
    """Return whether ``text`` names its own subject and points back at nothing."""
    asked = fold(text).strip()
    if language == "zh":
        own = "".join(re.findall(r"\w", _ASPECTS_ZH.sub("", subject(asked))))
        whole = len(re.findall(r"\w", asked))
        return not _BACK_ZH.search(asked) and len(own) >= _LEAST_ZH and whole > _SHORT_ZH
    return not _BACK.search(asked) and bool(_subjects(asked))


def _subjects(asked: str) -> set[str]:
    return {term for term in terms(asked) if term not in _ASPECTS and not term.isdigit()}


def _thread(history: Sequence[Message], language: str) -> list[str]:
    """Return the last question that stands alone and what followed it up, the oldest first."""
    asked = [message.content.strip() for message in history if message.role == "user"][-TURNS:]
    alone = [i for i, text in enumerate(asked) if stands_alone(text, language)]
    return asked[alone[-1] :] if alone else asked[-1:]
