"""An embedder is tuned on pairs, tried on others, and used only if it finds better."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from domainkit.assistant import Assistant, embedding, switching
from domainkit.cli import main
from domainkit.errors import EvaluationError, ModelError, TrainingError
from domainkit.models import tuned
from domainkit.retrieval import projection
from domainkit.testing import HashEmbedder
from domainkit.training.retriever import contrastive, material, trial
from domainkit.training.retriever.contrastive import Triple
from domainkit.training.retriever.material import Material, Pair
from domainkit.training.retriever.run import Base, Options, run

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPTIONS = Options(epochs=8, batch=16, learning_rate=3e-2)
# What people say, and what the documents call it.
SAID = {
    "heart attack": "myocardial infarction",
    "high blood pressure": "hypertension",
    "sugar disease": "diabetes mellitus",
    "stroke": "cerebrovascular accident",
    "kidney stones": "nephrolithiasis",
    "itching": "pruritus",
    "hives": "urticaria",
    "fainting": "syncope",
}
KINDS = ["cause", "sign", "treatment", "outlook", "test", "risk", "prevention", "diet"]


def synonyms() -> Material:
    texts = {
        f"{name}/{kind}": f"The {kind} of {name}." for name in SAID.values() for kind in KINDS
    }
    pairs = tuple(
        Pair(f"what is the {kind} in {lay}", texts[place], frozenset([place]), f"{lay}/{kind}")
        for lay, name in SAID.items()
        for kind in KINDS
        for place in [f"{name}/{kind}"]
    )

    def search(question: str, k: int) -> list[str]:
        return [name for name in texts if name.rpartition("/")[2] in question.split()][:k]

    return Material(pairs, texts, search)


@pytest.fixture(scope="module")
def embedders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the embedder ``static-tuned``, tuned on synonyms."""
    folder = tmp_path_factory.mktemp("embedders")
    run(
        synonyms(), Base("static"), name="static-tuned", embedders=folder, options=OPTIONS, now=NOW
    )
    return folder


def test_what_people_say_finds_what_the_documents_call_it(embedders: Path) -> None:
    said = tuned.card(embedders / "static-tuned")
    assert said["trial"]["after"] > said["trial"]["before"] + 0.1
    assert said["trial"]["better"]
    assert said["id"].startswith("static-tuned@")
    embedder = embedding.tuned_embedder(embedders / "static-tuned")
    assert embedder.id == said["id"]
    question = embedder.encode(["what is the test in hives"], role="query")
    names = list(synonyms().texts)
    passages = embedder.encode(list(synonyms().texts.values()), role="passage")
    assert names[int((question @ passages.T).argmax())] == "urticaria/test"


def test_an_interrupted_run_goes_on_to_the_same_weights(embedders: Path, tmp_path: Path) -> None:
    stop = Event()
    options: dict[str, Any] = {
        "name": "static-tuned",
        "embedders": tmp_path,
        "options": OPTIONS,
        "now": NOW,
    }

    def interrupt(step: Any) -> None:
        if step.number == 5:
            stop.set()

    with pytest.raises(TrainingError, match=r"stopped after step 5.*--resume"):
        run(synonyms(), Base("static"), progress=interrupt, stop=stop, **options)
    assert not (tmp_path / "static-tuned").exists()
    made = run(synonyms(), Base("static"), resume=True, **options)
    assert len(made.steps) == made.steps[0].of
    assert tuned.card(made.folder)["id"] == tuned.card(embedders / "static-tuned")["id"]
    with pytest.raises(TrainingError, match="is there already"):
        run(synonyms(), Base("static"), **options)


def test_too_few_pairs_are_refused(tmp_path: Path) -> None:
    few = Material(synonyms().pairs[:9], synonyms().texts, synonyms().search)
    with pytest.raises(TrainingError, match="too few"):
        run(few, Base("static"), name="x", embedders=tmp_path, options=OPTIONS, now=NOW)


def test_what_answers_another_question_of_the_batch_is_no_negative() -> None:
    first = Triple("a", "A", "N", "n", frozenset(["p", "q"]))
    second = Triple("b", "B", "P", "p", frozenset(["q"]))
    other = Triple("c", "C", "M", "m", frozenset(["r"]))
    assert contrastive._answering([first, second, other]) == [
        [False, True, False, False, True, False],
        [True, False, False, False, False, False],
        [False, False, False, False, False, False],
    ]


def test_no_group_is_trained_on_and_held_back() -> None:
    pairs = synonyms().pairs
    trained, held = trial.split(pairs, seed=3)
    assert {pair.group for pair in trained}.isdisjoint(pair.group for pair in held)
    assert 0.05 < len(held) / len(pairs) < 0.4
    made = [Pair("q", "t", frozenset("x"), f"made{n}", judged=False) for n in range(50)]
    kept, tried = trial.split([*pairs, *made], seed=3)
    assert all(pair.judged for pair in tried)
    assert sum(not pair.judged for pair in kept) == 50


@pytest.mark.parametrize(("gain", "sure"), [(0.0, False), (0.2, True), (-0.2, False)])
def test_a_gain_counts_when_it_is_no_chance(gain: float, sure: bool) -> None:
    draw = np.random.default_rng(0)
    gains = gain + draw.normal(0, 0.3, size=100)
    tried = trial.Trial(100, 100, 0.5, 0.5 + float(gains.mean()), trial._chance(gains, 0))
    assert tried.better is sure


def write_folder(folder: Path) -> Path:
    folder.mkdir()
    found = synonyms()
    names = {name: f"d{number}" for number, name in enumerate(found.texts)}
    corpus = [{"_id": names[n], "title": "", "text": text} for n, text in found.texts.items()]
    asked = [{"_id": f"q{n}", "text": pair.question} for n, pair in enumerate(found.pairs)]
    for file, rows in (("corpus", corpus), ("train_queries", asked)):
        (folder / f"{file}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    lines = [f"q{n}\t{names[min(p.answers)]}\t1" for n, p in enumerate(found.pairs)]
    (folder / "train_qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines]))
    return folder


def test_a_folder_of_judged_questions_is_material(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "judged")
    with material.of_folder(folder) as found:
        assert len(found.pairs) == 64
        pair = found.pairs[0]
        assert found.texts[min(pair.answers)] == pair.text
        assert found.search("outlook of syncope", 1) == [
            name for name, text in found.texts.items() if text == "The outlook of syncope."
        ]
    (folder / "train_qrels.tsv").unlink()
    with (
        pytest.raises(EvaluationError, match=r"lacks train_qrels\.tsv"),
        material.of_folder(folder),
    ):
        pass


def test_questions_with_an_answer_in_common_are_held_back_together(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "judged")
    with (folder / "train_qrels.tsv").open("a") as file:
        file.write("\nq1\td0\t1\nq2\td1\t1")
    with material.of_folder(folder) as found:
        groups = {pair.question: pair.group for pair in found.pairs}
    asked = [
        json.loads(x)["text"] for x in (folder / "train_queries.jsonl").read_text().split("\n")
    ]
    assert len({groups[text] for text in asked[:3]}) == 1
    assert len(set(groups.values())) == len(asked) - 2


DOCUMENT = """# Notes

## How the {name} is treated at home

Rest helps most people with {name}. Water is drunk often against {name}. Doctors see {name} daily.
"""


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    """An assistant that searches by hashed words, with documents and no rows."""
    folder = tmp_path / "assistant"
    (folder / "documents").mkdir(parents=True)
    for number in range(40):
        name = "".join(f"{'bdfgkl'[number // 6**place % 6]}o" for place in range(4))
        (folder / "documents" / f"{name}.md").write_text(DOCUMENT.format(name=name))
    manifest = {
        "schema": 1,
        "name": "own",
        "version": "1.0.0",
        "title": "Own",
        "languages": ["en"],
    }
    (folder / "domain.yaml").write_text(json.dumps(manifest))
    (folder / "domainkit.toml").write_text('[retrieval]\nembedder = "hash"\n')
    opened = Assistant.open(folder)
    opened.ingest([])
    with closing(opened):
        yield opened


def test_headings_and_sentences_of_documents_ask(assistant: Assistant) -> None:
    found = material.of_assistant(assistant, seed=0)
    headings = [pair for pair in found.pairs if pair.question.startswith("How the ")]
    assert len(headings) == 40
    assert not any(pair.question in pair.text for pair in headings)
    assert not any(pair.judged for pair in found.pairs)
    others = [pair for pair in found.pairs if pair not in headings]
    assert sum(pair.question not in pair.text for pair in others) > len(others) / 2


def test_another_embedder_takes_over_without_a_pause(
    assistant: Assistant, embedders: Path, tmp_path: Path
) -> None:
    import shutil

    layout = assistant.layout
    shutil.copytree(embedders / "static-tuned", layout.embedders / "static-tuned")
    question = assistant.question("Who drinks water?")
    before = assistant.retrieve(question)
    found: list[Any] = []
    identity = switching.switch(
        "static-tuned",
        pack=assistant.pack,
        settings=assistant.settings,
        layout=layout,
        progress=lambda done, total: found.append(assistant.retrieve(question)),
    )
    assert found[0] == before  # while it was under way the indexes from before served
    manifest = json.loads((layout.indexes / "manifest.json").read_text())
    assert manifest["embedder"] == identity
    after = assistant.retrieve(question)  # opened long before the switch
    assert after[0].via["dense"] != before[0].via["dense"]
    assert sorted(p.name for p in layout.generated.glob("indexes*")) == ["indexes"]
    assert (
        switching.switch("", pack=assistant.pack, settings=assistant.settings, layout=layout)
        == "hash-64"
    )
    assert assistant.retrieve(question) == before


def test_an_embedder_that_is_not_there_is_refused(assistant: Assistant) -> None:
    with pytest.raises(ModelError, match=r"tuned\.json.*domainkit train retriever"):
        switching.switch(
            "nobody", pack=assistant.pack, settings=assistant.settings, layout=assistant.layout
        )


def test_a_projection_takes_over_without_encoding_anything(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = assistant.layout.embedders / "turned"
    folder.mkdir(parents=True)
    projection.save(folder, np.diag(np.linspace(0, 1, 64)).astype(np.float32))
    (folder / tuned.CARD).write_text('{"of": "hash"}')
    question = assistant.question("Who drinks water?")
    before = assistant.retrieve(question)
    monkeypatch.setattr(HashEmbedder, "encode", None)
    identity = switching.switch(
        "turned", pack=assistant.pack, settings=assistant.settings, layout=assistant.layout
    )
    monkeypatch.undo()
    assert identity.startswith("turned@")
    assert assistant.retrieve(question)[0].via["dense"] != before[0].via["dense"]


def test_who_follows_a_folder_takes_up_the_embedder_that_was_promoted(
    assistant: Assistant, tmp_path: Path
) -> None:
    folder = assistant.layout.embedders / "turned"
    folder.mkdir(parents=True)
    projection.save(folder, np.diag(np.linspace(0, 1, 64)).astype(np.float32))
    (folder / tuned.CARD).write_text('{"of": "hash"}')
    other = Assistant(assistant.folder, assistant.pack, assistant.settings)
    question = assistant.question("Who drinks ink?")
    assistant.retrieve(question)
    switching.switch(
        "turned", pack=assistant.pack, settings=assistant.settings, layout=assistant.layout
    )
    new = tmp_path / "ink.md"
    new.write_text("# Ink\n\nNobody drinks ink in the evening.\n")
    assert assistant.ingest([new]).changed
    assert other.retrieve(question)[0].passage.title == "Ink"
    other.close()


@pytest.mark.parametrize("method", ["static", "projection"])
def test_the_command_tunes_tries_and_says_what_it_did(
    assistant: Assistant, tmp_path: Path, method: str
) -> None:
    judged = write_folder(tmp_path / "judged")
    command = ["train", "retriever", "--method", method, "--assistant", str(assistant.folder)]
    result = CliRunner().invoke(main.app, [*command, "--json", "--from", str(judged)])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["promoted"] == said["trial"]["better"]
    active = tuned.active(assistant.layout.embedders)
    assert (active is not None) == said["promoted"]
    assert (
        Path(said["folder"]).name == {"static": "static-tuned", "projection": "hash-tuned"}[method]
    )


def test_only_a_model_has_weights_to_tune(assistant: Assistant) -> None:
    command = ["train", "retriever", "--method", "weights", "--assistant", str(assistant.folder)]
    result = CliRunner().invoke(main.app, command)
    assert result.exit_code != 0
    assert "hash" in str(result.exception)
