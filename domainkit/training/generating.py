"""Rows for training from an owner's passages: a model that teaches writes, code checks.

The methods differ in how a question comes about: from the passage alone (``reliable``, as
LawGPT_zh made its rows from articles), from examples of questions (``self-instruct``, Wang et al.
2022), by making a question harder (``evol``, Xu et al. 2023), by asking on after an answer
(``self-chat``, Xu et al. 2023, Baize), or reliable with the answer criticised and written again
(``critique``, after Madaan et al. 2023). All answers are written from the passage, and none is
kept whose sentences the passage does not hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from domainkit.packs.files import read_rows
from domainkit.packs.leakage import Evaluations
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.rows import MARKER
from domainkit.protocols import Generator
from domainkit.text import detect, sentences, terms
from domainkit.training.data.duplicates import Seen
from domainkit.types import Message, Passage, Prompt

Method = Literal["reliable", "self-instruct", "evol", "self-chat", "critique"]
METHODS: dict[str, Method] = {
    "reliable": "reliable",
    "self-instruct": "self-instruct",
    "evol": "evol",
    "self-chat": "self-chat",
    "critique": "critique",
}

# The share of a sentence's terms that its passage must hold, and the run of words both must have.
# A sentence in other words is turned away: what is taught is to say what the source says.
COVERED = 0.8
RUN = {"en": 4, "zh": 6}

_SHORTEST = 8  # characters of a question
_SAYS = {
    "en": {
        "question": "Write one short question that the text answers and that can be understood "
        "without the text. Write only the question.",
        "like": "These questions were asked before:\n{examples}\nWrite one more of their kind "
        "that the text answers. Write only the question.",
        "harder": "Make this question harder, so that it asks for a case or a condition that the "
        "text settles: {question}\nWrite only the question.",
        "further": "Somebody asked: {question}\nThey were told: {answer}\nWrite what they would "
        "ask next that the text answers. Write only the question.",
        "answer": "Answer the question from the text alone, in its own words, in one or two "
        "sentences.\nQuestion: {question}",
        "critique": "Question: {question}\nAnswer: {answer}\nWhat in the answer does the text not "
        "say, and what that is asked does it leave out? Answer in one sentence.",
        "again": "Question: {question}\nAnswer: {answer}\nCriticism: {critique}\nWrite the answer "
        "again, from the text alone, in its own words.",
    },
    "zh": {
        "question": "请根据文字写一个简短的问题：答案就在文字中，不看文字也能读懂。只写问题本身。",
        "like": "以前有人这样提问：\n{examples}\n"
        "请再写一个同类的、文字能回答的问题。只写问题本身。",
        "harder": "请把这个问题改得更难，问到文字所规定的某种情形或条件：{question}\n"
        "只写问题本身。",
        "further": "有人问：{question}\n得到的回答：{answer}\n请写出他接下来会问的、"
        "文字能回答的问题。只写问题本身。",
        "answer": "请只根据文字、用文字原有的词句，用一两句话回答问题。\n问题：{question}",
        "critique": "问题：{question}\n回答：{answer}\n"
        "回答中哪些是文字没有说的，又漏掉了什么？用一句话说明。",
        "again": "问题：{question}\n回答：{answer}\n意见：{critique}\n"
        "请只根据文字、用文字原有的词句重新回答。",
    },
}


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a passage: a row that is kept, or the reason why there is none."""

    passage: str
    row: dict[str, Any] | None
    reason: str = ""
    detail: str = ""


class Teacher:
    """Writes questions and answers over passages by one method."""

    def __init__(self, generator: Generator, method: Method, examples: Sequence[str]) -> None:
        self._generator = generator
        self._method = method
        self._examples = list(examples)

    def turns(self, passage: Passage) -> list[tuple[str, str]]:
        """Return questions about ``passage`` with their answers: of self-chat two, else one.

        Raises:
            GenerationError: when the model fails.
        """
        asked = self._question(passage)
        answer = self._say(passage, "answer", question=asked)
        if self._method == "critique":
            said = self._say(passage, "critique", question=asked, answer=answer)
            answer = self._say(passage, "again", question=asked, answer=answer, critique=said)
        pairs = [(asked, answer)]
        if self._method == "self-chat":
            further = _first(self._say(passage, "further", question=asked, answer=answer))
            pairs.append((further, self._say(passage, "answer", question=further)))
        return pairs

    def _question(self, passage: Passage) -> str:
        if self._method == "self-instruct" and self._examples:
            shown = "\n".join(f"- {example}" for example in self._examples[:4])
            return _first(self._say(passage, "like", examples=shown))
        asked = _first(self._say(passage, "question"))
        if self._method == "evol":
            return _first(self._say(passage, "harder", question=asked))
        return asked

    def _say(self, passage: Passage, what: str, **values: str) -> str:
        wanted = _SAYS[detect(passage.text)][what].format(**values)
        shown = f"{passage.title}\n\n{passage.text}\n\n{wanted}"
        return self._generator.generate(Prompt((Message("user", shown),))).text.strip()


def generate(
    teacher: Teacher,
    passages: Sequence[Passage],
    licence: Callable[[Passage], str],
    evaluations: Evaluations,
    folder: Path,
) -> Iterator[Made]:
    """Write rows about ``passages`` to ``folder`` and yield what became of each passage.

    ``rows.jsonl`` holds what is kept, as a pack's own rows; ``rejected.jsonl`` the rest with its
    reasons. What stands in either is not done again, so that it can be stopped and run again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept, rejected = folder / "rows.jsonl", folder / "rejected.jsonl"
    seen, done = Seen(), set[str]()
    for old in _lines(kept):
        seen.add(f"{old['question']}\n{MARKER.sub('', old['answer'])}", old["id"])
        done.add(old["id"].partition("#")[0])
    done |= {old["passage"] for old in _lines(rejected)}
    for passage in passages:
        if passage.id[:16] in done:
            continue
        for number, (asked, answer) in enumerate(teacher.turns(passage), start=1):
            name = f"{passage.id[:16]}#{number}"
            reason, detail = _why_not(asked, answer, passage, evaluations, seen, name)
            row = None if reason else _row(name, asked, answer, passage, licence(passage))
            made = Made(passage.id[:16], row, reason, detail)
            _append(kept if row else rejected, row or _refused(made, asked, answer))
            yield made


def examples(pack: Pack) -> list[str]:
    """Return questions of the pack's own rows, to be followed by ``self-instruct``."""
    paths = [path for folder in pack.folders for path in sorted(folder.glob("train/*.jsonl"))]
    rows = (row for path in paths for _, row in read_rows(path, path.name))
    return [str(row["question"]) for row in rows if isinstance(row, dict) and "question" in row]


def unsupported(answer: str, passage: str) -> str:
    """Return the first sentence of ``answer`` that ``passage`` does not hold, or nothing."""
    held, plain = set(terms(passage)), _plain(passage)
    for span in sentences(MARKER.sub("", answer)):
        said = span.of(MARKER.sub("", answer))
        used = terms(said)
        covered = sum(term in held for term in used) / len(used) if used else 0.0
        if covered < COVERED or not _shares_run(said, plain):
            return said
    return ""


def _why_not(  # noqa: PLR0917 - what a row is judged by
    asked: str, answer: str, passage: Passage, evaluations: Evaluations, seen: Seen, name: str
) -> tuple[str, str]:
    language = detect(passage.text)
    if len(asked) < _SHORTEST or asked[-1] not in "?？":
        return "it is no question", asked
    if detect(asked) != language or detect(answer) != language:
        return "it is in another language than its passage", asked
    if not answer:
        return "there is no answer", asked
    if wrong := unsupported(answer, passage.text):
        return "the passage does not hold a sentence of the answer", wrong
    if found := evaluations.holding(f"{asked}\n{answer}"):
        return f"it holds words of the evaluation set {found}", asked
    how, where = seen.add(f"{asked}\n{answer}", name)
    return how, where


def _row(name: str, asked: str, answer: str, passage: Passage, licence: str) -> dict[str, Any]:
    """Return a row of the pack's own layout: the answer cites its one source."""
    cited = MARKER.sub("", answer).rstrip()
    mark = cited[-1:] if cited[-1:] in ".。!！" else ""
    return {
        "id": name,
        "question": asked,
        "language": detect(passage.text),
        "sources": [
            {"title": passage.title, "locator": passage.locator or "1", "text": passage.text}
        ],
        "answer": f"{cited.removesuffix(mark)} [1]{mark}",
        "licence": licence,
        "origin": "generated from the owner's documents",
    }


def _refused(made: Made, asked: str, answer: str) -> dict[str, Any]:
    return {
        "passage": made.passage,
        "reason": made.reason,
        "detail": made.detail,
        "question": asked,
        "answer": answer,
    }


def _shares_run(said: str, passage: str) -> bool:
    """Return whether a run of words of ``said`` stands in ``passage`` word for word."""
    plain = _plain(said)
    if detect(said) == "zh":
        run = min(RUN["zh"], len(plain))
        return any(plain[i : i + run] in passage for i in range(len(plain) - run + 1))
    words = plain.split()
    run = min(RUN["en"], len(words))
    return any(
        f" {' '.join(words[i : i + run])} " in f" {passage} " for i in range(len(words) - run + 1)
    )


def _plain(text: str) -> str:
    words = re.findall(r"\w+", text.casefold())
    return ("" if detect(text) == "zh" else " ").join(words)


def _first(said: str) -> str:
    """Return the first line of what was said, without quotation marks around it."""
    return said.splitlines()[0].strip(' "“”') if said else ""


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _append(path: Path, row: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
