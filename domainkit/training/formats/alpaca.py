"""Alpaca's rows, and those of the projects that kept its three keys for their own dialogues."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domainkit.training.formats.samples import (
    Dialogue,
    Keys,
    Unusable,
    dialogue,
    exchange,
    words,
)
from domainkit.types import Message

# What ChatDoctor puts in every row's instruction; DoctorGLM's rows are its translation.
CHATDOCTOR = (
    "If you are a doctor, please answer the medical questions based on the patient's description.",
    "如果您是医生，请根据患者的描述回答医学问题。",
)
_TURN = re.compile(r"<(user|bot)>:")
_ROLES = {"user": "user", "bot": "assistant"}
_PLACEHOLDER = re.compile(r"\{\{\s*\w+\s*\}\}")


class Alpaca(Keys):
    """An instruction, perhaps what it is about, and what to write.

    LLaMA-Factory's ``system`` and ``history`` come before it where a row has them. Instruction
    and input are joined by a line break, as LLaMA-Factory joins them for chat templates.
    """

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the row's dialogue."""
        answer = words(row, "output")
        said = words(row, "instruction"), words(row, "input")
        if any(_PLACEHOLDER.search(text) for text in (*said, answer)):
            raise Unusable("it holds a placeholder such as {{name}}")
        before = [Message("system", system)] if (system := words(row, "system")) else []
        for turn in row.get("history") or []:
            if not isinstance(turn, list) or len(turn) != 2:
                raise Unusable("'history' is not a list of pairs")
            before += [Message("user", str(turn[0])), Message("assistant", str(turn[1]))]
        question = "\n".join(text for text in said if text.strip())
        turns = [*before, Message("user", question), Message("assistant", answer)]
        return [replace(dialogue(turns), given=said[1] if said[0].strip() else "")]


class ChatDoctor(Keys):
    """Alpaca's keys with one and the same instruction: the input is the patient's question."""

    def fits(self, row: Any) -> bool:
        """Return whether ``row`` has the instruction that tells these rows."""
        return Keys.fits(self, row) and row["instruction"] in CHATDOCTOR

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the question and answer under the instruction as a system's words."""
        turns = [
            Message("system", words(row, "instruction")),
            Message("user", words(row, "input")),
            Message("assistant", words(row, "output")),
        ]
        return [dialogue(turns)]


class Literature(Keys):
    """BenTsao's dialogues over papers: the turns so far stand in the instruction."""

    def fits(self, row: Any) -> bool:
        """Return whether the instruction begins with a turn's mark."""
        return Keys.fits(self, row) and str(row["instruction"]).lstrip().startswith("<user>:")

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return all turns of the row, the output last."""
        _, *parts = _TURN.split(words(row, "instruction"))
        turns = [
            Message("user" if _ROLES[who] == "user" else "assistant", said.strip())
            for who, said in zip(parts[::2], parts[1::2], strict=True)
        ]
        return [dialogue([*turns, Message("assistant", words(row, "output"))])]


class Listed:
    """Lawyer LLaMA's first rows: each a list of Alpaca's, one a turn."""

    name = "lawyer-llama"
    source = "https://github.com/AndrewZhe/lawyer-llama, data/judical_examination.json"
    keys = frozenset({"instruction", "input", "output"})

    def fits(self, row: Any) -> bool:
        """Return whether ``row`` is a list of mappings with Alpaca's keys."""
        return (
            isinstance(row, list)
            and bool(row)
            and all(isinstance(turn, Mapping) and self.keys <= turn.keys() for turn in row)
        )

    def read(self, row: Sequence[Mapping[str, Any]]) -> Sequence[Dialogue]:
        """Return the turns as one dialogue."""
        turns = [message for turn in row for message in ALPACA.read(turn)[0].turns]
        return [dialogue(turns)]


class Seeds(Keys):
    """Self-Instruct's seed tasks: an instruction and instances of it."""

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return a dialogue an instance."""
        instances = row["instances"]
        if not isinstance(instances, list) or not instances:
            raise Unusable("it has no instance")
        return [
            exchange(
                "\n".join(filter(None, (words(row, "instruction"), words(instance, "input")))),
                words(instance, "output"),
            )
            for instance in instances
        ]


_KEYS = frozenset({"instruction", "input", "output"})
ALPACA = Alpaca(
    "alpaca",
    "https://github.com/tatsu-lab/stanford_alpaca#data-release",
    frozenset({"instruction", "output"}),
)
CHATDOCTOR_ROWS = ChatDoctor("chatdoctor", "https://github.com/Kent0n-Li/ChatDoctor", _KEYS)
LITERATURE = Literature(
    "bentsao-literature",
    "https://github.com/SCIR-HI/Huatuo-Llama-Med-Chinese, data-literature/liver_cancer.json",
    _KEYS,
)
LISTED = Listed()
SEEDS = Seeds(
    "self-instruct",
    "https://github.com/yizhongw/self-instruct, data/seed_tasks.jsonl",
    frozenset({"instruction", "instances"}),
)
