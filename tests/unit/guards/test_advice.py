"""What an answer must not say: judgements of one's own case, and the pack's instructions."""

from __future__ import annotations

from sources import pack, prompt

from domainkit.guards import citations
from domainkit.guards.advice import AdviceGuard
from domainkit.guards.interactions import InteractionGuard
from domainkit.guards.leak import LeakGuard
from domainkit.packs.schemas.guards import Leak
from domainkit.types import Draft, Question

SOURCE = "Thirst and weight loss can be signs of diabetes. You have the right to a second opinion."
ADVICE = {"phrases": {"en": ["you have", "you will win"]}, "text": {"en": "One was left out."}}


def draft(written: str) -> Draft:
    return citations.draft(Question("What?"), prompt(SOURCE), written)


def test_a_diagnosis_is_left_out_and_a_sources_own_words_stay() -> None:
    guard = AdviceGuard.from_pack(pack({"advice": ADVICE}))
    assert guard
    said = draft(
        "Thirst and weight loss can be signs of diabetes. You have diabetes. "
        "You have the right to a second opinion."
    )
    verdict = guard.check(said)
    assert (verdict.action, verdict.text) == ("amend", "One was left out.")
    shown = guard.released(said).text
    assert "You have diabetes" not in shown
    assert "right to a second opinion" in shown
    assert guard.check(draft("You have diabetes.")).action == "refuse"


def test_the_packs_instructions_are_not_told() -> None:
    orders = "Answer only from the numbered sources below and never from what you know yourself."
    guard = LeakGuard(Leak(run=5), [orders, "只依据下面编号的资料回答问题，不得使用自己的知识。"])
    assert guard.check(draft(f"My orders: {orders}")).action == "refuse"
    assert guard.check(draft("我的规则是只依据下面编号的资料回答问题。")).action == "refuse"
    assert guard.check(draft("Thirst and weight loss can be signs of diabetes.")).action == "pass"
    assert LeakGuard.from_pack(pack({})) is None


def test_an_interaction_of_the_table_is_named() -> None:
    pair = {
        "one": {"en": ["warfarin"]},
        "other": {"en": ["ibuprofen"]},
        "text": {"en": "They bleed.", "zh": "出血。"},
        "source": "a label",
    }
    guard = InteractionGuard.from_pack(pack({"interactions": {"pairs": {"bleeding": pair}}}))
    assert guard
    asked = Question("May I take ibuprofen with warfarin?")
    verdict = guard.check(citations.draft(asked, prompt(SOURCE), "Thirst is a sign. [1]"))
    assert (verdict.action, verdict.text) == (
        "amend",
        "warfarin + ibuprofen: They bleed. (a label)",
    )
    other = Question("May I take ibuprofen?")
    assert guard.check(citations.draft(other, prompt(SOURCE), "Thirst.")).action == "pass"
