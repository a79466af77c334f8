from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from domainkit.errors import PackError
from domainkit.packs import archive, signing, stored_zip
from domainkit.packs.problems import PackProblems

Entries = dict[str, bytes]
Writer = Callable[..., Path]

NOTE = {
    "knowledge/note.md": "# A note\n\nKeep it.\n",
    "knowledge/SOURCES.yaml": (
        "sources: [{path: note.md, title: A note, licence: CC0-1.0, origin: here,"
        " date: 2026-01-02}]\n"
    ),
}
KNOWLEDGE = "knowledge: {note: {path: knowledge/note.md}}\n"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "mine.key"
    signing.generate(path)
    return path


@pytest.fixture
def folder(write_pack: Writer) -> Path:
    return write_pack("mini", KNOWLEDGE, **NOTE)


@pytest.fixture
def built(folder: Path, key: Path, tmp_path: Path) -> Path:
    path = tmp_path / "mini-1.0.0.pack.zip"
    path.write_bytes(archive.build(folder, key=key)[0])
    return path


def entries_of(path: Path) -> Entries:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def rewritten(path: Path, entries: Entries) -> Path:
    path.write_bytes(stored_zip.written(entries))
    return path


def added(path: Path, infos: Iterable[tuple[zipfile.ZipInfo, bytes]]) -> Path:
    """Append entries that ``build`` would not write."""
    with zipfile.ZipFile(path, "a") as file:
        for info, data in infos:
            file.writestr(info, data)
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(PackProblems) as caught:
        archive.read(path)
    return [str(problem) for problem in caught.value.problems]


# Building


def test_the_same_pack_gives_the_same_bytes_wherever_and_whenever(
    write_pack: Writer, key: Path
) -> None:
    first = write_pack("one/mini", KNOWLEDGE, **NOTE)
    second = write_pack("two/mini", KNOWLEDGE, **dict(reversed(NOTE.items())))
    for folder in (first, second):
        text = (folder / "domain.yaml").read_text().replace("one/", "").replace("two/", "")
        (folder / "domain.yaml").write_text(text)
    (second / "README.md").chmod(0o755)
    data = archive.build(first, key=key)[0]
    assert data == archive.build(second, key=key)[0] == archive.build(first, key=key)[0]
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        infos = file.infolist()
    assert [info.filename for info in infos[:2]] == ["MANIFEST.json", "SIGNATURE.json"]
    assert [i.filename for i in infos[2:]] == sorted(i.filename for i in infos[2:])
    assert {(i.date_time, i.external_attr, i.compress_type) for i in infos} == {
        ((1980, 1, 1, 0, 0, 0), (stat.S_IFREG | 0o644) << 16, zipfile.ZIP_STORED)
    }


def test_an_archive_holds_the_pack_and_names_what_it_leaves_out(folder: Path, key: Path) -> None:
    for private in ("documents/patient.md", ".domainkit/store.sqlite", "domainkit.toml"):
        (folder / private).parent.mkdir(exist_ok=True)
        (folder / private).write_text("private")
    data, held = archive.build(folder, key=key)
    assert b"private" not in data
    assert held.left_out == (".domainkit/", "documents/", "domainkit.toml")
    assert {"domain.yaml", "prompts/answer.en.md", "knowledge/note.md"} <= set(held.files)


def test_an_unsound_pack_is_not_built(folder: Path, key: Path) -> None:
    (folder / "glossary.yml").write_text("")
    with pytest.raises(PackError, match="is not read"):
        archive.build(folder, key=key)


def test_a_link_is_not_built(folder: Path, key: Path) -> None:
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(folder / "domain.yaml")
    with pytest.raises(PackProblems, match=r"mini/README.md: is a link"):
        archive.build(folder, key=key)


def test_a_child_of_a_folder_is_not_built(write_child: Writer, folder: Path, key: Path) -> None:
    child = write_child("child", str(folder))
    with pytest.raises(PackError, match="which an archive does not bring along"):
        archive.build(child, key=key)


# Verifying


def test_what_was_built_is_read_back(built: Path, key: Path, folder: Path) -> None:
    read = archive.read(built)
    assert (read.name, read.signer) == ("mini@1.0.0", signing.public(f"{key}.pub"))
    with archive.unpacked(built) as (_, unpacked):
        for path in folder.rglob("*.md"):
            assert (unpacked / path.relative_to(folder)).read_bytes() == path.read_bytes()
        place = unpacked
    assert not place.exists()


def test_no_byte_can_change_unnoticed(built: Path) -> None:
    data = built.read_bytes()
    for at in range(0, len(data), 41):
        changed = bytearray(data)
        changed[at] ^= 1
        built.write_bytes(changed)
        with pytest.raises(PackError):
            archive.read(built)


@pytest.mark.parametrize("more", [b"x", b"\0" * 22])
def test_bytes_before_and_behind_are_noticed(built: Path, more: bytes) -> None:
    data = built.read_bytes()
    for changed in (data + more, more + data):
        built.write_bytes(changed)
        with pytest.raises(PackError):
            archive.read(built)


def test_every_file_that_differs_is_named(built: Path) -> None:
    entries = entries_of(built)
    entries["README.md"] = b"Another card.\n"
    del entries["prompts/refuse.en.md"]
    entries["prompts/answer.zh.md"] = b"$sources $question"
    told = faults(rewritten(built, entries))
    assert any("README.md: has changed: its sha256 is" in line for line in told)
    assert f"{built.name}:prompts/refuse.en.md: is missing" in told
    assert f"{built.name}:prompts/answer.zh.md: is not named in MANIFEST.json" in told


def test_a_manifest_that_was_changed_with_its_files_is_not_signed(built: Path) -> None:
    entries = entries_of(built)
    manifest = json.loads(entries["MANIFEST.json"])
    manifest["version"] = "9.0.0"
    entries["MANIFEST.json"] = archive._json(manifest)
    assert "the signature is not that of MANIFEST.json" in faults(rewritten(built, entries))[0]


def test_a_manifest_of_another_pack_is_refused(built: Path, tmp_path: Path) -> None:
    entries = entries_of(built)
    del entries["SIGNATURE.json"]
    manifest = json.loads(entries["MANIFEST.json"])
    manifest["name"] = "medical"
    entries["MANIFEST.json"] = archive._json(manifest)
    read = archive.read(rewritten(built, entries))
    with pytest.raises(PackError, match="name another name: 'mini' and 'medical'"):
        archive.unpack(read, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../evil.md", "leaves the pack"),
        ("/etc/evil.md", "leaves the pack"),
        ("knowledge/./note.md", "not plain"),
        ("knowledge/a\\b.md", "cannot stand on every system"),
        ("knowledge/con.md", "cannot stand on every system"),
        ("knowledge/x.py", "is code"),
        ("adapters/tiny/weights.pkl", "is code"),
        ("notes.txt", "is no file of a pack"),
        ("knowledge/.hidden.md", "is no file of a pack"),
        ("documents/mine.md", "is no file of a pack"),
        ("README.MD", "is no file of a pack"),
        ("knowledge/Note.md", "is the same as 'knowledge/note.md' but for its case"),
        ("knowledge/" + "x" * 240, "is longer than"),
    ],
)
def test_unsafe_and_unknown_paths_are_refused(built: Path, name: str, fault: str) -> None:
    told = faults(added(built, [(zipfile.ZipInfo(name), b"x")]))
    assert any(fault in line for line in told), told


def test_links_and_folders_are_refused(built: Path) -> None:
    link = zipfile.ZipInfo("knowledge/link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    told = faults(added(built, [(link, b"/etc/passwd"), (zipfile.ZipInfo("knowledge/x/"), b"")]))
    assert f"{built.name}:knowledge/link.md: is a link" in told
    assert f"{built.name}:knowledge/x/: is no plain file" in told


def test_a_bomb_is_refused_before_it_is_read(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipfile.ZipInfo("knowledge/bomb.md")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    added(built, [(bomb, b"\0" * 50_000_000)])
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was read"))
    assert any("is compressed" in line for line in faults(built))


def test_two_files_of_one_name_are_refused(built: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        added(built, [(zipfile.ZipInfo("README.md"), b"another")])
    assert f"{built.name}: holds two files of one name" in faults(built)


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04"])
def test_what_is_no_archive_is_said(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.pack.zip"
    path.write_bytes(data)
    with pytest.raises(PackError, match="is no archive of a pack"):
        archive.read(path)


def test_another_zip_is_no_archive(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "x.zip", {"README.md": b"x"})
    with pytest.raises(PackError, match=r"holds no MANIFEST\.json"):
        archive.read(path)
    with pytest.raises(PackError, match="No such file"):
        archive.read(tmp_path / "absent.zip")
