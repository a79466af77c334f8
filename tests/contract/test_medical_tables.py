"""The medical pack's tables of doses and interactions, where a wrong line would do harm."""

from __future__ import annotations

import pytest
from sources import source

from domainkit.guards import citations
from domainkit.guards.dosing import DosingGuard
from domainkit.guards.interactions import InteractionGuard
from domainkit.packs import loader
from domainkit.types import Prompt, Question

MEDICAL = loader.load("medical")
INTERACTIONS = InteractionGuard.from_pack(MEDICAL)
DOSING = DosingGuard.from_pack(MEDICAL)
ASKED = [
    # fluoxetine stays in the body for weeks, disulfiram for two
    ("May fluoxetine be taken after phenelzine?", "five weeks after fluoxetine"),
    ("氟西汀和吗氯贝胺能合用吗", "停用氟西汀后至少5周"),
    ("Can I have a beer on Antabuse?", "up to 14 days after the last dose"),
    ("打了头孢哌酮能喝酒吗", "停药后五天内"),
    ("Can I drink wine with metronidazole?", "for three days after"),
    # both ways to write diltiazem
    ("地尔硫卓和辛伐他汀能一起吃吗", "他汀"),
    ("地尔硫䓬和辛伐他汀能一起吃吗", "他汀"),
    ("Is naproxen safe with low-dose aspirin?", "naproxen"),
    ("May I take ibuprofen with losartan?", "kidneys"),
    ("Can sertraline be taken with naproxen?", "bleeding"),
]
# the most of a label anywhere, and ten times the usual dose
GIVEN = [
    ("The maximum of metformin is 3,000 mg a day.", "pass"),
    ("The maximum of metformin is 5,000 mg a day.", "refuse"),
    ("Semaglutide 7.2 mg is injected once a week.", "pass"),
    ("Semaglutide 24 mg is injected once a week.", "refuse"),
    ("In oliguria furosemide is raised to 2,000 mg a day.", "pass"),
    ("Adults take furosemide 4,000 mg a day.", "refuse"),
]


@pytest.mark.parametrize(("asked", "said"), ASKED)
def test_what_is_said_of_two_medicines_is_true_of_both(asked: str, said: str) -> None:
    assert INTERACTIONS
    question = Question(asked, language="en" if asked.isascii() else "zh")
    draft = citations.draft(question, Prompt((), (), question), "")
    assert said in INTERACTIONS.check(draft).text


@pytest.mark.parametrize(("said", "action"), GIVEN)
def test_the_most_of_a_drug_leaves_room_for_every_label(said: str, action: str) -> None:
    assert DOSING
    question = Question("What is the dose?")
    draft = citations.draft(question, Prompt((), (source(said),), question), f"{said} [1]")
    assert DOSING.check(draft).action == action
