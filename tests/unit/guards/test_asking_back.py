"""Guards that ask back or say what they are not for: missing facts, places, languages."""

from __future__ import annotations

import pytest
from sources import pack

from domainkit.guards.clarify import ClarifyGuard
from domainkit.guards.jurisdiction import JurisdictionGuard
from domainkit.guards.language import foreign
from domainkit.types import Question

FACTS = {
    "facts": {
        "weight": {
            "all": {"en": [["dose"], ["child", "baby"]], "zh": [["剂量"], ["孩子"]]},
            "unless": {"en": ["kg"], "zh": ["公斤"]},
            "text": {"en": "How heavy?", "zh": "多重？"},
        }
    }
}
PLACE = {"text": {"en": "Asked of $named, held $held.", "zh": "问$named，有$held。"}}


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("What is the dose for my child?", "ask"),
        ("What is the dose for a child of 10 kg?", "pass"),
        ("What is the dose for adults?", "pass"),
        ("孩子的剂量是多少", "ask"),
        ("孩子10公斤，剂量是多少", "pass"),
    ],
)
def test_a_missing_fact_is_asked_for(text: str, action: str) -> None:
    guard = ClarifyGuard.from_pack(pack({"clarify": FACTS}))
    assert guard
    assert guard.check(Question(text)).action == action


@pytest.mark.parametrize(
    ("text", "held", "action"),
    [
        ("What is the deposit under German law?", {"osterhaven"}, "refuse"),
        ("What is the deposit?", {"osterhaven"}, "pass"),
        ("What is the deposit in Germany?", {"DE-BY"}, "pass"),
        ("What is the deposit in Germany?", {"osterhaven", ""}, "pass"),
        ("What is the deposit in Germany?", set(), "pass"),
        ("May a Swiss firm rent in Osterhaven?", {"osterhaven"}, "pass"),
        ("德国的押金规定是什么", {"osterhaven"}, "refuse"),
        ("德国人租房要付押金吗", {"osterhaven"}, "pass"),
    ],
)
def test_the_law_of_a_place_without_texts_is_refused(
    text: str, held: set[str], action: str
) -> None:
    guard = JurisdictionGuard.from_pack(
        pack({"jurisdiction": PLACE}), jurisdictions=lambda: frozenset(held)
    )
    assert guard
    assert guard.check(Question(text)).action == action


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Wie lange ist die Kündigungsfrist?", "de"),
        ("Quelle est la dose maximale pour un adulte ?", "fr"),
        ("¿Cuál es la dosis para un adulto?", "es"),
        ("Как измерить давление?", "ru"),
        ("血圧をどう測りますか", "ja"),
        ("O senhorio pode aumentar a renda?", "pt"),
        ("List as many vaccines as possible.", ""),
        ("What is Guillain-Barré syndrome?", ""),
        ("What does force majeure mean?", ""),
        ("metformin eGFR", ""),
        ("什么是Sjögren综合征", ""),
        ("", ""),
    ],
)
def test_other_languages_are_told(text: str, code: str) -> None:
    assert foreign(text) == code
