from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.errors import PackError
from domainkit.packs import catalog, loader
from domainkit.packs.problems import PackProblems

Writer = Callable[..., Path]

GROUNDING = "grounding: {mode: annotate, no_answer: {en: Not said.}}\n"


def test_a_pack_is_read_whole(write_pack: Writer) -> None:
    folder = write_pack(
        manifest="scope: {in: [a], audience: nurses}\n",
        **{
            "guards.yaml": GROUNDING,
            "glossary.yaml": "BP: {synonyms: [blood pressure], source: ours}\n",
        },
    )
    pack = loader.load(folder)
    assert (pack.name, pack.folder) == ("mini", folder)
    assert pack.manifest.scope.inside == ("a",)
    assert pack.prompt("system", "en") == "Answer from the sources.\n"
    assert set(pack.guards) == {"grounding"}
    assert pack.glossary == {"BP": ("blood pressure",)}
    assert pack.origins["scope.in"] == pack.origins["prompts.answer.en"] == "mini"
    assert pack.origins["guards.grounding.mode"] == "mini"
    assert len(pack.fingerprint) == 64


def test_a_child_inherits_changes_and_removes(write_pack: Writer, write_child: Writer) -> None:
    write_pack(
        "parent",
        "retrieval: {k: 7, candidates: 50}\nknowledge: {a: {path: knowledge/a.md}}\n",
        **{"guards.yaml": GROUNDING + "notice: {texts: {law: {en: No advice.}}}\n"},
    )
    folder = write_child(
        "child",
        "../parent",
        "retrieval: {k: 3}\nknowledge: {a: null}\n",
        **{"guards.yaml": "notice: null\n", "prompts/system.en.md": "Be brief.\n"},
    )
    pack = loader.load(folder)
    assert (pack.manifest.retrieval.k, pack.manifest.retrieval.candidates) == (3, 50)
    assert pack.manifest.knowledge == {}
    assert set(pack.guards) == {"grounding"}
    assert pack.no_answer("en") == "Not said."
    assert pack.prompt("system", "en") == "Be brief.\n"
    assert pack.prompt("refuse", "en").startswith("No answer")
    origins = pack.origins
    assert (origins["retrieval.k"], origins["retrieval.candidates"]) == ("child", "parent")
    assert (origins["prompts.system.en"], origins["prompts.refuse.en"]) == ("child", "parent")


def test_name_version_and_title_are_not_inherited(write_pack: Writer, tmp_path: Path) -> None:
    write_pack("parent")
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "domain.yaml").write_text("schema: 1\nname: child\nextends: ../parent\n")
    with pytest.raises(PackProblems) as caught:
        loader.load(tmp_path / "child")
    assert [str(p) for p in caught.value.problems] == [
        "child/domain.yaml:version: is missing",
        "child/domain.yaml:title: is missing",
    ]


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (
            "retreival: {k: 3}\n",
            "mini/domain.yaml:retreival: unknown key; did you mean 'retrieval'",
        ),
        (
            "retrieval: {candidate: 20}\n",
            "mini/domain.yaml:retrieval.candidate: unknown key; did you mean 'candidates'?",
        ),
        ("retrieval: {k: 0}\n", "mini/domain.yaml:retrieval.k: "),
        ("knowledge: {a: {pth: x}}\n", "knowledge.a.pth: unknown key; did you mean 'path'?"),
        ("knowledge: {a: {path: ../../secret}}\n", "leaves the pack"),
        ("knowledge: {a: {path: /etc}}\n", "leaves the pack"),
        ("models: {embeded: {}}\n", "mini/domain.yaml:models.embeded: "),
        ("scope: {audience: no}\n", "scope.audience: expected text; YAML reads a bare yes, no"),
        ("scope: {audience: 12}\n", "scope.audience: expected text, found 12: quote it"),
        ("extends: nowhere\n", "mini/domain.yaml:extends: there is no pack called 'nowhere'"),
        ("extends: [a]\n", "mini/domain.yaml:extends: expected the name of a pack"),
    ],
)
def test_a_wrong_manifest_names_file_key_and_problem(
    write_pack: Writer, manifest: str, said: str
) -> None:
    with pytest.raises(PackError) as caught:
        loader.load(write_pack(manifest=manifest))
    assert said in str(caught.value)


def test_a_fault_is_named_where_it_was_written(write_pack: Writer, write_child: Writer) -> None:
    write_pack("parent", "retrieval: {k: 99}\n")
    with pytest.raises(PackError, match=r"parent/domain\.yaml:retrieval\.k: "):
        loader.load(write_child("child", "../parent", "scope: {audience: all}\n"))


def test_all_faults_of_a_file_are_counted(write_pack: Writer) -> None:
    with pytest.raises(PackProblems) as caught:
        loader.load(write_pack(manifest="retrieval: {k: 0, kk: 1}\nlanguages: []\n"))
    assert len(caught.value.problems) == 3
    assert caught.value.message.endswith(", and 2 more")


def test_a_cycle_of_parents_is_named(write_child: Writer) -> None:
    write_child("a", "../b")
    with pytest.raises(PackError, match=r"returns to itself: b → a → \.\./b"):
        loader.load(write_child("b", "../a"))


def test_a_chain_of_four_is_refused_and_one_of_three_is_not(
    write_pack: Writer, write_child: Writer
) -> None:
    write_pack("one")
    write_child("two", "../one")
    three = write_child("three", "../two")
    assert [folder.name for folder in loader.load(three).folders] == ["three", "two", "one"]
    with pytest.raises(PackError, match="longer than 3: four → three → two → "):
        loader.load(write_child("four", "../three"))


def test_a_prompt_with_an_unknown_field_is_refused(write_pack: Writer) -> None:
    folder = write_pack(**{"prompts/answer.en.md": "$source\n$question costs $ 5"})
    with pytest.raises(PackError, match=r"answer\.en\.md: has a '\$' that starts no field"):
        loader.load(folder)
    folder = write_pack(**{"prompts/answer.en.md": "$source\n$question"})
    with pytest.raises(PackProblems) as caught:
        loader.load(folder)
    assert [p.text for p in caught.value.problems] == [
        "has the unknown field $source; known: $sources, $question, $no_answer",
        "lacks $sources",
    ]


def test_a_pack_without_a_prompt_says_which(write_pack: Writer) -> None:
    folder = write_pack()
    (folder / "prompts" / "answer.en.md").unlink()
    with pytest.raises(PackError, match=r"prompts/answer\.zh\.md is missing"):
        loader.load(folder).prompt("answer", "zh")


def test_only_declared_languages_are_read(write_pack: Writer) -> None:
    folder = write_pack(**{"prompts/answer.zh.md": "$sources $question $nonsense"})
    assert "answer.zh" not in loader.load(folder).prompts


def test_the_fingerprint_follows_content_not_place(write_pack: Writer) -> None:
    one = loader.load(write_pack()).fingerprint
    folder = write_pack(manifest="knowledge: {a: {path: knowledge}}\n", **{"knowledge/a.md": "A"})
    two = loader.load(folder).fingerprint
    moved = folder.parent / "elsewhere"
    folder.rename(moved)
    assert loader.load(moved).fingerprint == two != one
    (moved / "knowledge" / "a.md").write_text("B")
    assert loader.load(moved).fingerprint not in (one, two)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("prompts/system.en.md", "Other words.\n"),
        ("guards.yaml", GROUNDING),
        ("glossary.yaml", "BP: {synonyms: [blood pressure], source: ours}\n"),
    ],
)
def test_the_fingerprint_covers_every_file(write_pack: Writer, file: str, text: str) -> None:
    before = loader.load(write_pack()).fingerprint
    assert loader.load(write_pack(**{file: text})).fingerprint != before


def test_a_link_out_of_the_pack_is_not_followed(write_pack: Writer, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    folder = write_pack(manifest="knowledge: {a: {path: knowledge/a.md}}\n")
    (folder / "knowledge").mkdir()
    (folder / "knowledge" / "a.md").symlink_to(tmp_path / "secret.md")
    assert loader.load(folder).find("knowledge/a.md") is None


def test_a_shipped_name_is_found_and_a_wrong_one_names_the_nearest() -> None:
    assert {"medical", "legal", "biomedical"} <= set(catalog.names())
    assert catalog.locate("legal").name == "legal"
    with pytest.raises(PackError) as caught:
        catalog.locate("leagal")
    assert "did you mean legal" in str(caught.value)


def test_a_path_is_a_folder_even_under_a_shipped_name(
    write_pack: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pack("medical", "scope: {audience: mine}\n")
    monkeypatch.chdir(folder.parent)
    for name in (Path("medical"), "./medical"):
        assert loader.load(name).manifest.scope.audience == "mine"
    assert loader.load("medical").manifest.scope.audience != "mine"
    with pytest.raises(PackError, match="there is no such folder"):
        loader.load(Path("legal"))


def test_a_folder_without_a_manifest_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"no domain\.yaml there"):
        catalog.locate(str(tmp_path))


def test_a_plugin_is_a_pack_by_name(write_pack: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_pack("plugged")

    class Entry:
        name, value = "plugged", "somewhere:FOLDER"

        def load(self) -> Path:
            return folder

    monkeypatch.setattr(catalog, "entry_points", lambda group: [Entry()])
    assert "plugged" in catalog.names()
    assert loader.load("plugged").folder == folder
    (folder / "domain.yaml").unlink()
    with pytest.raises(PackError, match=r"the plugin 'somewhere:FOLDER' gives .* no domain\.yaml"):
        loader.load("plugged")
