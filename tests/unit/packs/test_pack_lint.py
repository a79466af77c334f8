from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.errors import PackError
from domainkit.packs import lint

Writer = Callable[..., Path]

SOURCES = """\
sources:
  - {path: a.md, title: A, licence: Apache-2.0, origin: written for a test, date: 2026-01-02}
"""
CORPUS = {"knowledge/a.md": "Rest for two days.\n", "knowledge/SOURCES.yaml": SOURCES}
KNOWS = "knowledge: {a: {path: knowledge/a.md, profile: plain}}\n"


def said(folder: Path) -> list[str]:
    return [str(problem).removeprefix(f"{folder.name}/") for problem in lint.check(folder)]


def row(**changes: object) -> str:
    whole = {
        "id": "r1",
        "question": "How long should one rest?",
        "language": "en",
        "sources": [{"path": "knowledge/a.md", "quote": "two days"}],
        "answer": "Two days [1].",
        "licence": "Apache-2.0",
        "origin": "a test",
    }
    return json.dumps({**whole, **changes}) + "\n"


def question(**changes: object) -> str:
    whole = {
        "id": "q1",
        "question": "Rest for how long?",
        "language": "en",
        "expect": "answered",
        "must_cite": [{"path": "knowledge/a.md", "quote": "Rest for two days"}],
    }
    return json.dumps({**whole, **changes}) + "\n"


def test_a_sound_pack_has_no_problem(write_pack: Writer) -> None:
    files = {**CORPUS, "train/rows.jsonl": row(), "eval/questions.jsonl": question()}
    files["eval/gates.yaml"] = "citation_recall: {least: 0.8}\n"
    files["eval/qrels.tsv"] = "query-id\tcorpus-id\tscore\nq1\tp1\t1\n"
    assert said(write_pack(manifest=KNOWS, **files)) == []


def test_a_folder_that_is_no_pack_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"no domain\.yaml"):
        lint.check(tmp_path)


def test_everything_is_reported_at_once(write_pack: Writer) -> None:
    folder = write_pack(
        manifest="retreival: {}\n",
        **{
            "guards.yaml": "grounding: {mode: shout}\n",
            "glossary.yaml": "a: [1\n",
            "prompts/answer.en.md": "$sources only\n",
            "eval/gates.yaml": "citaton_recall: {least: 1}\n",
            "knowledge.py": "print()\n",
            "guard.yaml": "",
        },
    )
    assert said(folder) == [
        "domain.yaml:retreival: unknown key; did you mean 'retrieval'?",
        "guard.yaml: is not read; did you mean 'guards.yaml'?",
        "knowledge.py: is code: a pack holds data only",
        "prompts/answer.en.md: lacks $question",
        "guards.yaml:grounding.mode: should be 'annotate', 'repair' or 'withhold'",
        "glossary.yaml:2: did not find expected ',' or ']'",
        "eval/gates.yaml:citaton_recall: unknown metric; did you mean 'citation_recall'?",
    ]


def test_a_broken_manifest_does_not_hide_what_else_is_wrong(write_pack: Writer) -> None:
    folder = write_pack(**{"domain.yaml": "a: [", "train/rows.jsonl": "{}\n", "run.sh": ""})
    problems = said(folder)
    assert problems[0].startswith("domain.yaml:2: ")
    assert "run.sh: is code: a pack holds data only" in problems
    assert "train/rows.jsonl:1.question: is missing" in problems


MANIFEST_CASES = [
    ("knowledge: {a: {path: knowledge/b.md}}\n", "there is no 'knowledge/b.md'"),
    ("knowledge: {a: {path: knowledge, profile: statut}}\n", "did you mean 'statute'?"),
    ("profiles: {x/*: legal}\n", "domain.yaml:profiles.x/*: there is no reading profile 'legal'"),
    ("", "knowledge/a.md: is not read: no entry of 'knowledge' in domain.yaml names it"),
    ("languages: [en, zh]\n", "prompts/answer.zh.md: is missing"),
]


@pytest.mark.parametrize(("manifest", "expected"), MANIFEST_CASES)
def test_the_manifest_is_held_against_the_files(
    write_pack: Writer, manifest: str, expected: str
) -> None:
    assert expected in "\n".join(said(write_pack(manifest=manifest, **CORPUS)))


def test_a_pack_of_a_newer_format_is_told_before_what_it_holds(write_pack: Writer) -> None:
    newer = "schema: 2\nname: mini\nversion: 1.0.0\ntitle: x\nwhatever: 1\n"
    assert said(write_pack(**{"domain.yaml": newer}))[0] == (
        "domain.yaml:schema: 2 is newer than 1, the newest that this domainkit reads: "
        "upgrade domainkit"
    )


SOURCES_CASES = [
    ("sources: []\n", "knowledge/a.md: has no entry in knowledge/SOURCES.yaml"),
    (SOURCES.replace("licence: Apache-2.0, ", ""), "SOURCES.yaml:sources.0.licence: is missing"),
    (SOURCES.replace("Apache-2.0", "' '"), "SOURCES.yaml:sources.0.licence: "),
    (SOURCES.replace("a.md", "b.md"), "sources.0.path: there is no 'b.md'; did you mean 'a.md'?"),
    (SOURCES.replace("2026-01-02", f"2026-01-02, sha256: {'f' * 64}"), "'a.md' has changed"),
    (SOURCES + SOURCES.partition("\n")[2], "sources.1.path: 'a.md' stands twice"),
    (SOURCES.replace("a.md", "../a.md"), "leaves the pack"),
]


@pytest.mark.parametrize(("sources", "expected"), SOURCES_CASES)
def test_each_text_has_its_licence(write_pack: Writer, sources: str, expected: str) -> None:
    files = {**CORPUS, "knowledge/SOURCES.yaml": sources}
    assert expected in "\n".join(said(write_pack(manifest=KNOWS, **files)))


def test_knowledge_without_sources_is_named(write_pack: Writer) -> None:
    problems = said(write_pack(manifest=KNOWS, **{"knowledge/a.md": "A"}))
    assert "knowledge/SOURCES.yaml: is missing: each text needs its licence and origin" in problems


GUARD_CASES = [
    ("injection: {phrases: {en: [x]}, text: {zh: 不}}\n", "injection.text: has no text in 'en'"),
    ("notice: {texts: {a: {zh: 注意}}}\n", "notice.texts.a: has no text in 'en'"),
    (
        "emergency: {text: {en: $sgin}, signs: {a: {name: {en: a}, all: {en: [[x]]}}}}\n",
        "emergency.text.en: has the unknown field $sgin; did you mean 'sign'?",
    ),
    (
        "emergency: {text: {en: x}, signs: {a: {name: {en: a}, all: {zh: [[x]]}}}}\n",
        "emergency.signs.a.all: has no phrases in 'en'",
    ),
    (
        "injection: {phrases: {en: ['a .. b .. c .. d']}, text: {en: x}}\n",
        "injection.phrases.en.0: 'a .. b .. c .. d' has more than 2 gaps '..'",
    ),
    ("injection: {phrases: {en: ['.. b']}, text: {en: x}}\n", "needs words before, after"),
    ("injection: {phrases: {en: ['a*b']}, text: {en: x}}\n", "'*' that does not end a word"),
    (
        "advice: {phrases: {zh: [你得了]}, text: {zh: 不}}\n",
        "advice.phrases: has no phrases in 'en'\nguards.yaml:advice.text: has no text in 'en'",
    ),
    (
        "interactions: {pairs: {a: {one: {en: [x]}, other: {en: [y]}, text: {zh: 不}, "
        "source: us}}}\n",
        "interactions.pairs.a.text: has no text in 'en'",
    ),
    ("clarify: {facts: {a: {all: {en: [[x]]}, text: {zh: 不}}}}\n", "facts.a.text: has no"),
    ("emergncy: {}\n", "guards.yaml:emergncy: unknown key; did you mean 'emergency'?"),
]


@pytest.mark.parametrize(("guards", "expected"), GUARD_CASES)
def test_guards_are_checked(write_pack: Writer, guards: str, expected: str) -> None:
    assert expected in "\n".join(said(write_pack(**{"guards.yaml": guards})))


def test_an_ambiguous_glossary_is_named(write_pack: Writer) -> None:
    glossary = (
        "MS: {synonyms: [multiple sclerosis], source: x}\n"
        "ms: {synonyms: [mitral stenosis], source: x}\n"
        "TIA: {synonyms: [mini-stroke], source: x}\n"
        "stroke: {synonyms: [Mini-Stroke, stroke], source: x}\n"
    )
    assert said(write_pack(**{"glossary.yaml": glossary})) == [
        "glossary.yaml:ms: is the same as 'MS' but for its case",
        "glossary.yaml:stroke: shares 'Mini-Stroke' with 'TIA'",
        "glossary.yaml:stroke: names itself as a synonym",
    ]


ROW_CASES = [
    (row(sources=[{"path": "knowledge/b.md", "quote": "x"}]), "1.sources.0.path: there is no "),
    (
        row(sources=[{"path": "knowledge/a.md", "quote": "ten"}]),
        "does not hold these words: 'ten'",
    ),
    (row() + row(question="Other?"), "rows.jsonl:2.id: 'r1' is the id of line 1 already"),
    (row(anser="x"), "rows.jsonl:1.anser: unknown key; did you mean 'answer'?"),
    (row(answer="Two days."), "rows.jsonl:1: the answer cites no source"),
    (row(question="rest FOR  how long?"), "1.question: asks what the training row 'r1' asks"),
]


@pytest.mark.parametrize(("rows", "expected"), ROW_CASES)
def test_training_rows_are_checked(write_pack: Writer, rows: str, expected: str) -> None:
    files = {**CORPUS, "train/rows.jsonl": rows, "eval/questions.jsonl": question()}
    assert expected in "\n".join(said(write_pack(manifest=KNOWS, **files)))


def test_rows_that_a_recipe_reads_in_a_published_layout_are_no_grounded_rows(
    write_pack: Writer,
) -> None:
    general = json.dumps({"prompt": "Two and two?", "completion": "Four."})
    replay = {"path": "train/general.jsonl", "format": "prompt-completion", "ratio": 0.5}
    recipe = {
        "schema": 1,
        "title": "x",
        "base": {"kind": "folder", "name": "base", "licence": "MIT"},
        "data": [{"path": "train/rows.jsonl"}],
        "replay": {**replay, "licence": "MIT"},
        "stages": [{"kind": "sft", "steps": 1, "learning_rate": 0.001}],
    }
    files = {**CORPUS, "train/rows.jsonl": row(), "recipes/x.yaml": json.dumps(recipe)}
    folder = write_pack(manifest=KNOWS, **files)
    absent = "recipes/x.yaml:replay.path: there is no 'train/general.jsonl'"
    assert said(folder) == [absent]
    (folder / "train" / "general.jsonl").write_text(general)
    assert said(folder) == []
    for other in ("legal", "nowhere"):
        elsewhere = {**recipe, "replay": {**replay, "licence": "MIT", "pack": other}}
        (folder / "recipes" / "x.yaml").write_text(json.dumps(elsewhere))
        assert said(folder) == [f"{absent} in the pack '{other}'"]


QUESTION_CASES = [
    (question(must_cite=[{"path": "knowledge/x.md", "locator": "1"}]), "1.must_cite.0.path"),
    (question(must_cite=[{"path": "knowledge/a.md", "quote": "Run"}]), "1.must_cite.0.quote"),
    (question(expect="maybe"), "questions.jsonl:1.expect: should be 'answered', 'insufficient'"),
    (question(expect="refused"), "an answer that is refused cites nothing: drop must_cite"),
]


@pytest.mark.parametrize(("rows", "expected"), QUESTION_CASES)
def test_judged_questions_are_checked(write_pack: Writer, rows: str, expected: str) -> None:
    folder = write_pack(manifest=KNOWS, **CORPUS, **{"eval/questions.jsonl": rows})
    assert expected in "\n".join(said(folder))


FILE_CASES = [
    ("eval/qrels.tsv", "q\tp\ts\nq1\tp1\n", "eval/qrels.tsv:2: expected question, passage"),
    ("eval/gates.yaml", "support: {}\n", "eval/gates.yaml:support: give either least or most"),
    ("recipes/x.yaml", "schema: 1\n", "recipes/x.yaml:base: is missing"),
    ("prompts/anwser.en.md", "x", "is not read; did you mean 'answer.en.md'?"),
    ("prompt/answer.en.md", "x", "prompt: is not read; did you mean 'prompts'?"),
    ("knowledge/deep/x.py", "x", "knowledge/deep/x.py: is code: a pack holds data only"),
    ("authorities.yaml", "a: {}\n", "authorities.yaml:a.forms: is missing"),
]


@pytest.mark.parametrize(("file", "text", "expected"), FILE_CASES)
def test_every_other_file_is_checked(
    write_pack: Writer, file: str, text: str, expected: str
) -> None:
    assert expected in "\n".join(said(write_pack(**{file: text})))


def test_a_pack_has_a_card_and_an_assistant_needs_none(
    write_pack: Writer, write_child: Writer
) -> None:
    folder = write_pack("parent")
    assert said(write_child("child", "../parent")) == []
    (folder / "README.md").unlink()
    assert said(folder) == ["README.md: is missing: what the pack may be asked"]


def test_a_link_out_of_the_pack_is_named(write_pack: Writer, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = write_pack()
    (folder / "notes.txt").symlink_to(tmp_path / "secret.txt")
    assert said(folder) == ["notes.txt: is a link that leaves the pack"]


def test_a_fault_is_named_in_the_file_of_the_pack_that_has_it(
    write_pack: Writer, write_child: Writer
) -> None:
    write_pack("parent", **{"guards.yaml": "notice: {texts: {a: {en: Careful.}}}\n"})
    folder = write_child(
        "child",
        "../parent",
        "languages: [en, zh]\n",
        **{"guards.yaml": "injection: {text: {en: No.}}\n"},
    )
    problems = [str(problem) for problem in lint.check(folder)]
    assert "parent/guards.yaml:notice.texts.a: has no text in 'zh'" in problems
    assert "child/guards.yaml:injection.text: has no text in 'zh'" in problems


def test_the_documents_of_an_assistant_are_not_the_packs_to_check(write_pack: Writer) -> None:
    assert said(write_pack(**{"documents/tool.py": "x", ".domainkit/x.pkl": "x"})) == []
