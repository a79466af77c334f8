from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from domainkit.errors import PackError
from domainkit.packs import (
    archive,
    catalog,
    installed,
    installing,
    loader,
    scaffold,
    signing,
    trust,
)
from domainkit.packs.problems import PackProblems

Writer = Callable[..., Path]
Builder = Callable[..., Path]


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a packs folder and trusted keys of its own."""
    monkeypatch.setenv("DOMAINKIT_PACKS", str(tmp_path / "packs"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(trust.platformdirs, "user_config_path", lambda name: tmp_path / "config")
    return tmp_path


@pytest.fixture
def keys(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "keys" / name for name in ("one.key", "two.key")]
    for path in made:
        signing.generate(path)
    return made


@pytest.fixture
def build(write_pack: Writer, tmp_path: Path) -> Builder:
    """Return a function that builds a version of the pack "mini"."""

    def built(key: Path | None, version: str = "1.0.0", **files: str) -> Path:
        folder = write_pack("mini", **files)
        manifest = folder / "domain.yaml"
        manifest.write_text(manifest.read_text().replace("1.0.0", version))
        path = tmp_path / f"mini-{version}.pack.zip"
        path.write_bytes(archive.build(folder, key=key)[0])
        return path

    return built


def public(key: Path) -> str:
    return signing.public(f"{key}.pub")


# Keys


def test_a_private_key_is_its_owners_and_never_overwritten(keys: list[Path]) -> None:
    assert stat.S_IMODE(keys[0].stat().st_mode) == 0o600
    before = keys[0].read_bytes()
    with pytest.raises(PackError, match="never overwritten"):
        signing.generate(keys[0])
    assert keys[0].read_bytes() == before
    keys[0].unlink()
    with pytest.raises(PackError, match=r"one\.key\.pub is there already"):
        signing.generate(keys[0])


def test_a_private_key_that_others_may_read_signs_nothing(keys: list[Path]) -> None:
    keys[0].chmod(0o644)
    with pytest.raises(PackError, match="others may read") as caught:
        signing.sign(keys[0], b"x")
    assert "chmod 600" in caught.value.hint


def test_a_signature_is_of_one_message_by_one_key(keys: list[Path]) -> None:
    key, signature = signing.sign(keys[0], b"message")
    assert signing.signed(key, signature, b"message")
    assert not signing.signed(key, signature, b"massage")
    assert not signing.signed(public(keys[1]), signature, b"message")
    assert not signing.signed(key, "AAAA", b"message")
    assert not signing.signed("ed25519:short", signature, b"message")


@pytest.mark.parametrize("word", ["", "ed25519:", "ed25519:xyz", "rsa:AAAA"])
def test_what_is_no_public_key_is_said(word: str) -> None:
    with pytest.raises(PackError, match="is no public key"):
        signing.public(word)


def test_what_is_no_private_key_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.key"
    with pytest.raises(PackError, match="there is no key") as caught:
        signing.sign(path, b"x")
    assert "domainkit pack key" in caught.value.hint
    path.write_text("x")
    path.chmod(0o600)
    with pytest.raises(PackError, match="is no private key"):
        signing.sign(path, b"x")


def test_a_line_without_a_key_is_named(tmp_path: Path, keys: list[Path]) -> None:
    path = trust.add(public(keys[0]), "The clinic,\n of course")
    trust.add(public(keys[0]), "again")
    assert trust.trusted() == {public(keys[0]): "The clinic, of course"}
    path.write_text(f"# mine\n\n{public(keys[1])}\nnonsense\n")
    with pytest.raises(PackError, match=":4: 'nonsense' is no public key"):
        trust.trusted()


# Trust


def test_only_what_a_trusted_key_signed_is_installed(build: Builder, keys: list[Path]) -> None:
    path = build(keys[0])
    with pytest.raises(PackError, match="a key you do not trust") as caught:
        installing.install(path)
    assert f"domainkit pack trust {public(keys[0])}" in caught.value.hint
    assert installed.names() == []
    installing.install(path, [public(keys[0])])
    assert installed.names() == ["mini"]


def test_what_nobody_signed_is_not_installed(build: Builder, keys: list[Path]) -> None:
    with pytest.raises(PackError, match="is not signed"):
        installing.install(build(None), [public(keys[0])])


def test_another_signer_of_the_next_version_needs_to_be_named(
    build: Builder, keys: list[Path]
) -> None:
    for key in keys:
        trust.add(public(key), key.stem)
    installing.install(build(keys[0]))
    path = build(keys[1], "1.1.0")
    with pytest.raises(PackError, match=r"mini 1\.0\.0 was signed by"):
        installing.install(path)
    installing.install(path, [public(keys[1])])
    assert [one.version for one in installed.versions("mini")] == ["1.1.0", "1.0.0"]


# Installing


def test_versions_stand_side_by_side_and_a_name_alone_is_the_newest(
    build: Builder, keys: list[Path], tmp_path: Path
) -> None:
    trust.add(public(keys[0]), "me")
    for version in ("1.9.0", "1.10.0"):
        one, new = installing.install(build(keys[0], version))
        assert new
        assert one.signer == public(keys[0])
    assert loader.load("mini").manifest.version == "1.10.0"
    assert loader.load("mini@1.9.0").manifest.version == "1.9.0"
    with pytest.raises(PackError, match=r"version 2\.0\.0 .* there is 1\.9\.0, 1\.10\.0"):
        catalog.locate("mini@2.0.0")
    planned = scaffold.plan("mine", domain="mini", base=tmp_path)
    assert 'extends: "mini@1.10.0"' in planned.files["domain.yaml"]


def test_installing_again_changes_nothing_and_other_content_is_refused(
    build: Builder, keys: list[Path]
) -> None:
    trust.add(public(keys[0]), "me")
    path = build(keys[0])
    installing.install(path)
    assert installing.install(path)[1] is False
    with pytest.raises(PackError, match="is installed, and its files are others"):
        installing.install(build(keys[0], **{"README.md": "Another card.\n"}))
    assert (catalog.locate("mini") / "README.md").read_text() == "A card.\n"


def test_a_pack_without_its_parent_is_not_installed(
    write_child: Writer, write_pack: Writer, keys: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "packs").mkdir()
    write_pack("packs/parent/1.0.0")
    manifest = tmp_path / "packs" / "parent" / "1.0.0" / "domain.yaml"
    manifest.write_text(manifest.read_text().replace("packs/parent/1.0.0", "parent"))
    path = tmp_path / "child.pack.zip"
    path.write_bytes(archive.build(write_child("child", "parent"), key=keys[0])[0])
    manifest.unlink()
    with pytest.raises(PackError, match="there is no pack called 'parent'"):
        installing.install(path, [public(keys[0])])
    assert [place.name for place in (tmp_path / "packs").iterdir()] == ["parent"]


def test_an_archive_takes_the_name_of_no_pack_that_ships(
    write_pack: Writer, keys: list[Path], tmp_path: Path
) -> None:
    folder = write_pack("medical")
    manifest = folder / "domain.yaml"
    manifest.write_text(manifest.read_text().replace("1.0.0", "9.9.9"))
    path = tmp_path / "medical.pack.zip"
    path.write_bytes(archive.build(folder, key=keys[0])[0])
    installing.install(path, [public(keys[0])])
    assert loader.load("medical").manifest.version != "9.9.9"
    assert loader.load("medical@9.9.9").manifest.title == "A pack for tests"
    origins = {entry.name: entry.origin for entry in catalog.entries()}
    assert (origins["medical"], origins["medical@9.9.9"]) == ("domainkit", "installed")


def test_an_installed_pack_that_was_changed_is_noticed(build: Builder, keys: list[Path]) -> None:
    one, _ = installing.install(build(keys[0]), [public(keys[0])])
    assert archive.held(one).signer == public(keys[0])
    (one.folder / "README.md").write_text("Another card.\n")
    (one.folder / "prompts" / "refuse.en.md").unlink()
    (one.folder / "notes.txt").write_text("mine")
    with pytest.raises(PackProblems) as caught:
        archive.held(one)
    told = [str(problem) for problem in caught.value.problems]
    assert told[0] == "mini@1.0.0:notes.txt: is no file of a pack"
    assert told[1].startswith("mini@1.0.0:README.md: has changed")
    assert told[2] == "mini@1.0.0:prompts/refuse.en.md: is missing"


def test_a_kept_copy_has_no_archive_to_be_held_against(build: Builder, tmp_path: Path) -> None:
    build(None)
    one = installed.keep(tmp_path / "mini", "mini", "1.0.0")
    assert one.signer is None
    with pytest.raises(PackError, match="was kept from a pack that shipped"):
        archive.held(one)
