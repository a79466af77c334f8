"""A question that a guard is in doubt of is answered only from sources that surely suffice."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from tiny_pack import write_pack

from domainkit.assistant import Assistant
from domainkit.guards.pipeline import GuardPipeline
from domainkit.types import Question, Verdict

LETTER = "# Letter\n\nFerrous sulfate is taken with water. Call about the tablets.\n"


@pytest.mark.parametrize(("least", "status"), [(0.0, "answered"), (1.0, "insufficient")])
def test_in_doubt_the_sources_must_suffice_surely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: float, status: str
) -> None:
    folder = write_pack(tmp_path / "clinic", base=tmp_path, assistant=True)
    (folder / "documents").mkdir()
    (folder / "documents" / "letter.md").write_text(LETTER, encoding="utf-8")
    found = (Verdict("harm", "question", "pass", "in doubt (0.20)", least=least),)

    def doubt(self: GuardPipeline, question: Question) -> tuple[Verdict, ...]:
        return found

    monkeypatch.setattr(GuardPipeline, "question", doubt)
    with closing(Assistant.open(folder, overrides={"tier": "extractive"})) as assistant:
        assistant.ingest()
        asked = assistant.question("With what is ferrous sulfate taken?")
        answer = assistant.ask(asked).answer
    assert answer.status == status
    assert found[0] in answer.verdicts
