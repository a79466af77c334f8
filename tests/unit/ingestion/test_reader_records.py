"""Records and question-and-answer files: a document a record, a section a pair."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.qa_xml import QaXmlReader
from domainkit.ingestion.readers.records import RecordsReader
from domainkit.types import Document


def records(tmp_path: Path, name: str, content: str | bytes) -> list[Document]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(RecordsReader().read(path))


def lines(*values: object) -> str:
    return "\n".join(json.dumps(value, ensure_ascii=False) for value in values) + "\n"


def test_a_beir_corpus(tmp_path: Path) -> None:
    content = lines(
        {"_id": "4983", "title": "White matter", "text": "It matters.", "url": "http://x"},
        {"_id": "7", "title": "", "text": "No title.", "metadata": {}},
    )
    first, second = records(tmp_path, "corpus.jsonl", content)
    assert (first.source, first.title, first.text) == (
        "corpus.jsonl#4983",
        "White matter",
        "It matters.",
    )
    assert dict(first.meta) == {"url": "http://x"}
    assert (second.source, second.title) == ("corpus.jsonl#7", "corpus")


def test_a_long_property_is_text(tmp_path: Path) -> None:
    (document,) = records(tmp_path, "a.jsonl", lines({"text": "Short.", "notes": "long " * 60}))
    assert document.text == "Short.\n\nnotes: " + ("long " * 60).strip()
    assert dict(document.meta) == {}


def test_question_and_answer_columns(tmp_path: Path) -> None:
    (document,) = records(
        tmp_path, "faq.csv", "id,Question,Answer,topic\nq1,Why?,Because.,Doubt\n"
    )
    assert (document.source, document.title) == ("faq.csv#q1", "Doubt")
    assert document.text == "Why?\n\nBecause."
    assert document.sections[0].path == ("Why?",)
    assert document.profile == "qa"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "team,wins\nMaple,3\nOak,1\n"),
        ("t.csv", "team;wins\nMaple;3\nOak;1\n"),
        ("t.tsv", "team\twins\nMaple\t3\nOak\t1\n"),
        ("t.csv", "team,wins\nMaple,3\n\nOak,1\n".encode("utf-16")),
        ("t.csv", 'team,"wins"\n"Maple","3"\r\nOak,1\r\n'),
    ],
)
def test_rows_without_text_are_the_text_of_their_columns(
    tmp_path: Path, name: str, content: str | bytes
) -> None:
    found = records(tmp_path, name, content)
    assert [document.text for document in found] == ["team: Maple\nwins: 3", "team: Oak\nwins: 1"]
    assert [document.source for document in found] == [f"{name}#1", f"{name}#2"]


def test_a_column_called_profile_is_text(tmp_path: Path) -> None:
    (document,) = records(tmp_path, "a.jsonl", lines({"text": "Short.", "profile": "admin"}))
    assert document.text == "Short.\n\nprofile: admin"
    assert dict(document.meta) == {}


def test_a_row_longer_than_the_heads_loses_nothing(tmp_path: Path) -> None:
    (document,) = records(tmp_path, "t.csv", "a,\n1,2,3\n")
    assert document.text == "a: 1\ncolumn 2: 2\ncolumn 3: 3"


def test_chinese_columns_in_a_chinese_encoding(tmp_path: Path) -> None:
    content = "编号,标题,正文\n9,定金,定金的数额由当事人约定，但是不得超过主合同的百分之二十。\n"
    (document,) = records(tmp_path, "法.csv", content.encode("gb18030"))
    assert (document.source, document.title) == ("法.csv#9", "定金")
    assert document.text.startswith("定金的数额")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            lines({"_id": "1", "text": "a"}, {"_id": "1", "text": "b"}),
            "line 2: the id '1' is that of line 1",
        ),
        ('{"text": "a"}\n{"text": \n', "line 2 is not JSON"),
        ('{"text": "a"}\n[1, 2]\n', "line 2 is not a JSON object"),
        ('{"text": ' + "9" * 5000 + "}", "line 1 is not JSON"),
    ],
)
def test_the_line_that_is_no_record_is_named(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(IngestionError, match=reason):
        records(tmp_path, "a.jsonl", content)


def test_values_that_are_no_text_are_written_out(tmp_path: Path) -> None:
    record = {"text": "a\ud800b", "year": 2020, "open": True, "names": ["x", "y"], "at": {"p": 1}}
    (document,) = records(tmp_path, "a.jsonl", json.dumps(record) + "\n")
    assert document.text == "a b"
    assert dict(document.meta) == {
        "year": "2020",
        "open": "yes",
        "names": "x; y",
        "at": '{"p": 1}',
    }


QA = """<?xml version="1.0" encoding="UTF-8"?>
<Document id="1" source="CDC" url="http://example.org/a">
<Focus>Anaplasmosis</Focus>
<FocusAnnotations><UMLS><CUIs><CUI>C0002778</CUI></CUIs></UMLS>
<Synonyms><Synonym>HGA</Synonym><Synonym> Tick fever </Synonym><Synonym>HGA</Synonym></Synonyms>
</FocusAnnotations>
<QAPairs>
<QAPair pid="1"><Question qid="1-1" qtype="information">What is  Anaplasmosis ?</Question>
<Answer>It is a disease.    - Fever    - Chills

    It is treated.
    Early.</Answer></QAPair>
<QAPair pid="2"><Question>Who gets it ?</Question><Answer>  </Answer></QAPair>
</QAPairs></Document>"""


def qa(tmp_path: Path, content: str) -> Document:
    path = tmp_path / "0000014.xml"
    path.write_text(content, "utf-8")
    (document,) = QaXmlReader().read(path)
    return document


def test_pairs_are_sections_headed_by_their_question(tmp_path: Path) -> None:
    document = qa(tmp_path, QA)
    assert document.title == "Anaplasmosis"
    assert document.text == (
        "What is Anaplasmosis?\n\nIt is a disease.\n- Fever\n- Chills\n\nIt is treated.\nEarly."
    )
    assert [section.path for section in document.sections] == [("What is Anaplasmosis?",)]
    assert dict(document.meta) == {
        "url": "http://example.org/a",
        "publisher": "CDC",
        "synonyms": "HGA; Tick fever",
        "umls": "C0002778",
    }


BOMB = '<!DOCTYPE d [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Document><Focus>&b;</Focus></Document>'
OUTSIDE = '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><Document><Focus>x</Focus></Document>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (QA.replace("It is a disease", "").split("<Answer>")[0], "the XML is damaged"),
        ("<Document><Focus>x</Focus><QAPairs></QAPairs></Document>", "it is an index page"),
        (BOMB, "defines entities or a DTD"),
        (OUTSIDE, "defines entities or a DTD"),
        ("<?xml version='1.0' encoding='gbk'?><Document/>", "declares an encoding that is not"),
    ],
)
def test_unsafe_damaged_and_empty_files_are_refused(
    tmp_path: Path, content: str, reason: str
) -> None:
    with pytest.raises(IngestionError, match=reason):
        qa(tmp_path, content)
