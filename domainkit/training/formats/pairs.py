"""Rows of one question and one answer under other names: each project's own two keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domainkit.training.formats.samples import (
    Dialogue,
    Keys,
    Unusable,
    dialogue,
    exchange,
    texts,
    words,
)
from domainkit.types import Message


@dataclass(frozen=True, slots=True)
class Pairs(Keys):
    """A question, an answer, and the texts these rest on where there are any."""

    question: str
    answer: str
    references: str = ""

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the exchange."""
        rest_on = texts(row, self.references) if self.references else ()
        return [exchange(words(row, self.question), words(row, self.answer), rest_on)]


def pairs(name: str, source: str, question: str, answer: str, references: str = "") -> Pairs:
    """Return a layout of two keys; rows may have the third."""
    return Pairs(name, source, frozenset({question, answer}), question, answer, references)


class MedChatGlm(Keys):
    """Med-ChatGLM's ``context``, which holds the question between two labels, and ``target``."""

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the exchange without the labels, which a template puts back."""
        framed = _FRAME.fullmatch(words(row, "context"))
        if framed is None:
            raise Unusable("its context does not read '问题：…回答: '")
        return [exchange(framed[1], words(row, "target"))]


class LawyerLlama(Keys):
    """Lawyer LLaMA's dialogues over articles: ``[客户]`` and ``[律师]`` take turns."""

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the dialogue with the articles it rests on."""
        said: list[Message] = []
        for turn in texts(row, "history"):
            mark, _, words_said = turn.partition(" ")
            if mark not in _MARKS:
                raise Unusable(f"a turn begins with neither of {', '.join(_MARKS)}")
            said.append(Message("user" if mark == "[客户]" else "assistant", words_said))
        return [dialogue(said, texts(row, "laws"))]


class Guideline(Keys):
    """MedicalGPT-zh's questions and answers over a passage of a guideline."""

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return a dialogue a pair, each resting on the passage."""
        listed = row["qa_pairs"]
        if not isinstance(listed, list) or not listed:
            raise Unusable("it has no pair")
        passage = words(row, "指南")
        return [
            exchange(words(pair, "question"), words(pair, "answer"), [passage]) for pair in listed
        ]


_FRAME = re.compile(r"\s*问题：(.*?)\s*回答[:：]\s*", re.DOTALL)
_MARKS = ("[客户]", "[律师]")

LAW_GPT = pairs(
    "law-gpt", "https://github.com/LiuHC0428/LAW-GPT", "question", "answer", "reference"
)
LAW_GPT_RESULTS = pairs(
    "law-gpt-answers",
    "https://github.com/LiuHC0428/LAW-GPT, data/test_result_with_retriver.json",
    "问题",
    "回答",
)
DISC_LAW = pairs(
    "disc-law",
    "https://github.com/FudanDISC/DISC-LawLLM (DISC-Law-SFT: pairs and triplets)",
    "input",
    "output",
    "reference",
)
BELLE_QUESTIONS = pairs(
    "belle-evaluation",
    "https://github.com/LianjiaTech/BELLE, eval/eval_set.json",
    "question",
    "std_answer",
)
LAWYER_LLAMA_COUNSEL = pairs(
    "lawyer-llama-counsel",
    "https://github.com/AndrewZhe/lawyer-llama, data/legal_counsel_with_article_v2.json",
    "query",
    "response",
    "laws",
)
LAWYER_LLAMA_TURNS = LawyerLlama(
    "lawyer-llama-turns",
    "https://github.com/AndrewZhe/lawyer-llama, data/multi_turn_with_article_v2.json",
    frozenset({"laws", "history"}),
)
MED_CHATGLM = MedChatGlm(
    "med-chatglm",
    "https://github.com/SCIR-HI/Med-ChatGLM, data/train.txt",
    frozenset({"context", "target"}),
)
GUIDELINE = Guideline(
    "medicalgpt-zh",
    "https://github.com/MediaBrain-SJTU/MedicalGPT-zh, data/book_based_qa.json",
    frozenset({"指南", "qa_pairs"}),
)
