"""Plain texts for continued pretraining, and the bare prompt with its completion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domainkit.training.formats.samples import Dialogue, Keys, Text, Unusable, exchange, words


@dataclass(frozen=True, slots=True)
class Texts(Keys):
    """A text at one key; of a file that holds nothing but texts, the row itself."""

    key: str
    bare: bool = False

    def fits(self, row: Any) -> bool:
        """Return whether ``row`` is such a text."""
        if isinstance(row, str):
            return self.bare
        return Keys.fits(self, row) and not {"instruction", "question_id", "label"} & row.keys()

    def read(self, row: Mapping[str, Any] | str) -> Sequence[Text]:
        """Return the text."""
        text = row if isinstance(row, str) else words(row, self.key)
        if not text.strip():
            raise Unusable("the text is empty")
        return [Text(text)]


class Completions(Keys):
    """A prompt and its completion, as texts."""

    def fits(self, row: Any) -> bool:
        """Return whether ``row`` has both and no judgement of them."""
        return Keys.fits(self, row) and "label" not in row

    def read(self, row: Mapping[str, Any]) -> Sequence[Dialogue]:
        """Return them as an exchange."""
        return [exchange(words(row, "prompt"), words(row, "completion"))]


TEXT = Texts(
    "text",
    "https://huggingface.co/docs/trl/dataset_formats#language-modeling",
    frozenset({"text"}),
    "text",
    True,
)
CONTENT = Texts(
    "lawgpt-content",
    "https://github.com/pengxiao-song/LaWGPT, src/data/example_instruction_train.json",
    frozenset({"content"}),
    "content",
)
COMPLETIONS = Completions(
    "prompt-completion",
    "https://huggingface.co/docs/trl/dataset_formats#prompt-completion",
    frozenset({"prompt", "completion"}),
)
