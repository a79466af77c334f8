from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.errors import PackError
from domainkit.packs import loader, scaffold

Writer = Callable[..., Path]


def test_what_is_written_is_an_assistant_of_the_pack(tmp_path: Path) -> None:
    planned = scaffold.plan("my-firm", domain="legal", language="zh", base=tmp_path)
    assert not planned.folder.exists()
    scaffold.write(planned)
    pack = loader.load(planned.folder)
    assert planned.folder == tmp_path / "my-firm"
    assert (pack.name, pack.manifest.title) == ("my-firm", "My firm")
    assert (pack.manifest.extends, pack.manifest.languages) == ("legal", ("zh", "en"))
    assert {p.relative_to(planned.folder).as_posix() for p in planned.folder.rglob("*")} == {
        *planned.files, "documents", "train", "eval", "tests", ".github", ".github/workflows",
    }  # fmt: skip


def test_without_a_name_it_is_the_domains_assistant(tmp_path: Path) -> None:
    planned = scaffold.plan(None, domain="biomedical", base=tmp_path)
    assert (planned.name, planned.folder) == ("biomedical-assistant", tmp_path / planned.name)


def test_the_folder_may_be_given_and_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    planned = scaffold.plan("x", domain="medical", folder=Path("here"), base=tmp_path)
    scaffold.write(planned)
    assert (tmp_path / "here" / "domain.yaml").is_file()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "notes.txt").write_text("mine")
    with pytest.raises(PackError, match="is not empty; nothing was written"):
        scaffold.plan("x", domain="medical", base=tmp_path)
    (tmp_path / "y").write_text("a file")
    with pytest.raises(PackError, match="is not empty"):
        scaffold.plan("y", domain="medical", base=tmp_path)
    assert [p.name for p in (tmp_path / "x").iterdir()] == ["notes.txt"]


def test_a_folder_filled_meanwhile_is_left_alone(tmp_path: Path) -> None:
    planned = scaffold.plan("x", domain="medical", base=tmp_path)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "domain.yaml").write_text("mine")
    with pytest.raises(PackError, match="is not empty"):
        scaffold.write(planned)
    assert (tmp_path / "x" / "domain.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("My Firm", "my-firm"),
        ("2nd", "nd"),
        ("诊所", "medical-assistant"),
        ("a" * 65, "a" * 64),
        ("../x", "x"),
        ("x\n", "x"),
    ],
)
def test_a_name_is_checked_and_a_good_one_suggested(
    tmp_path: Path, name: str, suggested: str
) -> None:
    with pytest.raises(PackError) as caught:
        scaffold.plan(name, domain="medical", base=tmp_path)
    assert caught.value.hint == f"domainkit new {suggested} --domain medical"


def test_an_unknown_domain_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        scaffold.plan("x", domain="medcial", base=tmp_path)
    assert "did you mean medical" in caught.value.hint


def test_a_pack_of_ones_own_can_be_extended(write_pack: Writer, tmp_path: Path) -> None:
    folder = write_pack("own")
    scaffold.write(scaffold.plan("x", domain=str(folder), base=tmp_path))
    assert loader.load(tmp_path / "x").folders == (tmp_path / "x", folder)


def test_a_language_the_pack_lacks_is_refused(write_pack: Writer, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="'own' has no language 'zh'"):
        scaffold.plan("x", domain=str(write_pack("own")), language="zh", base=tmp_path)


def test_a_pack_at_the_end_of_its_chain_is_refused(
    write_pack: Writer, write_child: Writer, tmp_path: Path
) -> None:
    write_pack("one")
    write_child("two", "../one")
    folder = write_child("three", "../two")
    with pytest.raises(PackError, match="has 2 parents already"):
        scaffold.plan("x", domain=str(folder), base=tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    planned = scaffold.plan("x", domain="medical", folder=Path("file/below"), base=tmp_path)
    with pytest.raises(PackError, match="file"):
        scaffold.write(planned)
