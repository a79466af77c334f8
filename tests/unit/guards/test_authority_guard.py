from __future__ import annotations

from datetime import date

import pytest
from sources import source

from domainkit.guards import citations
from domainkit.guards.authorities import AuthorityGuard
from domainkit.guards.pipeline import GuardPipeline
from domainkit.packs import loader
from domainkit.packs.schemas.guards import AuthorityCheck
from domainkit.packs.works import Works
from domainkit.types import Draft, Prompt, Question

LEGAL, MEDICAL = loader.load("legal"), loader.load("medical")
RULE = "经营者应当自收到退货之日起七日内返还消费者支付的价款。"
OTHER = "网络平台应当每年公布一次投诉的处理情况和结果。"
SOURCES = (
    source(RULE, 1, title="澜汀市消费者权益保护条例（虚构）", locator="第二十五条"),
    source(OTHER, 2, title="澜汀市消费者权益保护条例（虚构）", locator="第五十条"),
)
PAPER = source("The drug lowered blood pressure in adults.", 1, meta={"id": "PMID: 12345678"})
OTHER_PAPER = source("Mice slept more in the dark months.", 2, meta={"id": "PMID: 87654321"})


def guard(mode: str = "annotate", pack: object = LEGAL) -> AuthorityGuard:
    assert hasattr(pack, "works")
    works = Works(pack.works)
    options = AuthorityCheck.model_validate({"mode": mode})
    return AuthorityGuard(options, pack.authorities, works, names=works.names)


def draft(written: str, *sources: object, language: str = "zh") -> Draft:
    question = Question("?", as_of=date(2024, 1, 1), language=language)
    return citations.draft(question, Prompt((), sources or SOURCES, question), written)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "standing"),
    [
        (f"《消费者权益保护条例》第二十五条规定：{RULE}[1]", None),
        (f"根据第二十五条，{RULE}[1]", None),
        (f"《消费者权益保护条例》第五十条规定：{RULE}[1]", "elsewhere"),
        (f"《消费者权益保护条例》第六十条规定：{RULE}[1]", "elsewhere"),
        (f"《消费者权益保护条例》第二百五条规定：{RULE}[1]", "malformed"),
        (f"《合同法》第二十五条规定：{RULE}[1]", "repealed"),
        ("《民法典》第一千条另有规定。", None),
        ("《民法典》第一千三百条另有规定。", "absent"),
        ("《民法商法》第七条另有规定。", "unknown"),
        ("第七条另有规定。", "unknown"),
        (f"第二十五条规定：“{RULE}”[1]", None),
        (
            "第二十五条规定：“经营者应当自收到退货之日起十日内返还消费者支付的价款。”[1]",
            "misquoted",
        ),
    ],
)
def test_what_an_answer_names_is_held_against_sources_and_works(
    written: str, standing: str | None
) -> None:
    found = guard().faults(draft(written))
    assert [fault.standing for fault in found] == ([standing] if standing else [])


@pytest.mark.parametrize(
    ("pmid", "standing"), [("12345678", None), ("87654321", "elsewhere"), ("11111111", "unknown")]
)
def test_a_paper_has_to_be_the_one_that_is_cited(pmid: str, standing: str | None) -> None:
    written = f"As PMID: {pmid} reports, the drug lowered blood pressure in adults [1]."
    found = guard(pack=MEDICAL).faults(draft(written, PAPER, OTHER_PAPER, language="en"))
    assert [fault.standing for fault in found] == ([standing] if standing else [])


def test_annotate_names_the_faults_in_the_language_of_the_question() -> None:
    wrong = f"《合同法》第七十二条规定：{RULE}[1]"
    verdict = guard().check(draft(wrong))
    assert (verdict.guard, verdict.action) == ("authorities", "amend")
    assert verdict.text == "采用前请核实：《合同法》第七十二条: 自2021-01-01起失效，由民法典取代"
    english = guard().check(draft(wrong, language="en"))
    assert "not in force since 2021-01-01, replaced by 民法典" in english.text
    assert guard().released(draft(wrong)) == draft(wrong)


def test_repair_corrects_what_has_one_right_spelling() -> None:
    written = f"《消费者权益保护条例》第五十条规定：{RULE}[1]"
    repaired = guard("repair").released(draft(written))
    assert repaired.text == f"《消费者权益保护条例》第二十五条规定：{RULE}[1]"
    assert [claim.verdict for claim in repaired.claims] == ["supported"]
    assert guard("repair").check(draft(written)).action == "amend"
    misspelt = guard("repair").released(draft("《消费者权宜保护法》第二条另有规定。"))
    assert misspelt.text == "《消费者权益保护法》第二条另有规定。"


def test_repair_leaves_out_what_cannot_be_put_right() -> None:
    mixed = draft(f"{OTHER}[2]《合同法》第七十二条规定：{RULE}[1]")
    assert guard("repair").released(mixed).text == f"{OTHER}[2]"
    assert guard("repair").check(mixed).action == "amend"
    alone = draft(f"《合同法》第七十二条规定：{RULE}[1]")
    assert guard("repair").check(alone).action == "refuse"


def test_withhold_releases_nothing_that_has_a_fault() -> None:
    assert (
        guard("withhold").check(draft(f"《合同法》第七十二条规定：{RULE}[1]")).action == "refuse"
    )
    assert guard("withhold").check(draft(f"{OTHER}[2]")).action == "pass"


def test_the_pipeline_folds_it_into_the_answer() -> None:
    pipeline = GuardPipeline.from_pack(LEGAL, authorities=Works(LEGAL.works))
    mixed = draft(f"{OTHER}[2]《合同法》第七十二条规定：{RULE}[1]")
    answer = pipeline.finish(mixed, sufficiency=1.0, verdicts=())
    assert (answer.status, answer.text) == ("answered", f"{OTHER}[2]")
    alone = draft(f"《合同法》第七十二条规定：{RULE}[1]")
    assert pipeline.finish(alone, sufficiency=1.0, verdicts=()).status == "insufficient"


@pytest.mark.parametrize(
    ("named", "standing"),
    [
        ("Article 6(1)(b) GDPR", None),
        ("Article 6(1) GDPR", None),  # what the source names is of it
        ("Article 6(1)(h) GDPR", "elsewhere"),
        ("Article 7(1) GDPR", None),  # another article, and there is one
        ("Article 112 GDPR", "absent"),
        ("Regulation (EU) No 1215/2012", None),
        ("Regulation (EU) No 1215/2021", "unknown"),
        ("[1932] AC 562", None),
        ("[1952] AC 562", "unknown"),
    ],
)
def test_a_part_of_an_article_or_a_number_that_no_source_names(
    named: str, standing: str | None
) -> None:
    told = "Article 6(1)(b) GDPR, Regulation (EU) No 1215/2012 and [1932] AC 562 name the rule."
    given = source(told, 1, title="Note")
    found = guard().faults(draft(f"The rule stands in {named} [1].", given, language="en"))
    assert [fault.standing for fault in found] == ([standing] if standing else [])
