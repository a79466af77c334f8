from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from sources import source

from domainkit.evaluation.asking import asked
from domainkit.types import Question, Retrieved

PASSAGES = 20
RARITY = math.log1p((PASSAGES - 1 + 0.5) / 1.5)


def found(text: str, number: int) -> Retrieved:
    return replace(source(text, number), score=0.5, via={})


def measures(*texts: str) -> Iterator[tuple[dict[str, float], bool]]:
    retrieved = [found(text, number) for number, text in enumerate(texts, start=1)]
    return asked(
        lambda *_, **__: retrieved,
        lambda _: ({"metformin": RARITY, "dosag": 0.7}, RARITY),
        Question("metformin dosage", language="en"),
        lambda item: "metformin" in item.passage.text,
        given=5,
    )


def test_a_word_that_only_the_left_out_document_holds_weighs_as_one_that_none_holds() -> None:
    (whole, suffices), (without, lacks) = measures("The metformin dosage.", "Another dosage.")
    assert (suffices, lacks) == (True, False)
    assert whole["missing"] == 0.0
    assert without["missing"] > 1.0


def test_how_many_passages_there_are_does_not_tell_what_was_left_out() -> None:
    (whole, _), (without, _) = measures("The metformin dosage.", "Another dosage.")
    assert whole["rarity"] == without["rarity"]
