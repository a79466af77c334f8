"""Who asks for an article by its number is given that article, whole, and quoted by no model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domainkit.assistant import Assistant
from domainkit.packs import scaffold

ASKED = {
    "en": ("What does § 14 of the Residential Tenancies Code say?", "§ 14", "6 times the monthly"),
    "zh": ("《消费者权益保护条例》第38条规定了什么？", "第三十八条", "消费者"),
}


@pytest.fixture(params=["en", "zh"])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Assistant]]:
    planned = scaffold.plan("firm", domain="legal", language=request.param, base=tmp_path)
    scaffold.write(planned)
    assistant = Assistant.open(planned.folder, overrides={"tier": "extractive"})
    with closing(assistant):
        assistant.ingest()
        yield request.param, assistant


def test_the_article_is_quoted_whole(
    firm: tuple[str, Assistant], monkeypatch: pytest.MonkeyPatch
) -> None:
    language, assistant = firm
    monkeypatch.delattr(Assistant, "_writer")  # no model is opened
    question, locator, said = ASKED[language]
    turn = assistant.ask(assistant.question(question))
    assert [found.passage.locator for found in turn.retrieved] == [locator]
    assert (turn.answer.status, turn.answer.support) == ("answered", 1.0)
    assert said in turn.answer.text
    assert turn.generation is not None
    assert turn.generation.model == "extractive"
    quoted = [citation.quote for citation in turn.answer.citations]
    assert all(quote in turn.retrieved[0].passage.text for quote in quoted)
