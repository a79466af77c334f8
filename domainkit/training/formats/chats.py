"""Dialogues as lists of turns: ShareGPT's, OpenAI's messages, Firefly's and Chinese-Vicuna's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from domainkit.training.formats.samples import Dialogue, Keys, Unusable, dialogue, words
from domainkit.types import Message

Speaker = Literal["system", "user", "assistant"]

# Who speaks, as the published files name them.
SPEAKERS: dict[str, Speaker] = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
}
_CALLS = {"function_call", "observation", "tool", "function"}


def turns(listed: Any, who: str, what: str) -> list[Message]:
    """Return a list of mappings as messages; ``who`` and ``what`` are the keys of its entries.

    Raises:
        Unusable: for another layout, or a speaker who is neither of the three.
    """
    if not isinstance(listed, list) or not all(isinstance(turn, Mapping) for turn in listed):
        raise Unusable("its turns are not a list of mappings")
    return [Message(_speaker(words(turn, who)), words(turn, what)) for turn in listed]


def _speaker(name: str) -> Speaker:
    if name in SPEAKERS:
        return SPEAKERS[name]
    if name in _CALLS:
        raise Unusable("it calls functions, which no assistant here does")
    raise Unusable(f"'{name}' is no speaker: known are {', '.join(SPEAKERS)}")


class ShareGpt(Keys):
    """``conversations`` of ``from`` and ``value``, as Vicuna's FastChat reads them."""

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the row's dialogue, under its ``system`` where it has one."""
        system = [Message("system", said)] if (said := words(row, "system")) else []
        return [dialogue([*system, *turns(row["conversations"], "from", "value")])]


class Messages(Keys):
    """``messages`` of ``role`` and ``content``, as OpenAI's chat protocol has them.

    Ours too: ``domainkit train data build`` writes dialogues so, with ``references`` and
    ``given`` beside them.
    """

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the row's dialogue."""
        said = turns(row["messages"], "role", "content")
        references = [str(text) for text in row.get("references") or []]
        return [replace(dialogue(said, references), given=words(row, "given"))]


class Firefly(Keys):
    """``conversation`` of pairs ``human`` and ``assistant``; Taiyi's rows too."""

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the row's dialogue."""
        said: list[Message] = []
        for turn in row["conversation"]:
            said += [
                Message("user", words(turn, "human")),
                Message("assistant", words(turn, "assistant")),
            ]
        return [dialogue(said)]


class ChineseVicuna(Keys):
    """``input`` and ``output`` as lists of the same length, a turn each."""

    def fits(self, row: Any) -> bool:
        """Return whether both are lists."""
        return Keys.fits(self, row) and all(isinstance(row[key], list) for key in self.keys)

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return the row's dialogue."""
        if len(row["input"]) != len(row["output"]):
            raise Unusable("it has not as many answers as questions")
        said: list[Message] = []
        for question, answer in zip(row["input"], row["output"], strict=True):
            said += [Message("user", str(question)), Message("assistant", str(answer))]
        return [dialogue(said)]


SHAREGPT = ShareGpt(
    "sharegpt",
    "https://github.com/lm-sys/FastChat, data/dummy_conversation.json",
    frozenset({"conversations"}),
)
MESSAGES = Messages(
    "messages",
    "https://platform.openai.com/docs/api-reference/chat",
    frozenset({"messages"}),
)
FIREFLY = Firefly(
    "firefly",
    "https://github.com/yangjianxin1/Firefly, data/dummy_data.jsonl",
    frozenset({"conversation"}),
)
CHINESE_VICUNA = ChineseVicuna(
    "chinese-vicuna",
    "https://github.com/Facico/Chinese-Vicuna, sample/chat_sample.jsonl",
    frozenset({"input", "output"}),
)
