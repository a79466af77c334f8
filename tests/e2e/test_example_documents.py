"""What the example documents answer is answered by words alone; what they do not, is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domainkit.assistant import Assistant
from domainkit.packs import scaffold

EXAMPLES = Path(__file__).parents[2] / "examples"

SAID = {
    "en": {
        "For how many days should I measure my blood pressure at home?": "7 days in a row",
        "What is the most paracetamol an adult may take in a day?": "4,000 mg",
        "How long should I rest before I measure my blood pressure?": "Rest for 5 minutes",
        "Which months are best for the flu vaccination?": "September and October",
    },
    "zh": {
        "在家应该连续测量几天血压？": "7天",
        "测量血压前要休息多久？": "5分钟",
        "可以用果汁代替补液盐吗？": "不要用果汁",
        "一岁的孩子拉稀后要补多少水？": "50至100毫升",
    },
}
NOT_SAID = {
    "en": [
        "Which light therapy is used for psoriasis?",
        "What is the highest daily dose of ibuprofen for adults?",
        "How long is the incubation period of chickenpox?",
    ],
    "zh": ["带状疱疹疫苗要打几针？", "水痘的潜伏期有多少天？", "糖尿病人空腹血糖应该控制在多少？"],
}


@pytest.fixture(scope="module", params=["en", "zh"])
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Assistant]]:
    language = request.param
    base = tmp_path_factory.mktemp(language)
    planned = scaffold.plan("clinic", domain="medical", language=language, base=base)
    scaffold.write(planned)
    documents = EXAMPLES / ("medical-zh" if language == "zh" else "medical")
    assistant = Assistant.open(planned.folder, overrides={"tier": "extractive"})
    with closing(assistant):
        assert not assistant.ingest([documents]).refused
        yield language, assistant


def test_what_they_say_is_answered(asked: tuple[str, Assistant]) -> None:
    language, assistant = asked
    for question, said in SAID[language].items():
        answer = assistant.ask(assistant.question(question)).answer
        assert (answer.status, answer.support) == ("answered", 1.0), question
        assert said in answer.text, question


def test_what_they_do_not_say_is_not(asked: tuple[str, Assistant]) -> None:
    language, assistant = asked
    for question in NOT_SAID[language]:
        answer = assistant.ask(assistant.question(question)).answer
        assert answer.status == "insufficient", question


def test_the_same_question_gets_the_same_answer_to_the_byte(asked: tuple[str, Assistant]) -> None:
    language, assistant = asked
    question = assistant.question(next(iter(SAID[language])))
    assert assistant.ask(question).answer == assistant.ask(question).answer
