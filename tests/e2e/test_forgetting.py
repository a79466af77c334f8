"""A document is forgotten, and a certificate says by what it is known to be gone."""

from __future__ import annotations

import json
import random
from pathlib import Path

from newcomer import Run

from domainkit.store import traces

CASE = (
    "Patient Wanda Quillfeather, born in 1961, was given 40 mg of the trial substance on Monday. "
    "她对青霉素过敏，曾于二〇一九年三月住院治疗，主治医师为欧阳文澜，嘱其每三个月复查一次肝功能。 "
)


def written(folder: Path) -> str:
    """Write a file of many pages of the database, and return its text."""
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa".split()
    chance = random.Random(5)  # noqa: S311 (a text, no secret)
    filler = (" ".join(chance.choices(words, k=12)) + f" {n}." for n in range(400))
    text = CASE + "\n\n" + "\n\n".join(filler)
    (folder / "documents" / "quillfeather.txt").write_text(text, encoding="utf-8")
    return text


def test_a_proof_finds_the_text_before_and_nothing_after(clinic: Path, run: Run) -> None:
    text = written(clinic)
    assert run("ingest", "documents").code == 0
    generated = clinic / ".domainkit"
    assert traces.search(generated, [CASE[:40]]).found

    ran = run("forget", "documents/quillfeather.txt", "--prove", "--json")

    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    proof = said["certificate"]
    assert proof["proved"]
    assert (proof["found_before"], proof["found_after"]) == (20, 0)
    assert (proof["rows_left"], proof["index_entries_left"]) == (0, 0)
    assert proof["still_on_disk"] == ["documents/quillfeather.txt"]
    pieces = [text[start : start + 40] for start in range(0, len(text) - 40, 97)]
    assert traces.search(generated, pieces).found == ()
    shown = Path(said["written_to"]).with_suffix(".md").read_text("utf-8")
    assert "# Forgotten: documents/quillfeather.txt" in shown
    assert "found before: 20 of 20; found after: 0" in shown


def test_what_other_documents_say_too_is_named_and_stays(clinic: Path, run: Run) -> None:
    text = written(clinic)
    other = clinic / "documents" / "letter.txt"
    other.write_text(text.replace("Monday", "Tuesday"), encoding="utf-8")
    assert run("ingest", "documents").code == 0

    ran = run("forget", "documents/quillfeather.txt", "--prove", "--json")

    proof = json.loads(ran.out)["certificate"]
    assert proof["also_in"] == ["documents/letter.txt"]
    assert proof["found_after"] == 0
    assert traces.search(clinic / ".domainkit", [text[400:440]]).found


def test_a_trace_that_is_left_is_found_and_said(clinic: Path, run: Run) -> None:
    text = written(clinic)
    assert run("ingest", "documents").code == 0
    left = clinic / ".domainkit" / "a program's own.log"
    left.write_text(text, encoding="utf-16-le")

    ran = run("forget", "documents/quillfeather.txt", "--prove")

    assert ran.code == 5
    assert "not proved" in ran.line
    assert "still found in: a program's own.log" in ran.out
