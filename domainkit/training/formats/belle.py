"""BELLE's rows: Alpaca's keys, and dialogues of many turns written into the instruction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from domainkit.training.formats.samples import Dialogue, Keys, dialogue, words
from domainkit.types import Message

_TURN = re.compile(r"(Human|Assistant)[:：]")


class Belle(Keys):
    """``multiturn_chat``: the instruction reads "Human:… Assistant:… Human:… Assistant:"."""

    def fits(self, row: Any) -> bool:
        """Return whether the instruction is a dialogue that waits for an answer."""
        if not Keys.fits(self, row):
            return False
        said = str(row["instruction"]).strip()
        return said.startswith("Human") and _TURN.split(said)[-2:] == ["Assistant", ""]

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return all turns of the row, the output last."""
        _, *parts = _TURN.split(words(row, "instruction").strip())
        said = [
            Message("user" if who == "Human" else "assistant", text.strip())
            for who, text in zip(parts[::2], parts[1::2], strict=True)
        ]
        return [dialogue([*said[:-1], Message("assistant", words(row, "output"))])]


BELLE = Belle(
    "belle",
    "https://huggingface.co/datasets/BelleGroup/multiturn_chat_0.8M",
    frozenset({"instruction", "output"}),
)
