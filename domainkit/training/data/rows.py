"""A row that may be trained on, as it is written to disk and read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domainkit.text.language import detect
from domainkit.training.formats.samples import Comparison, Dialogue, Judged, Sample, Text
from domainkit.types import Message

Split = Literal["train", "held-out"]
KINDS = {Dialogue: "dialogue", Text: "text", Comparison: "comparison", Judged: "verdict"}


@dataclass(frozen=True, slots=True)
class DataRow:
    """What is trained, where it stands, whose it is and under which licence it may be used."""

    sample: Sample
    place: str
    origin: str
    licence: str
    split: Split = "train"

    @property
    def kind(self) -> str:
        """What sort of sample it is."""
        return KINDS[type(self.sample)]

    @property
    def text(self) -> str:
        """All its words, to be compared with those of others."""
        return "\n".join(said(self.sample))

    @property
    def answer(self) -> str:
        """What the model is to write: the first answer of a dialogue, the best of several."""
        match self.sample:
            case Text(text):
                return text
            case Dialogue(turns):
                return "\n".join(turn.content for turn in turns if turn.role == "assistant")
            case Comparison(_, answers):
                return answers[0]
            case Judged(_, answer):
                return answer

    @property
    def language(self) -> str:
        """The language of its words."""
        return detect(self.text)

    @property
    def id(self) -> str:
        """A name that follows from its words alone."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def record(self) -> dict[str, Any]:
        """Return the row as a line of a built file, in the layouts that are imported too."""
        about = {"id": self.id, "place": self.place, "origin": self.origin}
        return {
            **_written(self.sample),
            **about,
            "licence": self.licence,
            "language": self.language,
            "split": self.split,
        }


def line(row: DataRow) -> str:
    """Return ``row`` as a line of JSON."""
    return json.dumps(row.record(), ensure_ascii=False) + "\n"


def said(sample: Sample) -> list[str]:
    """Return every text of ``sample``, in order."""
    match sample:
        case Text(text):
            return [text]
        case Dialogue(turns):
            return [turn.content for turn in turns]
        case Comparison(turns, answers):
            return [*(turn.content for turn in turns), *answers]
        case Judged(turns, answer):
            return [*(turn.content for turn in turns), answer]


def _written(sample: Sample) -> dict[str, Any]:
    match sample:
        case Text(text):
            return {"text": text}
        case Dialogue(turns, references, given):
            beside = {"references": list(references), "given": given}
            return {"messages": _messages(turns), **{k: v for k, v in beside.items() if v}}
        case Comparison(turns, answers, scores) if len(answers) > 2 or scores:
            scored = {"scores": list(scores)} if scores else {}
            return {"prompt": _messages(turns), "answers": list(answers), **scored}
        case Comparison(turns, (good, bad)):
            return {"prompt": _messages(turns), "chosen": good, "rejected": bad}
        case Judged(turns, answer, good):
            return {"prompt": _messages(turns), "completion": answer, "label": good}
    raise AssertionError(f"not a sample: {sample!r}")


def _messages(turns: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]
