from __future__ import annotations

import json

import pytest
from sources import pack, prompt

from domainkit.guards import citations
from domainkit.guards.privacy import PrivacyGuard
from domainkit.packs import loader
from domainkit.text.identifiers import chinese_id, iban, identifiers, luhn
from domainkit.types import Message, Question


def guard() -> PrivacyGuard:
    made = PrivacyGuard.from_pack(pack({"privacy": {}}))
    assert made
    return made


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("card 4111 1111 1111 1111 was charged", "card", "4111 1111 1111 1111"),
        ("身份证11010519491231002X的患者", "identity-number", "11010519491231002X"),
        ("SSN 460-89-9847 please", "identity-number", "460-89-9847"),
        ("refund GB59IFUE40226315499137 now", "iban", "GB59IFUE40226315499137"),
        ("MRN A1234567 had a scan", "record-number", "A1234567"),
        ("住院号：2023001234", "record-number", "2023001234"),
        ("打13812345678联系我", "phone", "13812345678"),
        ("call me on 9472 7916 today", "phone", "9472 7916"),
        ("write to li.na@mail.example", "email", "li.na@mail.example"),
        ("from 41.173.96.26 again", "ip", "41.173.96.26"),
        ("My name is Anna Kowalska and", "name", "Anna Kowalska"),
        ("患者张伟，男", "name", "张伟"),
        ("lives at 14 Crown Street", "address", "14 Crown Street"),
        ("北京市朝阳区建国路88号", "address", "北京市朝阳区建国路88号"),
        ("Mobile: 03.93.92.16.85, please", "phone", "03.93.92.16.85"),
        ("he lives at 12 Rue de Lyon now", "address", "12 Rue de Lyon"),
        ("sent to Hersnapvej 18, Funen", "address", "Hersnapvej 18"),
        ("room in Suite 501 above", "address", "Suite 501"),
        ("a letter of Mrs. Poissonnier came", "name", "Poissonnier"),
        ("Follow up with Laura Carvalho soon", "name", "Laura Carvalho"),
        ("My son Oskar takes it", "name", "Oskar"),
        ("Is it known whether Patricia Desrosiers paid?", "name", "Patricia Desrosiers"),
        ("Where does Teresa live, and Patricia's address?", "name", "Patricia"),
        ("Kind regards,\nMaria Lopez", "name", "Maria Lopez"),
        ("签名：王小明", "name", "王小明"),
        ("刘丽女士来电", "name", "刘丽"),
        ("P.O. Box 4512 please", "address", "P.O. Box 4512"),
        ("she lives at 5366 Pivovarska 276 now", "address", "5366 Pivovarska 276"),
        ("475 Breivangvegen 38 Suite 490", "address", "475 Breivangvegen 38 Suite 490"),
        ("Via Roma 131\nMontafia\nItaly 39767", "address", "Via Roma 131\nMontafia\nItaly 39767"),
        ("London SW1A 1AA", "postcode", "SW1A 1AA"),
        ("Springfield, IL 62701", "postcode", "IL 62701"),
    ],
)
def test_what_names_a_person_is_found(text: str, kind: str, found: str) -> None:
    assert (kind, found) in [(f.kind, f.text) for f in identifiers(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Metformin 500 mg twice a day, at most 2,550 mg",
        "in force from 2024-03-01 until 2026-12-31",
        "card 4111 1111 1111 1112",
        "编号110105194912310021",
        "Order 123456789 was shipped",
        "eGFR below 30 mL/min/1.73 m²",
        "《民法典》第一千零八十七条",
        "What is Graves disease, and how is it told from Crohn's disease?",
        "Does Wilson's disease run in families, as Parkinson's disease does?",
        "What was held in Smith v Jones and in Patricia Hale v Pruitt?",
        "Is Donald Trump Law a name? Henry's Law is one.",
        "§ 33 Labour Court of Osterhaven",
        "On 12 March 2024 the rate rose to 3 percent",
        "各位女士，那些先生",
        "Does paracetamol or Sertraline help?",
    ],
)
def test_other_numbers_are_left(text: str) -> None:
    assert identifiers(text) == []


@pytest.mark.parametrize("name", ["medical", "legal", "biomedical"])
def test_no_question_of_a_pack_names_a_person(name: str) -> None:
    """Drugs, diseases that bear a name, parties of a case: none is taken for someone's name."""
    folder = loader.load(name).folder
    paths = (folder / "eval" / "questions.jsonl", folder / "train" / "rows.jsonl")
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    personal = {"name", "address", "postcode"}
    found = [f for line in lines for f in identifiers(json.loads(line)["question"])]
    assert [f.text for f in found if f.kind in personal] == []


def test_checksums() -> None:
    assert luhn("4111111111111111")
    assert not luhn("0000000000000000")
    assert iban("GB82 WEST 1234 5698 7654 32")
    assert not iban("GB82 WEST 1234 5698 7654 33")
    assert chinese_id("11010519491231002X")
    assert not chinese_id("110105194913310021")


def test_one_identifier_has_one_name_throughout_a_conversation() -> None:
    history = (Message("user", "My phone is 138 1234 5678"),)
    asked = Question("Is 13812345678 or 13912345678 right?", history=history)
    masked = guard().masked(asked)
    assert masked.history[0].content == "My phone is [phone-1]"
    assert sorted(masked.text.split()[1:4:2]) == ["[phone-1]", "[phone-2]"]


def test_an_answer_is_masked_with_its_quotes_and_says_so() -> None:
    said = "The refund goes to GB59IFUE40226315499137 within 30 days."
    draft = citations.draft(Question("Where?"), prompt(said), f"{said} [1]")
    verdict = guard().check(draft)
    assert verdict.action == "amend"
    assert "iban" in verdict.text
    shown = guard().released(draft)
    assert "GB59" not in shown.text + shown.citations[0].quote + shown.claims[0].text
    assert all(claim.span.of(shown.text) == claim.text for claim in shown.claims)


def test_an_answer_keeps_the_telephone_of_an_office() -> None:
    said = "The clinic answers at +44 20 7946 0958 on weekdays."
    draft = citations.draft(Question("Where?"), prompt(said), f"{said} [1]")
    assert guard().check(draft).action == "pass"
