from pathlib import Path

import pytest
from model_doubles import FOLDER, GGUF

from domainkit.errors import ModelError, UnknownComponent
from domainkit.models import cache, catalog

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A cache that holds both tiny models."""
    for name, files in (("tiny-gguf", {"tiny.gguf": GGUF}), ("tiny-folder", FOLDER)):
        for path, body in files.items():
            place = tmp_path / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        (tmp_path / name / cache.MANIFEST).write_text('{"source": "by hand"}')
    return tmp_path


def test_an_engine_opens_a_gguf_file_or_a_folder(root: Path) -> None:
    assert cache.path("tiny-gguf", cache=root) == root / "tiny-gguf" / "tiny.gguf"
    assert cache.path("tiny-folder", cache=root) == root / "tiny-folder"


def test_the_default_cache_is_the_users_or_the_settings(
    monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.delenv("DOMAINKIT_MODELS__CACHE", raising=False)
    assert cache.default_cache().parts[-2:] == ("domainkit", "models")
    monkeypatch.setenv("DOMAINKIT_MODELS__CACHE", str(root))
    assert cache.default_cache() == root
    assert cache.path("tiny-folder") == root / "tiny-folder"
    assert cache.verify("tiny-folder") == ()


def test_an_absent_model_names_the_command(tmp_path: Path) -> None:
    for call in (cache.path, cache.verify):
        with pytest.raises(ModelError, match="tiny-gguf is not fetched") as caught:
            call("tiny-gguf", cache=tmp_path)
        assert caught.value.hint == "domainkit models fetch tiny-gguf"
    assert not cache.fetched("tiny-gguf", cache=tmp_path)
    assert cache.manifest("tiny-gguf", cache=tmp_path) == {}


def test_an_unknown_model_is_not_an_absent_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownComponent, match="no model called 'tiny-guf'"):
        cache.path("tiny-guf", cache=tmp_path)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda file: file.unlink(), "1_Pooling/config.json is missing"),
        (lambda file: file.write_bytes(b"{"), "1_Pooling/config.json has 1 of 2 bytes"),
    ],
)
def test_missing_and_short_files_are_seen_at_once(root: Path, damage, reason: str) -> None:
    damage(root / "tiny-folder" / "1_Pooling" / "config.json")
    with pytest.raises(ModelError, match=f"tiny-folder is damaged: {reason}"):
        cache.path("tiny-folder", cache=root)
    assert not cache.fetched("tiny-folder", cache=root)


def test_a_changed_byte_is_seen_by_verify_alone(root: Path) -> None:
    file = root / "tiny-gguf" / "tiny.gguf"
    file.write_bytes(b"X" + GGUF[1:])
    assert cache.path("tiny-gguf", cache=root) == file
    (line,) = cache.verify("tiny-gguf", cache=root)
    assert line.startswith("tiny.gguf has sha256 ")
    assert catalog.find("tiny-gguf").artefacts[0].sha256[:12] in line


def test_files_without_a_manifest_were_never_checked(root: Path) -> None:
    (root / "tiny-gguf" / cache.MANIFEST).unlink()
    assert not cache.fetched("tiny-gguf", cache=root)
    with pytest.raises(ModelError, match="not fetched"):
        cache.path("tiny-gguf", cache=root)


def test_an_unreadable_manifest_is_named(root: Path) -> None:
    assert cache.manifest("tiny-gguf", cache=root)["source"] == "by hand"
    (root / "tiny-gguf" / cache.MANIFEST).write_text("{")
    with pytest.raises(ModelError, match=r"manifest\.json"):
        cache.manifest("tiny-gguf", cache=root)
